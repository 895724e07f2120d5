"""TrackerRegisters: every register by its description, a target given and given up, words, news, and what is
refused.
"""

import random

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.camera import FrameFault
from siammixer.arch.errors import Error
from siammixer.arch.fabric import FabricDesign, State
from siammixer.arch.register_map import WIDTH
from siammixer.arch.tracker_registers import TRACKER, tracker_constants
from siammixer.ir.catalogue import NETWORKS
from siammixer.rtl.bus.tracker_registers import TrackerRegisters
from siammixer.rtl.siam_tracker import FIRST
from siammixer.sim.block import simulate
from siammixer.sim.register_bench import RegisterBench
from siammixer.tracking.settings import Settings

TINY = find_accelerator("tiny")
DESIGN = FabricDesign.of(NETWORKS["tiny"], TINY, Settings().shares(), frame_width=97, frame_height=65)
TAKE, STOP, RESET, LOSSLESS = 1, 2, 4, 8
ALL = (1 << WIDTH) - 1
READING = 12
"""Cycles from a target's begin until its box is read."""


class Bench(RegisterBench):
    """A tracker behind the registers, with the FrameController's manners: it takes a box when it rests."""

    def __init__(self):
        super().__init__(TrackerRegisters(DESIGN), TRACKER)
        self.words, self.boxes, self.resets = [], [], []
        self.hold = False
        """The target that is followed is not given up yet."""
        self.deaf = False
        """No target is begun."""

    async def tracker(self, ctx) -> None:
        r = self.registers
        ctx.set(r.write.ready, 1)
        wanted = ending = False
        reading = 0
        while True:
            _, _, take, stop, reset, written, word, *box = await ctx.tick().sample(
                r.take, r.stop, r.tracker_reset, r.write.valid, r.write.payload, *self._given()
            )
            ctx.set(r.refused, Error.WRITE_OUTSIDE if written and word.address == 77 else 0)
            if written:
                self.words.append((word.target, word.address, word.data))
            following = ctx.get(r.following)
            ctx.set(r.taken, 0)
            if reading:
                reading -= 1
                ctx.set(r.taken, reading == 0)
                if reading == 0:
                    self.boxes[-1] += (tuple(box),)
            elif following and ending and not self.hold:
                ctx.set(r.following, 0)
                ending = False
            elif not following and wanted and not self.deaf:
                ctx.set(r.following, 1)
                self.boxes.append((tuple(box),))
                reading, wanted, ending = READING, False, False
            if take or stop:
                wanted, ending = bool(take and not stop), True
            if reset:
                wanted, ending, reading = False, False, 0
                ctx.set(r.following, 0)
                self.resets.append((ctx.get(r.frame.width), ctx.get(r.frame.height)))

    def _given(self):
        r = self.registers
        return [getattr(r, name) for name in (*FIRST, "template_entry", "search_entry")]

    async def give(self, ctx, box):
        for name, value in zip(FIRST, box, strict=True):
            assert not await self.write(ctx, name, value)
        return await self.write(ctx, "control", TAKE)

    async def ticks(self, ctx, count):
        for _ in range(count):
            await ctx.tick()

    def run(self, script) -> None:
        async def whole(ctx):
            await script(ctx)

        simulate(self.registers, [whole], background=[self.tracker], watchdog=80_000)


@pytest.fixture
def bench():
    return Bench()


def test_what_the_tracker_is(bench):
    async def script(ctx):
        for name, value in tracker_constants(DESIGN).items():
            assert await bench.read(ctx, name) == value
        assert await bench.read(ctx, "largest_width") == 97

    bench.run(script)


def test_what_is_written_stands_in_its_bits(bench):
    async def script(ctx):
        dice = random.Random(1)
        for register in TRACKER.registers:
            stands = sum(field.mask for field in register.fields if field.access == "write")
            if stands and register.name != "control":
                for data in (ALL, 0, dice.getrandbits(32)):
                    assert not await bench.write(ctx, register.name, data)
                    if register.name == "word_high":  # it has written a word
                        data &= stands
                    assert await bench.read(ctx, register.name) == data & stands, register.name

    bench.run(script)


def test_what_is_no_register_is_refused(bench):
    """Between two registers and behind the last, unaligned, written in part, written where it only reads."""

    async def script(ctx):
        await bench.check_refusals(ctx, [*range(0xA0), 0xFC, 0x100, 0x424])
        assert bench.boxes == [] and len(bench.words) == 1  # the one that writing word_high wrote

    bench.run(script)


def test_a_target_is_what_was_written_before_it_was_given(bench):
    """Whatever is written while its box is read, and behind."""

    async def script(ctx):
        await bench.write(ctx, "template_entry", 0x123)
        await bench.write(ctx, "search_entry", 0x456)
        assert not await bench.give(ctx, (100, -200, 300, 400))
        for name in (*FIRST, "template_entry", "search_entry"):
            await bench.write(ctx, name, 1)
        while await bench.read(ctx, "status", "taking"):
            pass
        await bench.ticks(ctx, 10)
        assert bench.boxes == [((100, -200, 300, 400, 0x123, 0x456),) * 2]
        assert not await bench.write(ctx, "control", TAKE)
        await bench.ticks(ctx, 2 * READING)
        assert bench.boxes[1] == ((1, 1, 1, 1, 1, 1),) * 2

    bench.run(script)


def test_a_number_that_the_tracker_does_not_hold_is_the_nearest(bench):
    """The tracker then refuses the box; it is not another one."""
    r = bench.registers
    place, size = r.first_x.shape().width, r.first_width.shape().width

    async def script(ctx):
        for given in (1 << 31, 1 << place - 1, 1 << size, (1 << size) + 5, (1 << 31) - 1, ALL, 7):
            number = given - (1 << 32) if given >> 31 else given
            assert not await bench.give(ctx, (given, given, given, given))
            near = min(max(number, -(1 << place - 1)), (1 << place - 1) - 1)
            large = min(given, (1 << size) - 1)
            await bench.ticks(ctx, 3)
            assert [ctx.get(getattr(r, name)) for name in FIRST] == [near, near, large, large]
            await bench.write(ctx, "control", RESET)

    bench.run(script)


def test_a_second_target_waits_for_the_first_one_s_box(bench):
    async def script(ctx):
        assert not await bench.give(ctx, (1, 2, 3, 4))
        assert await bench.write(ctx, "control", TAKE)
        assert not await bench.write(ctx, "control", LOSSLESS)
        assert ctx.get(bench.registers.lossless)
        while await bench.read(ctx, "status", "taking"):
            pass
        assert not await bench.give(ctx, (5, 6, 7, 8))
        await bench.ticks(ctx, 2 * READING)
        assert [reads[0][:4] for reads in bench.boxes] == [(1, 2, 3, 4), (5, 6, 7, 8)]

    bench.run(script)


def test_a_target_that_was_given_up_does_not_count_as_read(bench):
    """TAKE, STOP, TAKE while the first box is read: the box that is read then is not the second one."""

    async def script(ctx):
        bench.hold = True
        await bench.give(ctx, (1, 2, 3, 4))
        assert not await bench.write(ctx, "control", STOP)
        assert not await bench.read(ctx, "status", "taking")
        assert not await bench.write(ctx, "control", TAKE)
        await bench.ticks(ctx, 3 * READING)
        assert await bench.read(ctx, "status", "taking")
        bench.hold = False
        await bench.ticks(ctx, 3 * READING)
        assert not await bench.read(ctx, "status", "taking") and len(bench.boxes) == 2

    bench.run(script)


def test_stop(bench):
    async def script(ctx):
        await bench.give(ctx, (1, 2, 3, 4))
        await bench.ticks(ctx, 2 * READING)
        assert await bench.read(ctx, "status", "busy")
        for bits in (STOP, STOP | TAKE):
            assert not await bench.write(ctx, "control", bits)
            await bench.ticks(ctx, 3)
            assert not await bench.read(ctx, "status")
        assert len(bench.boxes) == 1

    bench.run(script)


def test_resets(bench):
    """By CONTROL and by FRAME_SIZE; a frame that is too large has no size."""

    async def script(ctx):
        for size, seen in ((64 << 16 | 96, (96, 64)), (65 << 16 | 97, (97, 65)), (66 << 16 | 98, (0, 0))):
            await bench.give(ctx, (1, 2, 3, 4))
            assert not await bench.write(ctx, "frame_size", size)
            await bench.ticks(ctx, 2)
            assert bench.resets[-1] == seen
            assert not await bench.read(ctx, "status")
        await bench.write(ctx, "first_x", 5)
        assert not await bench.write(ctx, "control", RESET)
        await bench.ticks(ctx, 2)
        assert len(bench.resets) == 4 and await bench.read(ctx, "first_x") == 5

    bench.run(script)


def test_words(bench):
    async def script(ctx):
        await bench.write(ctx, "word_address", 1 << 24 | 0x30005)
        data = [random.Random(number).getrandbits(72) for number in range(3)]
        for value in data:
            for name, place in (("word_low", 0), ("word_middle", 32), ("word_high", 64)):
                assert not await bench.write(ctx, name, value >> place & ALL)
        assert bench.words == [(1, 0x30005 + number, value) for number, value in enumerate(data)]
        await bench.write(ctx, "word_address", 76)
        assert [await bench.write(ctx, "word_high", 0) for _ in range(3)] == [0, 1, 0]

    bench.run(script)


@pytest.mark.parametrize("port", ["following", "computing", "taking"])
def test_no_word_while_busy(bench, port):
    async def script(ctx):
        if port == "taking":
            bench.deaf = True
            await bench.write(ctx, "control", TAKE)
        else:
            ctx.set(getattr(bench.registers, port), 1)
        assert await bench.read(ctx, "status", "busy")
        assert await bench.write(ctx, "word_high", 0) and not bench.words

    bench.run(script)


def test_news(bench):
    """Every field, with its sign; TOLD and the interrupt line."""
    r = bench.registers
    numbers = {"number": 7, "state": State.LOST, "code": 0x2A, "skipped": 513, "confidence": 32768}
    numbers |= {"left": -1000, "top": 2000, "width": 3000, "height": 4000}
    numbers |= {"window_left": -(1 << 26), "window_top": (1 << 26) + 3, "window_step": 12345}

    async def script(ctx):
        for enable in (0, 1):
            await bench.write(ctx, "interrupt", enable)
            ctx.set(r.waiting, 1)
            await ctx.tick()
            assert ctx.get(r.interrupt) == enable and await bench.read(ctx, "news") == 1
            ctx.set(r.waiting, 0)
        assert not ctx.get(r.interrupt) and await bench.read(ctx, "news") == 0
        ctx.set(r.news, numbers)
        assert await bench.read(ctx, "result") == 513 << 16 | 0x2A << 8 | State.LOST
        assert await bench.read(ctx, "news_number") == numbers["number"]
        for name in ("confidence", "window_step"):
            assert await bench.read(ctx, name) == numbers[name]
        for name in ("left", "top", "width", "height"):
            assert await bench.read(ctx, f"box_{name}") == numbers[name] & ALL
        for name in ("window_left", "window_top"):
            halves = [await bench.read(ctx, f"{name}_{part}") for part in ("low", "high")]
            assert halves[1] << 32 | halves[0] == numbers[name] & (1 << 64) - 1

    bench.run(script)


def test_news_are_taken_over_by_writing_a_one(bench):
    seen = []

    async def script(ctx):
        for data in (0, 1):
            address = TRACKER.find("news").address
            i = bench.registers.i
            ctx.set(i.payload, {"write": 1, "address": address, "data": data, "whole": 1})
            ctx.set(i.valid, 1)
            ctx.set(bench.registers.o.ready, 1)
            asked = 0
            for _ in range(6):
                _, _, wanted = await ctx.tick().sample(bench.registers.next)
                ctx.set(i.valid, 0)
                asked += wanted
            seen.append(asked)

    bench.run(script)
    assert seen == [0, 1]


def test_faults_are_counted(bench):
    async def script(ctx):
        for number, fault in enumerate((FrameFault.SHORT_LINE, FrameFault.LONG_FRAME), 1):
            ctx.set(bench.registers.fault, fault)
            await ctx.tick()
            ctx.set(bench.registers.fault, 0)
            assert await bench.read(ctx, "faults") == number << 8 | fault
        await bench.write(ctx, "control", RESET)
        await ctx.tick()
        assert await bench.read(ctx, "faults") == 0
        ctx.set(bench.registers.fault, FrameFault.SHORT_FRAME)
        await bench.ticks(ctx, (1 << 8) + 4)
        assert await bench.read(ctx, "faults", "count") == (1 << 8) - 1

    bench.run(script)
