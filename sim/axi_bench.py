"""The Python side inside the simulator of :mod:`siammixer.sim.axi`: a host on the buses, beside golden.

Loaded by cocotb in the simulator's process, in the folder that holds the job.
"""

from __future__ import annotations

from itertools import count

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, First, RisingEdge, Timer
from cocotbext.axi import AxiResp, AxiStreamFrame

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.errors import Error
from siammixer.arch.register_map import ADDRESS_BITS
from siammixer.arch.registers import CORE, REGISTERS, find_register
from siammixer.driver.planner import Pass, Planner, plan_branches
from siammixer.driver.reference import Reference
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.golden.response import cells, peak
from siammixer.ir.catalogue import find_network
from siammixer.sim.axi_host import CYCLE_NS, AxiCampaign, AxiHost, run_job

LONGEST_RESET = 20
PATIENCE = 4
"""A run may take so many times the cycles that are predicted, for each cycle that does not pause."""


class Host(AxiHost):
    """A core's registers and pixels, and its runs."""

    async def start(self, entry: int, pixels: np.ndarray) -> None:
        """Starts a run and offers its pixels; every second time the pixels come first."""
        frame = AxiStreamFrame(pixels.tobytes())
        early = self.dice.random() < 0.5
        if early:
            self.pixels.send_nowait(frame)
        await self.write("entry", entry)
        assert await self.write("control", 1) == AxiResp.OKAY
        if not early:
            self.pixels.send_nowait(frame)

    async def finished(self, cycles: int) -> int:
        """Waits for the end of a run, so many cycles at most; the error."""
        await First(RisingEdge(self.dut.interrupt), Timer(cycles * CYCLE_NS, "ns"))
        status = await self.read("status")
        assert status & 2, f"the run does not end: status {status:08x}"
        await self.write("status", 2)
        return status >> 8 & 0xFF

    async def empty(self) -> None:
        """Takes away what is left of the pixels."""
        await self.write("control", 4)
        while not self.pixels.idle():
            await RisingEdge(self.dut.aclk)
        await ClockCycles(self.dut.aclk, 2)
        await self.write("control", 0)

    async def reset(self, cycles: int) -> None:
        """Resets everything, in whatever it is doing; the interrupt is enabled again."""
        await self.bus_reset(cycles)
        await self.ready()

    async def ready(self) -> None:
        """Waits until the core is free, and enables the interrupt."""
        while await self.read("status") & 1:
            pass
        await self.write("interrupt", 1)


class Campaign(AxiCampaign):
    """Frames, resets, wrong streams and wrong accesses, in random order."""

    def __init__(self, dut, job: dict):
        super().__init__(dut, job, ("frames", "resets", "wrong_streams", "wrong_accesses"))
        self.host = Host(dut, CORE, "s_axis", job["stall"], self.dice)
        network = find_network(job["network"])
        accelerator = find_accelerator(job["accelerator"])
        weights = random_weights(network, job["seed"])
        self.network = network
        self.plans = plan_branches(network, accelerator, None, weights)
        self.planner = Planner(self.plans, weights)
        self.reference = Reference(network, weights, self.plans.grid)
        self.seeds = count(job["seed"])

    def crop(self, branch: str) -> np.ndarray:
        """A new random crop of a branch."""
        return random_image(self.network.side(branch), next(self.seeds))

    def patience(self, branch: str) -> int:
        """Cycles that a run of a branch may take."""
        pace = 1 - self.job["stall"]
        return round(PATIENCE * self.plans[branch].predicted_cycles / pace)

    async def run(self) -> None:
        """Everything of the job."""
        await self.host.reset(1)
        await self.template()
        turns = ["frames"] * self.job["frames"] + ["resets"] * self.job["resets"]
        turns += ["wrong_streams", "wrong_accesses"] * (1 + len(turns) // 8)
        self.dice.shuffle(turns)
        for turn in turns:
            await {
                "frames": self.frame,
                "resets": self.broken_off,
                "wrong_streams": self.wrong_stream,
                "wrong_accesses": self.wrong_access,
            }[turn]()
            self.counts[turn] += 1

    async def template(self) -> None:
        """Loads everything and runs the template branch."""
        crop = self.crop("template")
        run = self.planner.run(Pass(branch="template", crop=crop))
        await self.host.load(run.writes)
        await self.host.start(run.entry, run.pixels)
        self.note(Error.NONE, await self.host.finished(self.patience("template")), "the template")
        self.reference.tensors("template", crop)

    async def frame(self) -> None:
        """A search frame, its response and its peak."""
        crop = self.crop("search")
        run = self.planner.run(Pass(branch="search", crop=crop))
        await self.host.start(run.entry, run.pixels)
        error = await self.host.finished(self.patience("search"))
        (name,) = self.network.outputs("search")
        response = cells(self.reference.tensors("search", crop)[name])
        await self.host.write("response_address", 0)
        found = [await self.host.read("response_data", signed=True) for _ in response]
        place = (
            await self.host.read("peak_position"),
            await self.host.read("peak_value", signed=True),
        )
        where = f"frame {self.counts['frames']}"
        self.note(Error.NONE, error, where)
        self.note(response.tolist(), found, f"{where}: response")
        self.note(tuple(map(int, peak(response))), place, f"{where}: peak")
        if not self.job["stall"]:
            cycles = await self.host.read("cycles")
            self.note(True, cycles >= self.plans["search"].predicted_cycles, f"{where}: cycles")

    async def broken_off(self) -> None:
        """A frame that is broken off somewhere, by the bus's reset or the register, then a whole one."""
        run = self.planner.run(Pass(branch="search", crop=self.crop("search")))
        await self.host.start(run.entry, run.pixels)
        await ClockCycles(self.dut.aclk, self.dice.randrange(1, self.plans["search"].predicted_cycles))
        if self.dice.random() < 0.5:
            reading = cocotb.start_soon(self.host.bus.read(find_register("status").address, 4))
            await ClockCycles(self.dut.aclk, self.dice.randrange(6))
            await self.host.reset(self.dice.randrange(1, LONGEST_RESET + 1))
            await reading
        else:
            await self.host.write("control", 2)
            await self.host.ready()
            await self.host.empty()
        await self.frame()

    async def wrong_stream(self) -> None:
        """A crop that ends too early or too late, or a second start; then a whole frame."""
        run = self.planner.run(Pass(branch="search", crop=self.crop("search")))
        pixels, expected = self.dice.choice(
            [
                (run.pixels[: self.dice.randrange(1, len(run.pixels))], Error.INPUT_SHORT),
                (np.concatenate([run.pixels, run.pixels[: self.dice.randrange(1, 40)]]), Error.INPUT_LONG),
            ]
        )
        await self.host.start(run.entry, pixels)
        refused = await self.host.write("control", 1)
        status = await self.host.read("status")
        if status & 1:
            self.note(AxiResp.SLVERR, refused, "a second start")
        error = await self.host.finished(self.patience("search"))
        self.note(expected, error, "a wrong stream")
        await self.host.empty()
        await self.frame()

    async def wrong_access(self) -> None:
        """Accesses that must be refused and change nothing."""
        known = {register.address: register for register in REGISTERS}
        address = self.dice.randrange(1 << ADDRESS_BITS - 2) * 4
        if address not in known:
            self.note(AxiResp.SLVERR, await self.host.write_at(address, bytes(4)), f"a write at {address}")
            answer = await self.host.bus.read(address, 4)
            self.note(AxiResp.SLVERR, answer.resp, f"a read at {address}")
        await self.host.write("entry", 77)
        part = self.dice.choice([(0, 1), (1, 3), (2, 2), (3, 1)])
        place = find_register("entry").address + part[0]
        self.note(AxiResp.SLVERR, await self.host.write_at(place, bytes(part[1])), "a write in part")
        self.note(77, await self.host.read("entry"), "after a write in part")
        self.note(AxiResp.SLVERR, await self.host.write("identity", 1), "a write of what only reads")
        size = self.plans.accelerator.program_words
        await self.host.write(
            "word_address", self.dice.choice([size, size + 1, 2 << 24, 200 << 16 | 1 << 24])
        )
        self.note(AxiResp.SLVERR, await self.host.write("word_high", 0), "a word past the end")
        run = self.planner.run(Pass(branch="search", crop=self.crop("search")))
        await self.host.write("entry", run.entry)
        await self.host.write("control", 1)
        self.note(Error.WRITE_OUTSIDE, await self.host.finished(1000), "the run after it")


@cocotb.test()
async def traffic(dut) -> None:
    """The job of the current folder; writes what became of it."""
    await run_job(dut, Campaign)
