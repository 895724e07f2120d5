"""A host on the buses of a core behind AXI, and its campaigns, inside cocotb's simulator."""

from __future__ import annotations

import json
import logging
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge
from cocotb.utils import get_sim_time
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiResp, AxiStreamBus, AxiStreamSource

from siammixer.arch.register_map import RegisterMap
from siammixer.sim.axi import JOB_FILE, RESULT_FILE

CYCLE_NS = 10


class AxiHost:
    """Registers and pixels of one core, as a driver uses them.

    Parameters
    ----------
    dut
        The harness, whose ports are the core's.
    registers
        The core's.
    stream
        Prefix of the ports of its pixels.
    stall
        Share of the cycles in which each channel pauses.
    dice
        Of the pauses.
    """

    def __init__(self, dut, registers: RegisterMap, stream: str, stall: float, dice: random.Random):
        self.dut, self.registers, self.dice, self.stall = dut, registers, dice, stall
        for name in ("s_axi", stream):
            logging.getLogger(f"cocotb.{dut._name}.{name}").setLevel(logging.ERROR)
        clock, reset = dut.aclk, dut.aresetn
        self.bus = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axi"), clock, reset, reset_active_level=False)
        self.pixels = AxiStreamSource(
            AxiStreamBus.from_prefix(dut, stream), clock, reset, reset_active_level=False
        )
        write, read = self.bus.write_if, self.bus.read_if
        channels = (write.aw_channel, write.w_channel, write.b_channel, read.ar_channel, read.r_channel)
        for channel in (*channels, self.pixels):
            channel.log.setLevel(logging.ERROR)
            if stall:
                channel.set_pause_generator(self._pauses(dice.random()))

    def _pauses(self, seed: float) -> Iterator[int]:
        dice = random.Random(seed)
        while True:
            yield int(dice.random() < self.stall)

    async def write(self, name: str, value: int) -> AxiResp | None:
        """Writes a register; the response, None where a reset came between."""
        return await self.write_at(self.registers.find(name).address, value.to_bytes(4, "little"))

    async def write_at(self, address: int, data: bytes) -> AxiResp | None:
        """Writes bytes at any address."""
        answer = await self.bus.write(address, data)
        return None if answer is None else answer.resp

    async def read(self, name: str, *, signed: bool = False) -> int:
        """Reads a register that can be read."""
        answer = await self.bus.read(self.registers.find(name).address, 4)
        assert answer.resp == AxiResp.OKAY, f"{name}: {answer.resp.name}"
        return int.from_bytes(answer.data, "little", signed=signed)

    async def load(self, words: np.ndarray) -> None:
        """Words for the memories, dtype :data:`siammixer.driver.words.WRITE`."""
        follows = None
        for word in words:
            place = int(word["target"]) << 24 | int(word["address"])
            if place != follows:
                await self.write("word_address", place)
            data = word["data"].tobytes()
            for name, part in (("word_low", data[:4]), ("word_middle", data[4:8])):
                await self.write(name, int.from_bytes(part, "little"))
            assert await self.write("word_high", data[8]) == AxiResp.OKAY
            follows = place + 1

    async def bus_reset(self, cycles: int) -> None:
        """Resets everything, in whatever it is doing; pixels that wait are forgotten."""
        self.dut.aresetn.value = 0
        await ClockCycles(self.dut.aclk, cycles)
        self.dut.aresetn.value = 1
        self.pixels.clear()
        await RisingEdge(self.dut.aclk)
        while await self.read("status") & 1:
            pass


class AxiCampaign(ABC):
    """Traffic on the buses of one core, what it counts and what differed.

    Parameters
    ----------
    dut
        The harness, whose ports are the core's.
    job
        The campaign's sizes, by name; its ``seed`` is that of everything random.
    counts
        Names of what is counted.
    """

    def __init__(self, dut, job: dict, counts: Sequence[str]):
        self.dut, self.job, self.dice = dut, job, random.Random(job["seed"])
        self.problems: list[str] = []
        self.counts = dict.fromkeys(counts, 0)

    @abstractmethod
    async def run(self) -> None:
        """Everything of the job."""

    def note(self, expected, found, where: str) -> None:
        """Keeps a difference."""
        if found != expected:
            self.problems.append(f"{where}: {found!r}, expected {expected!r}"[:300])


async def run_job(dut, make: Callable[..., AxiCampaign]) -> None:
    """Runs the job of the current folder, as ``make(dut, job)`` has it, and writes what became of it."""
    # From here, not from the harness: what samples at an edge must run before the registers change.
    Clock(dut.aclk, CYCLE_NS, "ns").start()
    campaign = make(dut, json.loads(Path(JOB_FILE).read_text()))
    begin = get_sim_time("ns")
    await campaign.run()
    cycles = round((get_sim_time("ns") - begin) / CYCLE_NS)
    result = campaign.counts | {"cycles": cycles, "problems": campaign.problems}
    Path(RESULT_FILE).write_text(json.dumps(result))
