"""HorizontalResampler: a row's samples by the formula, in the cycles that it tells; rows that are skipped or
forgotten.
"""

import numpy as np
import pytest

from siammixer.rtl.camera.horizontal import HorizontalResampler
from siammixer.sim.block import simulate, stream_put, watch

FILL = (200, 3, 77)


def pair(position, width):
    """The pixels around a position, by their columns in a row with one pixel of fill at each side."""
    pixel = (position + 128) >> 16
    return (0, 0) if pixel < -1 or pixel >= width else (pixel + 1, (pixel + 2) % (width + 2))


def blended(row, left, step, columns):
    """(columns, 3): 256 p + (q - p) f for each sample of a row."""
    wide = np.vstack([[FILL], row, [FILL]]).astype(np.int64)
    places = [left + n * step for n in range(columns)]
    before, after = np.array([pair(place, len(row)) for place in places]).T
    part = np.array([(place + 128) >> 8 & 255 for place in places])[:, None]
    return 256 * wide[before] + (wide[after] - wide[before]) * part


def cycles(width, left, step, columns):
    """From a row's start until the next can start, where every pixel is there in time: by hand through the
    samples and pixels.
    """
    here = [min(max((left + n * step + 128 >> 16) + 1, 0), width) for n in range(columns)]
    taken = time = 0
    for place, following in zip(here, [*here[1:], width], strict=True):
        time += max(place - taken, 0) + 1  # pixels up to the sample's, then the sample
        taken = max(place, taken)
        taken += following > taken  # with the sample comes a pixel that the next one wants
    written = time + HorizontalResampler.LATENCY
    return 3 + max(time + width - taken + 1, written)


WINDOWS = [  # left, step, width, columns
    (-(1 << 15), 1 << 15, 6, 9),  # enlarges
    (1 << 15, 1 << 16, 10, 9),  # a sample a pixel
    (0, 100_000, 13, 9),
    (-(3 << 16) - 5, 150_001, 7, 9),  # over both edges
    (-(20 << 16), 70_000, 5, 9),  # beside the frame, left and right
    (20 << 16, 70_000, 5, 9),
    (4 << 16, 300, 12, 4),  # much is left behind the last sample
    (0, 9 << 16, 13, 2),
    (-(1 << 16), 1 << 16, 1, 3),
]


@pytest.fixture
def rows():
    random = np.random.default_rng(1)
    return [random.integers(0, 256, (width, 3), np.uint8) for *_, width, _ in WINDOWS]


async def begin(ctx, block, left, step, width, columns, skip=0):
    fill = dict(zip(("red", "green", "blue"), FILL, strict=True))
    ctx.set(block.frame, {"width": width, "height": 1})
    ctx.set(block.window, {"left": left, "top": 0, "step": step, "fill": fill})
    ctx.set(block.strips, {"columns": columns})
    ctx.set(block.start, 1)
    ctx.set(block.skip, skip)
    await ctx.tick()
    ctx.set(block.start, 0)


def spy(block, written, column_done):
    async def bench(ctx):
        while True:
            _, _, enable, column, data, done = await ctx.tick().sample(
                block.write_enable, block.write_column, block.write_data, block.done
            )
            if enable:
                written.append((column, [data.red, data.green, data.blue]))
            column_done.extend([len(written)] * done)

    return bench


@pytest.mark.parametrize("stall", [0.0, 0.6])
def test_rows(camera, colours, rows, stall):
    """Each window's row, and after it a row that is skipped."""
    block, written, ends, times, skipped = HorizontalResampler(camera), [], [], [], []

    async def control(ctx):
        for window in WINDOWS:
            for skip, spent in ((0, times), (1, skipped)):
                await begin(ctx, block, *window, skip=skip)
                count = 1
                while ctx.get(block.busy):
                    await ctx.tick()
                    count += 1
                spent.append(count)

    async def feed(ctx):
        pixels = [pixel for row in rows for pixel in colours(np.vstack([row, row[::-1]]))]
        await stream_put(ctx, block.i, pixels, stall=stall)

    check, _ = watch(block.i)
    simulate(block, [control, feed], background=[check, spy(block, written, ends)])
    expected = [
        (column, sample.tolist())
        for row, (left, step, _, columns) in zip(rows, WINDOWS, strict=True)
        for column, sample in enumerate(blended(row, left, step, columns))
    ]
    assert written == expected
    assert ends == np.cumsum([columns for *_, columns in WINDOWS]).tolist()
    if not stall:
        assert times == [cycles(width, left, step, columns) for left, step, width, columns in WINDOWS]
        assert skipped == [width + HorizontalResampler.SKIPPED for *_, width, _ in WINDOWS]


@pytest.mark.parametrize("before", range(6, 24))
def test_a_broken_frame_ends_the_row_that_lacks_pixels(camera, colours, rows, before):
    """So many cycles after its start. One that has all ten pixels is written to its end."""
    block, written, ends = HorizontalResampler(camera), [], []
    left, step, _, columns = WINDOWS[1]
    check, _ = watch(block.i)
    whole = before >= 12  # after two cycles a pixel in each

    async def feed(ctx):
        await stream_put(ctx, block.i, colours(rows[1]))

    async def bench(ctx):
        await begin(ctx, block, *WINDOWS[1])
        for _ in range(before):
            await ctx.tick()
        ctx.set(block.broken, 1)
        await ctx.tick()
        ctx.set(block.broken, 0)
        for _ in range(HorizontalResampler.LATENCY + 4):
            await ctx.tick()
        assert not ctx.get(block.busy)

    simulate(block, [bench], background=[check, spy(block, written, ends), feed])
    assert len(ends) == whole
    if whole:
        assert [data for _, data in written] == blended(rows[1], left, step, columns).tolist()


@pytest.mark.parametrize("before", range(12))
def test_clear_forgets_the_row(camera, colours, rows, before):
    """So many cycles after its start; then another row goes as ever."""
    block, written, ends = HorizontalResampler(camera), [], []
    left, step, _, columns = WINDOWS[1]

    async def bench(ctx):
        await begin(ctx, block, *WINDOWS[1])
        ctx.set(block.i.valid, 1)
        for _ in range(before):
            await ctx.tick()
        ctx.set(block.clear, 1)
        await ctx.tick()
        ctx.set(block.clear, 0)
        ctx.set(block.i.valid, 0)
        for _ in range(HorizontalResampler.LATENCY + 2):
            assert (ctx.get(block.busy), ctx.get(block.i.ready), ctx.get(block.write_enable)) == (0, 0, 0)
            await ctx.tick()
        written.clear()
        await begin(ctx, block, *WINDOWS[1])
        await stream_put(ctx, block.i, colours(rows[1]))
        while ctx.get(block.busy):
            await ctx.tick()

    simulate(block, [bench], background=[spy(block, written, ends)])
    expected = blended(rows[1], left, step, columns).tolist()
    assert [data for _, data in written] == expected
