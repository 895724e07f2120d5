"""VerticalResampler: rows by the formula out of a ring that the test fills, in the cycles that it tells."""

import random

import numpy as np
import pytest

from siammixer.rtl.camera.source_rows import SourceRows
from siammixer.rtl.camera.vertical import VerticalResampler
from siammixer.sim.block import simulate

FILL = (9, 250, 128)
COLUMNS = 5
WINDOWS = [  # top, step, height, rows
    (-(1 << 15), 1 << 15, 5, 9),
    (-(2 << 16) - 999, 90_000, 4, 7),  # over both edges
    (0, 1 << 16, 9, 9),
    (1 << 16, 170_001, 11, 4),
    (-(30 << 16), 70_000, 3, 3),
    (30 << 16, 70_000, 3, 3),
]


def expected(samples, top, step, rows):
    """uint8 (rows, columns, 3)."""
    height = len(samples)
    around = np.broadcast_to(np.array(FILL, np.int64) << 8, (1, *samples.shape[1:]))
    wide = np.concatenate([around, samples, around]).astype(np.int64)
    result = []
    for n in range(rows):
        position = (top + n * step + 128) >> 8
        pixel, part = position >> 8, position & 255
        outside = pixel < -1 or pixel >= height
        upper, lower = (wide[0], wide[0]) if outside else (wide[pixel + 1], wide[pixel + 2])
        result.append((upper * (256 - part) + lower * part + (1 << 15)) >> 16)
    return np.array(result, np.uint8)


def last_needed(top, step, height, row):
    """Source rows that must be complete for a row of the crop."""
    pixel = (top + row * step + 128) >> 16
    return 0 if pixel < -1 or pixel >= height else min(pixel + 2, height)


@pytest.fixture
def samples():
    drawn = np.random.default_rng(1)
    made = [drawn.integers(0, 65281, (height, COLUMNS, 3)) for *_, height, _ in WINDOWS]
    for one in made:
        one[0, 0], one[-1, -1] = 0, 65280
    return made


def ring(block, frame, delays):
    """A background that answers the block's reads with samples of ``frame`` (a list of one), late by the
    ring's latency. The row's low bits are those of a row near the one that is needed a cycle later, or of
    row -1.
    """

    async def bench(ctx):
        row = column = 0
        while True:
            needed = ctx.get(block.needed)
            number, height = needed + (row - needed + 1) % 4 - 1, len(frame[0])
            delays.append(frame[0][[min(max(line, 0), height - 1) for line in (number, number + 1)], column])
            row, column = ctx.get(block.read_row), ctx.get(block.read_column)
            if len(delays) > SourceRows.LATENCY - 2:
                upper, lower = delays.pop(0).tolist()
                await ctx.tick()
                for port, sample in ((block.upper, upper), (block.lower, lower)):
                    ctx.set(port, dict(zip(("red", "green", "blue"), sample, strict=True)))
            else:
                await ctx.tick()

    return bench


async def begin(ctx, block, top, step, height, rows):
    fill = dict(zip(("red", "green", "blue"), FILL, strict=True))
    ctx.set(block.frame, {"width": 1, "height": height})
    ctx.set(block.window, {"left": 0, "top": top, "step": step, "fill": fill})
    for name, value in (("columns", COLUMNS), ("rows", rows), ("complete", 0), ("begin", 1)):
        ctx.set(getattr(block, name), value)
    await ctx.tick()
    ctx.set(block.begin, 0)


@pytest.mark.parametrize("slow", [False, True])
def test_rows(camera, samples, slow):
    """``slow``: source rows complete one by one, and room comes late. Else the rows follow at once."""
    block, written, frame = VerticalResampler(camera), [], [samples[0]]
    dice = random.Random(1)

    async def control(ctx):
        for window, frame[0] in zip(WINDOWS, samples, strict=True):
            top, step, height, rows = window
            written.clear()
            ctx.set(block.room, not slow)
            await begin(ctx, block, *window)
            assert ctx.get(block.busy)
            ctx.set(block.complete, 0 if slow else height)
            count, complete = 0, 0
            while ctx.get(block.busy):
                if slow:
                    row = ctx.get(block.row)
                    # It waits for room, and for exactly the rows that it needs.
                    ctx.set(block.room, dice.random() < 0.6)
                    complete = min(complete + (count % 20 == 19), height)
                    ctx.set(block.complete, complete)
                    if ctx.get(block.read_column):
                        assert complete >= last_needed(top, step, height, row)
                await ctx.tick()
                count += 1
            for _ in range(VerticalResampler.LATENCY + 1):
                await ctx.tick()
            found = np.array([[pixel.red, pixel.green, pixel.blue] for *_, pixel in written], np.uint8)
            assert [place[1:3] for place in written] == [
                (row % 4, column) for row in range(rows) for column in range(COLUMNS)
            ]
            np.testing.assert_array_equal(
                found.reshape(rows, COLUMNS, 3), expected(frame[0], top, step, rows), str(window)
            )
            if not slow:
                cycles = [cycle for cycle, *_ in written]
                row_cycles = [1] * (COLUMNS - 1) + [2]
                assert np.diff(cycles).tolist() == (row_cycles * rows)[:-1]
                # The first position, then a pixel a cycle and a cycle between rows.
                assert count == 2 + rows * (COLUMNS + 1)

    async def spy(ctx):
        cycle = 0
        while True:
            _, _, enable, *place = await ctx.tick().sample(
                block.write_enable, block.write_row, block.write_column, block.write_data
            )
            if enable:
                written.append((cycle, *place))
            cycle += 1

    simulate(block, [control], background=[spy, ring(block, frame, [])])


def test_it_says_which_rows_it_needs(camera):
    """Before the first row, and from the cycle after each on: the upper one of its next row. Of a crop that
    was just asked for nothing is known, whatever the one before needed.
    """
    block, (top, step, height, rows) = VerticalResampler(camera), WINDOWS[3]

    async def bench(ctx):
        ctx.set(block.room, 0)
        for _ in range(2):
            await begin(ctx, block, top, step, height, rows)
            for _ in range(VerticalResampler.KNOWN - 1):
                assert ctx.get(block.waits)
                await ctx.tick()
            assert not ctx.get(block.waits)
        ctx.set(block.complete, height)
        for row in range(rows):
            await ctx.tick()
            assert ctx.get(block.needed) == max((top + row * step + 128) >> 16, 0)
            ctx.set(block.room, 1)
            await ctx.tick()
            ctx.set(block.room, 0)
            for _ in range(COLUMNS):
                await ctx.tick()
        assert not ctx.get(block.busy)

    simulate(block, [bench])


@pytest.mark.parametrize("before", range(1, 14))
def test_clear_forgets_the_crop(camera, before):
    block = VerticalResampler(camera)

    async def bench(ctx):
        ctx.set(block.room, 1)
        await begin(ctx, block, *WINDOWS[0])
        ctx.set(block.complete, 5)
        for _ in range(before):
            await ctx.tick()
        ctx.set(block.clear, 1)
        await ctx.tick()
        ctx.set(block.clear, 0)
        for _ in range(VerticalResampler.LATENCY + 2):
            assert (ctx.get(block.busy), ctx.get(block.write_enable)) == (0, 0)
            await ctx.tick()

    simulate(block, [bench])
