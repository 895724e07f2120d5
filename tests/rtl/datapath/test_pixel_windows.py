"""PixelWindows: NumPy's windows of the tile, stalls, tile after tile, the end of the image too early and too
late.
"""

import numpy as np
import pytest

from siammixer.rtl.datapath.pixel_windows import PixelWindows
from siammixer.sim.block import simulate, stream_get, stream_put, watch

DEPTH = 6


def windows(tile: np.ndarray, stride: int) -> list[list[int]]:
    """Three words of nine INT8 taps for each position of the kernel, in raster order."""
    centred = (tile.astype(np.int16) - 128).astype(np.int8)
    views = np.lib.stride_tricks.sliding_window_view(centred, (3, 3), (0, 1))[::stride, ::stride]
    return [
        [int.from_bytes(taps.tobytes(), "little") for taps in window] for window in views.reshape(-1, 3, 9)
    ]


def pixels(tile: np.ndarray, last: int = -1) -> list[dict]:
    """Payloads; ``last`` is the index of the one that is marked."""
    colours = tile.reshape(-1, 3).tolist()
    return [
        {"red": red, "green": green, "blue": blue, "last": int(n == last)}
        for n, (red, green, blue) in enumerate(colours)
    ]


def tiles(seed: int, *shapes) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    made = [random.integers(0, 256, (*shape, 3), np.uint8) for shape in shapes]
    made[0][0, :4] = [[0, 255, 128], [255, 0, 127], [128, 127, 0], [1, 254, 129]]
    return made


async def start(ctx, block, tile, stride, final):
    for port, value in (
        ("rows", tile.shape[0]),
        ("columns", tile.shape[1]),
        ("stride_2", stride == 2),
        ("final", final),
        ("start", 1),
    ):
        ctx.set(getattr(block, port), value)
    await ctx.tick()
    ctx.set(block.start, 0)


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("stall", [0.0, 0.5])
@pytest.mark.parametrize("stride", [1, 2])
def test_windows(stride, stall, seed):
    block, made = PixelWindows(width=9, depth=DEPTH), tiles(seed, (5, 9), (7, 5))
    (check_i, taken), (check_o, offered) = watch(block.i, "i"), watch(block.o, "o")
    expected = [window for tile in made for window in windows(tile, stride)]

    async def control(ctx):
        for tile in made:
            await start(ctx, block, tile, stride, final=tile is made[-1])
            while ctx.get(block.busy):
                await ctx.tick()
            for _ in range(5):  # the next tile's pixels are offered, and wait
                assert ctx.get(block.i.ready) == 0
                await ctx.tick()

    async def feed(ctx):
        await stream_put(ctx, block.i, pixels(made[0]) + pixels(made[1], 34), stall=stall, seed=seed)

    async def take(ctx):
        found = await stream_get(ctx, block.o, len(expected), stall=stall, seed=seed)
        assert [[payload[channel] for channel in range(3)] for payload in found] == expected

    async def no_fault(ctx):
        while True:
            _, _, short, long = await ctx.tick().sample(block.short, block.long)
            assert not (short or long)

    simulate(block, [control, feed, take], background=[check_i, check_o, no_fault], watchdog=2000)
    if not stall:
        assert np.diff(taken.cycles[:45]).tolist() == [1] * 44  # a pixel a cycle
        complete = [
            taken.cycles[9 * row + column] for row in range(2, 5, stride) for column in range(2, 9, stride)
        ]
        assert offered.cycles[: len(complete)] == [cycle + PixelWindows.LATENCY for cycle in complete]


def test_windows_that_nobody_takes_stop_the_pixels():
    """In the middle of a row, where the pixels after the last for which there is room would be
    windows too."""
    block, (tile,) = PixelWindows(width=10, depth=DEPTH), tiles(1, (8, 10))

    async def feed(ctx):
        await start(ctx, block, tile, 1, final=True)
        await stream_put(ctx, block.i, pixels(tile, 79))

    async def take(ctx):
        for _ in range(60):
            await ctx.tick()
        assert (ctx.get(block.i.ready), ctx.get(block.busy)) == (0, 1)
        found = await stream_get(ctx, block.o, 48)
        assert [[payload[channel] for channel in range(3)] for payload in found] == windows(tile, 1)

    simulate(block, [feed, take], watchdog=400)


@pytest.mark.parametrize(
    ("last", "final", "short", "long"),
    [
        (24, True, [], []),
        (-1, False, [], []),
        (23, True, [23], [24]),
        (0, False, [0], []),
        (24, False, [24], []),
        (-1, True, [], [24]),
    ],
)
def test_end_of_the_image(last, final, short, long):
    """``last`` belongs to the last pixel of the final tile, to no other."""
    block, (tile,) = PixelWindows(width=5, depth=16), tiles(2, (5, 5))
    check, taken = watch(block.i)
    seen = {"short": [], "long": []}

    async def errors(ctx):
        cycle = 0
        while True:
            _, _, *values = await ctx.tick().sample(block.short, block.long)
            for name, value in zip(seen, values, strict=True):
                seen[name] += [cycle] * value
            cycle += 1

    async def feed(ctx):
        await start(ctx, block, tile, 1, final)
        await stream_put(ctx, block.i, pixels(tile, last))
        await ctx.tick()

    simulate(block, [feed], background=[check, errors], watchdog=200)
    assert (seen["short"], seen["long"]) == (
        [taken.cycles[n] for n in short],
        [taken.cycles[n] for n in long],
    )


@pytest.mark.parametrize("before", range(10, 19))
def test_clear_forgets_tile_and_windows(before):
    """In one cycle, whatever is on its way: so many pixels before, one more in the cycle of ``clear``; time
    and again, so that no room is lost.
    """
    block, (tile, again) = PixelWindows(width=5, depth=8), tiles(2, (5, 5), (4, 4))

    async def round_(ctx):
        await start(ctx, block, tile, 1, final=True)
        await stream_put(ctx, block.i, pixels(tile)[:before])
        for port, value in ((block.i.payload, pixels(tile)[before]), (block.i.valid, 1), (block.clear, 1)):
            ctx.set(port, value)
        await ctx.tick()
        ctx.set(block.i.valid, 0)
        ctx.set(block.clear, 0)
        for _ in range(PixelWindows.LATENCY):
            assert (ctx.get(block.busy), ctx.get(block.o.valid)) == (0, 0)
            await ctx.tick()
        await start(ctx, block, again, 1, final=True)
        await stream_put(ctx, block.i, pixels(again, 15))
        found = await stream_get(ctx, block.o, 4)
        assert [[payload[channel] for channel in range(3)] for payload in found] == windows(again, 1)

    async def feed(ctx):
        for _ in range(3):
            await round_(ctx)

    simulate(block, [feed], watchdog=600)
