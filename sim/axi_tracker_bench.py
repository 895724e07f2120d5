"""The Python side inside the simulator of :mod:`siammixer.sim.axi_tracker`: a host and a camera on the buses,
beside the Python tracker.

Loaded by cocotb in the simulator's process, in the folder that holds the job.
"""

from __future__ import annotations

import cocotb
import cv2
import numpy as np
from cocotb.triggers import ClockCycles, First, RisingEdge, Timer
from cocotbext.axi import AxiResp, AxiStreamFrame

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.camera import FrameFault
from siammixer.arch.fabric import FIRST_FRAMES, BoxFault, Source, State, code, strip_grid
from siammixer.arch.register_map import ADDRESS_BITS
from siammixer.arch.tracker_registers import FIRST_BOX, TRACKER
from siammixer.driver.planner import plan_branches, resident_words
from siammixer.golden.engine import GoldenEngine
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import load_weights
from siammixer.sim.axi_host import CYCLE_NS, AxiCampaign, AxiHost, run_job
from siammixer.sim.axi_tracker import FRAME
from siammixer.sim.expected_news import ExpectedNews, learning_news, tracking_news
from siammixer.tracking.box import Box
from siammixer.tracking.clip import Clip
from siammixer.tracking.crop import in_units
from siammixer.tracking.tracker import Tracker

REDUCTION = 5
"""The frames are the rendered clip's, so many times as small."""
WIDTH, HEIGHT = FRAME
LONGEST_RESET = 20
LONGEST_FRAME = 60_000
"""Cycles of a frame, more than one takes with channels that do not pause."""
TAKE, STOP, RESET, LOSSLESS = 1, 2, 4, 8
BAD = (FrameFault.SHORT_LINE, FrameFault.LONG_LINE, FrameFault.SHORT_FRAME)


class Host(AxiHost):
    """A tracker's registers and its video."""

    async def show(self, frame: np.ndarray, bad: FrameFault = FrameFault.NONE) -> None:
        """Offers a frame, line by line, behind those that wait."""
        lines = [line.tobytes() for line in frame]
        if bad is FrameFault.SHORT_LINE:
            lines[HEIGHT // 2] = lines[HEIGHT // 2][:-3]
        elif bad is FrameFault.LONG_LINE:
            lines[HEIGHT // 2] += bytes(3)
        elif bad is FrameFault.SHORT_FRAME:
            del lines[HEIGHT // 2 :]
        for number, line in enumerate(lines):
            users = [0] * len(line)
            users[:3] = [int(number == 0)] * 3
            self.pixels.send_nowait(AxiStreamFrame(line, tuser=users))

    async def shown(self) -> None:
        """Waits until all frames are taken, and the mean colour of the last one is known."""
        while not self.pixels.idle():
            await ClockCycles(self.dut.aclk, 20)
        await ClockCycles(self.dut.aclk, 200)

    async def set_box(self, box: tuple[int, ...]) -> None:
        """Writes a first box: middle, width and height in 1/256 pixel."""
        for name, value in zip(FIRST_BOX, box, strict=True):
            await self.write(name, value & 0xFFFFFFFF)

    async def stop(self, frame: np.ndarray) -> None:
        """Gives a target up. A frame that was begun must end, for which its pixels must come."""
        await self.write("control", STOP | LOSSLESS)
        await self.show(frame)
        await self.rest()

    async def rest(self) -> None:
        """Waits until the tracker follows nothing."""
        while await self.read("status") & 1:
            pass

    async def news(self) -> dict[str, int]:
        """Takes the latest news over and reads it, with a pause of any length at a random place."""
        assert await self.write("news", 1) == AxiResp.OKAY
        found, names = {}, ["news_number", "result", "confidence", "window_step"]
        names += [f"box_{name}" for name in ("left", "top", "width", "height")]
        names += [f"window_{axis}_{part}" for axis in ("left", "top") for part in ("low", "high")]
        self.dice.shuffle(names)
        for name in names:
            if self.dice.random() < 0.02:
                await ClockCycles(self.dut.aclk, self.dice.randrange(LONGEST_FRAME))
            found[name] = await self.read(name, signed=name in ("box_left", "box_top"))
        for axis in ("left", "top"):
            position = found[f"window_{axis}_high"] << 32 | found[f"window_{axis}_low"]
            found[f"window_{axis}"] = position - (position >> 63 << 64)
        return found


class Campaign(AxiCampaign):
    """Targets that are followed or broken off, boxes that are refused, in random order."""

    def __init__(self, dut, job: dict):
        counts = ("tracks", "resets", "bad_frames", "refused_boxes", "wrong_accesses", "news")
        super().__init__(dut, job, counts)
        self.host = Host(dut, TRACKER, "s_axis_video", job["stall"], self.dice)
        network, accelerator = find_network(job["network"]), find_accelerator(job["accelerator"])
        weights = load_weights(network)
        self.tracker = Tracker(GoldenEngine(network, weights))
        self.program = plan_branches(network, accelerator, strip_grid(accelerator), weights)
        self.words = resident_words(self.program, weights, "the tracker")
        self.frames, self.box = self._clip(1 + FIRST_FRAMES + job["frames"])
        self.expected = self._follow()

    def _clip(self, count: int) -> tuple[list[np.ndarray], Box]:
        clip = Clip(frames=count, width=REDUCTION * WIDTH, height=REDUCTION * HEIGHT)
        images = [
            cv2.resize(clip.image(index), FRAME, interpolation=cv2.INTER_AREA) for index in range(count)
        ]
        box = clip.box(1)
        assert box is not None  # the clip's target is always in sight
        return images, Box(*(value / REDUCTION for value in box))

    def _follow(self) -> list[ExpectedNews]:
        """The news of each frame but the first, as the Python tracker has it."""
        self.tracker.learn(self.frames[: 1 + FIRST_FRAMES], self.box)
        expected = [learning_news(self.box)] * FIRST_FRAMES
        expected += [tracking_news(self.tracker.update(image)) for image in self.frames[1 + FIRST_FRAMES :]]
        return expected

    async def run(self) -> None:
        """Everything of the job."""
        await self.host.bus_reset(1)
        await self.host.load(self.words)
        await self.settle()
        turns = ["track"] * self.job["tracks"] + ["break_off"] * self.job["resets"] + ["refused_box"] * 3
        self.dice.shuffle(turns)
        for turn in turns:
            await getattr(self, turn)()

    async def settle(self) -> None:
        """Writes what a reset of the bus has cleared."""
        await self.host.write("frame_size", HEIGHT << 16 | WIDTH)
        await self.host.write("interrupt", 1)

    async def give(self) -> None:
        """Shows the frame before, and gives the target."""
        await self.host.show(self.frames[0])
        await self.host.shown()
        for branch in ("template", "search"):
            await self.host.write(f"{branch}_entry", self.program.entries[branch])
        await self.host.set_box(in_units(self.box))
        await self.host.write("news", 1)
        self.note(AxiResp.OKAY, await self.host.write("control", TAKE | LOSSLESS), "a target is given")

    async def track(self) -> None:
        """A target is followed; every second one meets a bad frame."""
        before = await self.host.read("faults")
        await self.host.write("control", RESET | LOSSLESS)
        expected, videos = list(self.expected), [(frame, FrameFault.NONE) for frame in self.frames[1:]]
        bad = BAD[self.counts["bad_frames"] % len(BAD)] if self.counts["tracks"] % 2 == 0 else None
        if bad is not None:
            place = self.dice.randrange(len(videos))
            videos.insert(place, (self.frames[0], bad))
            # The target is followed as soon as its last view is told.
            states = [State.LEARNING] * FIRST_FRAMES + [State.TRACKING]
            state = [*states, *(one.state for one in self.expected[FIRST_FRAMES:])][place]
            expected.insert(place, ExpectedNews(state=state, code=code(Source.FRAME, bad)))
            self.counts["bad_frames"] += 1
        await self.give()
        for frame, fault in videos:
            await self.host.show(frame, fault)
        await self.wrong_accesses()
        await self.hear(expected)
        await self.host.stop(self.frames[0])
        faults = 0 if bad is None else 1 << 8 | bad
        self.note(faults, await self.host.read("faults"), f"faults, which were {before:#x}")
        self.counts["tracks"] += 1

    async def hear(self, expected: list[ExpectedNews]) -> None:
        """Reads the news as they come, or some of them, and compares each with that of its number."""
        number, patience = 0, len(expected) * LONGEST_FRAME / (1 - self.job["stall"])
        while number < len(expected):
            if not self.dut.interrupt.value:
                await First(RisingEdge(self.dut.interrupt), Timer(round(patience) * CYCLE_NS, "ns"))
                assert self.dut.interrupt.value, f"no news after {number} of {len(expected)}"
            found = await self.host.news()
            where = f"track {self.counts['tracks']}, news {found['news_number']} of {len(expected)}"
            self.note(True, number < found["news_number"] <= len(expected), f"{where}, after {number}")
            number = found["news_number"]
            self.compare(expected[number - 1], found, where)
        self.note(0, await self.host.read("news"), "news behind the last frame")

    def compare(self, expected: ExpectedNews, found: dict[str, int], where: str) -> None:
        """Notes what differs."""
        self.note(expected.state | expected.code << 8, found["result"], f"{where}: result")
        box = tuple(found[f"box_{name}"] for name in ("left", "top", "width", "height"))
        window = tuple(found[f"window_{name}"] for name in ("left", "top", "step"))
        for what, due, is_ in (
            ("box", expected.box, box),
            ("confidence", expected.confidence, found["confidence"]),
            ("window", expected.window, window),
        ):
            if due is not None:
                self.note(due, is_, f"{where}: {what}")
        self.counts["news"] += 1

    async def break_off(self) -> None:
        """A target is broken off somewhere: by STOP, by the bus's reset, or by one of the registers."""
        await self.give()
        for frame in self.frames[1:]:
            await self.host.show(frame)
        await ClockCycles(self.dut.aclk, self.dice.randrange(len(self.frames) * LONGEST_FRAME // 4))
        how = self.dice.choice(("bus", "reset", "size", "stop"))
        if how == "bus":
            reading = cocotb.start_soon(self.host.bus.read(TRACKER.find("news_number").address, 4))
            await ClockCycles(self.dut.aclk, self.dice.randrange(6))
            await self.host.bus_reset(self.dice.randrange(1, LONGEST_RESET + 1))
            await reading
            self.note(0, await self.host.read("frame_size"), "the size of frames behind a reset")
            await self.settle()
        elif how == "reset":
            await self.host.write("control", RESET | LOSSLESS)
        elif how == "size":
            await self.settle()
        else:
            await self.host.stop(self.frames[0])
        await self.host.rest()
        if how != "stop":
            self.note(0, (await self.host.news())["news_number"], f"news behind a reset ({how})")
        await self.host.shown()
        self.note(0, await self.host.read("status"), "status")
        self.counts["resets"] += 1

    async def refused_box(self) -> None:
        """A first box that cannot be followed, however far its numbers are from what the tracker holds."""
        x, y, width, height = in_units(self.box)
        far = self.dice.choice((-(2**31), 2**31 - 1, -(1 << 24), 1 << 24))
        cases = [
            ((far, y, width, height), BoxFault.OUTSIDE),
            ((x, far, width, height), BoxFault.OUTSIDE),
            ((x, y, 0, height), BoxFault.EMPTY),
            ((x, y, width, self.dice.choice((1 << 17, 1 << 24, 2**32 - 1))), BoxFault.LARGE),
        ]
        box, fault = cases[self.dice.randrange(len(cases))]
        await self.host.write("control", RESET)
        await self.host.set_box(box)
        await self.host.write("control", TAKE)
        await self.host.rest()
        found = await self.host.news()
        self.note((1, code(Source.BOX, fault) << 8), (found["news_number"], found["result"]), f"{box}")
        self.counts["refused_boxes"] += 1

    async def wrong_accesses(self) -> None:
        """Accesses, while a target is followed, that must be refused or change nothing."""
        known = {register.address for register in TRACKER.registers}
        address = self.dice.choice([at for at in range(0, 1 << ADDRESS_BITS, 4) if at not in known])
        refused = AxiResp.SLVERR
        self.note(refused, await self.host.write_at(address, bytes(4)), f"a write at {address}")
        self.note(refused, (await self.host.bus.read(address, 4)).resp, f"a read at {address}")
        place = TRACKER.find("frame_size").address
        self.note(refused, await self.host.write_at(place + 1, bytes(2)), "a write in part")
        self.note(HEIGHT << 16 | WIDTH, await self.host.read("frame_size"), "after a write in part")
        for name in ("identity", "result", "box_left", "status"):
            self.note(refused, await self.host.write(name, 1), f"a write of {name}")
        self.note(refused, await self.host.write("word_high", 0), "a word while a target is followed")
        again = await self.host.write("control", TAKE | LOSSLESS)
        if await self.host.read("status") & 2:
            self.note(refused, again, "a target before the one before was read")
        await self.host.set_box((1, 2, 3, 4))
        await self.host.write("search_entry", 0xFFFF)
        self.counts["wrong_accesses"] += 1


@cocotb.test()
async def traffic(dut) -> None:
    """The job of the current folder; writes what became of it."""
    await run_job(dut, Campaign)
