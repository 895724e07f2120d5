"""BoxLine: boxes, stops, and what is neither."""

import pytest

from siammixer.rtl.console.box_line import BoxLine
from siammixer.sim.block import simulate, stream_put


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("120 80 40 90\n", [("take", (120, 80, 40, 90))]),
        ("1,2,3,4\r\n5, 6,  7 8\n", [("take", (1, 2, 3, 4)), ("take", (5, 6, 7, 8))]),
        (" 0 4095 007 1 \n", [("take", (0, 4095, 7, 1))]),
        ("stop\n", [("stop", None)]),
        ("s\r\n\n\r\n", [("stop", None)]),
        ("1 2 3\n", [("error", None)]),
        ("1 2 3 4 5\n1 2 3 4\n", [("error", None), ("take", (1, 2, 3, 4))]),
        ("1 2 3 4 5 6 7 8\n", [("error", None)]),
        ("4096 1 1 1\n", [("error", None)]),
        ("99999999999 1 1 1\n", [("error", None)]),
        ("-1 2 3 4\n", [("error", None)]),
        ("1 2 3 4.5\n", [("error", None)]),
        ("go\nstop 1 2 3 4\n1 stop\n", [("error", None)] * 3),
        ("\n\n", []),
    ],
)
def test_lines_in(text, expected):
    """Boxes, stops and what is neither; a refused line leaves the box as it was."""
    block, seen = BoxLine(), []

    async def bench(ctx):
        await stream_put(ctx, block.i, text.encode(), stall=0.3, seed=text)
        for _ in range(3):
            await ctx.tick()

    async def spy(ctx):
        names = ("take", "stop", "error", "x", "y", "width", "height")
        async for _, _, *found in ctx.tick().sample(*(getattr(block, name) for name in names)):
            for name, value in zip(names[:3], found[:3], strict=True):
                if value:
                    seen.append((name, tuple(found[3:]) if name == "take" else None))

    simulate(block, [bench], background=[spy], watchdog=1000)
    assert seen == expected


def test_numbers_of_few_bits():
    """A number that the bits do not hold is none."""
    block, seen = BoxLine(5), []

    async def bench(ctx):
        await stream_put(ctx, block.i, b"31 0 1 31\n32 1 1 1\n64 1 1 1\n1 1 1 320\n")
        await ctx.tick()

    async def spy(ctx):
        async for _, _, take, error in ctx.tick().sample(block.take, block.error):
            seen.extend(["take"] * take + ["error"] * error)

    simulate(block, [bench], background=[spy], watchdog=200)
    assert seen == ["take", "error", "error", "error"]


def test_a_refused_line_leaves_the_box():
    block = BoxLine()

    async def bench(ctx):
        await stream_put(ctx, block.i, b"1 2 3 4\n9 9 9\n9 9 9 x\n")
        await ctx.tick()
        assert [ctx.get(getattr(block, name)) for name in ("x", "y", "width", "height")] == [1, 2, 3, 4]

    simulate(block, [bench], watchdog=200)
