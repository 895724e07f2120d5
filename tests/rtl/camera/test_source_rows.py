"""SourceRows: which rows are started, skipped and held back; pairs of rows as they were stored."""

import random

import pytest

from siammixer.rtl.camera.source_rows import SourceRows
from siammixer.sim.block import simulate

HEIGHT = 9


def value(row, column):
    """Three colours that tell where they belong."""
    base = 1000 * row + 10 * column
    return {"red": base, "green": base + 1, "blue": base + 2}


class Resampler:
    """Takes rows for a while, drops those that are skipped and stores the others, and notes both."""

    def __init__(self, block, columns, seed=0):
        self.block, self.columns, self.dice = block, columns, random.Random(seed)
        self.stored, self.skipped = [], []

    async def bench(self, ctx):
        block = self.block
        while True:
            start, skip, row = (ctx.get(port) for port in (block.start, block.skip, block.row))
            await ctx.tick()
            if not start:
                continue
            ctx.set(block.resampling, 1)
            for _ in range(self.dice.randrange(3)):
                await ctx.tick()
            if skip:
                self.skipped.append(row)
                await ctx.tick()
            for column in () if skip else range(self.columns):
                ctx.set(block.write_enable, 1)
                ctx.set(block.write_column, column)
                ctx.set(block.write_data, value(row, column))
                ctx.set(block.done, column == self.columns - 1)
                await ctx.tick()
            for port in (block.write_enable, block.done, block.resampling):
                ctx.set(port, 0)
            if not skip:
                self.stored.append(row)


async def pause(ctx, cycles=40):
    for _ in range(cycles):
        await ctx.tick()


async def read(ctx, block, row, columns):
    """Both samples of each column of a row and the one below it: a column a cycle."""
    ctx.set(block.read_row, row % 4)
    found = []
    for cycle in range(columns + SourceRows.LATENCY):
        ctx.set(block.read_column, min(cycle, columns - 1))
        if cycle >= SourceRows.LATENCY:
            pair = (ctx.get(port) for port in (block.upper, block.lower))
            found.append(tuple({colour: one[colour] for colour in value(0, 0)} for one in pair))
        await ctx.tick()
    return found


@pytest.mark.parametrize("needed", [0, 1, 2, 4])
def test_rows_are_held_back_and_read(camera, needed):
    """With rows from ``needed`` on the ring fills; each row that is no longer needed makes room for one."""
    block = SourceRows(camera)
    resampler = Resampler(block, 3)

    async def bench(ctx):
        for name, one in (("height", HEIGHT), ("wanted", 1), ("needed", needed), ("waits", 1), ("begin", 1)):
            ctx.set(getattr(block, name), one)
        await ctx.tick()
        ctx.set(block.begin, 0)
        await pause(ctx)
        assert not resampler.skipped and not resampler.stored  # it is not known yet which are needed
        ctx.set(block.waits, 0)
        await pause(ctx)
        assert resampler.skipped == list(range(needed))
        for first in range(needed, HEIGHT - 1):
            ctx.set(block.needed, first)
            await pause(ctx)
            last = min(first + camera.source_rows, HEIGHT)
            assert resampler.stored == list(range(needed, last)) and ctx.get(block.complete) == last
            for row in range(first, last - 1):
                pairs = await read(ctx, block, row, 3)
                assert pairs == [(value(row, column), value(row + 1, column)) for column in range(3)]

    simulate(block, [bench], background=[resampler.bench])


@pytest.mark.parametrize("wait", range(6))
def test_a_frame_in_progress_is_joined(camera, wait):
    """From whatever row it has come to: none starts in the very cycle, the next one is stored, and nothing of
    the frame before counts.
    """
    block = SourceRows(camera)
    resampler = Resampler(block, 2)

    async def bench(ctx):
        for name, one in (
            ("height", HEIGHT),
            ("wanted", 1),
            ("fresh", 1),
            ("begin", 1),
            ("needed", HEIGHT - 2),
        ):
            ctx.set(getattr(block, name), one)
        await ctx.tick()
        for name in ("begin", "fresh"):
            ctx.set(getattr(block, name), 0)
        await pause(ctx, 80)
        assert ctx.get(block.complete) == HEIGHT
        ctx.set(block.wanted, 0)
        ctx.set(block.begin, 1)
        await ctx.tick()
        ctx.set(block.begin, 0)
        for _ in range(6 + wait):
            await ctx.tick()
        resampler.stored.clear()
        first = ctx.get(block.row)
        ctx.set(block.needed, first)
        ctx.set(block.waits, 1)
        ctx.set(block.join, 1)
        await ctx.tick()
        ctx.set(block.waits, 0)
        ctx.set(block.join, 0)
        ctx.set(block.wanted, 1)
        assert ctx.get(block.complete) == 0 and ctx.get(block.row) == first
        await pause(ctx)
        last = min(first + camera.source_rows, HEIGHT)
        assert resampler.stored == list(range(first, last)) and ctx.get(block.complete) == last

    simulate(block, [bench], background=[resampler.bench])


def test_rows_without_need_are_skipped(camera):
    """All of a frame where none is wanted; those behind the last one that was; none after ``clear``."""
    block = SourceRows(camera)
    resampler = Resampler(block, 2)

    async def begin(ctx, wanted):
        ctx.set(block.wanted, wanted)
        ctx.set(block.begin, 1)
        ctx.set(block.fresh, wanted)
        await ctx.tick()
        ctx.set(block.begin, 0)
        ctx.set(block.fresh, 0)

    async def bench(ctx):
        ctx.set(block.height, HEIGHT)
        await begin(ctx, 0)
        await pause(ctx, 80)
        assert (resampler.skipped, ctx.get(block.complete)) == (list(range(HEIGHT)), 0)
        await begin(ctx, 1)
        await pause(ctx)
        assert (resampler.stored, ctx.get(block.complete)) == ([0, 1, 2, 3], 4)
        ctx.set(block.wanted, 0)
        await pause(ctx)
        assert resampler.skipped == [*range(HEIGHT), *range(4, HEIGHT)]
        await begin(ctx, 0)  # a frame that nobody wants leaves what is stored
        await pause(ctx, 80)
        assert (len(resampler.stored), ctx.get(block.complete)) == (4, 4)
        await begin(ctx, 1)
        ctx.set(block.clear, 1)
        await ctx.tick()
        ctx.set(block.clear, 0)
        await pause(ctx)
        assert len(resampler.stored) + len(resampler.skipped) <= 4 + 14 + HEIGHT + 1
        assert ctx.get(block.complete) <= 1

    simulate(block, [bench], background=[resampler.bench])
