"""Lines of text out and in, and the buttons."""

import random

import pytest

from siammixer.arch.tracker import TrackerDesign
from siammixer.ir.catalogue import NETWORKS
from siammixer.rtl.console.box_line import BoxLine
from siammixer.rtl.console.button_box import CHOSEN, SIZES, ButtonBox
from siammixer.rtl.console.decimal_writer import DecimalWriter
from siammixer.rtl.console.report_line import BOX, ReportLine
from siammixer.sim.block import simulate, stream_get, stream_put
from siammixer.tracking.settings import Settings

BITS = 12
DESIGN = TrackerDesign.of(NETWORKS["siammixer"], Settings().shares())


@pytest.mark.parametrize("stall", [0.0, 0.5])
def test_decimal_numbers(stall):
    """The ends, zero, powers of ten, and drawn ones; the first character when it is due."""
    block, dice = DecimalWriter(BITS), random.Random(1)
    numbers = [
        0,
        1,
        -1,
        9,
        10,
        -10,
        99,
        100,
        999,
        1000,
        2047,
        -2048,
        *(dice.randint(-2048, 2047) for _ in range(40)),
    ]

    async def bench(ctx):
        for number in numbers:
            ctx.set(block.value, number)
            ctx.set(block.start, 1)
            await ctx.tick()
            ctx.set(block.start, 0)
            ctx.set(block.value, dice.randint(-2048, 2047))
            cycles = 1
            while not ctx.get(block.o.valid):
                await ctx.tick()
                cycles += 1
            digits = 4 - len(str(abs(number)))
            assert cycles == (BITS + 1 if number < 0 else BITS + 2 + digits)
            found = await stream_get(ctx, block.o, len(str(number)), stall=stall, seed=number)
            assert bytes(found).decode() == str(number)
            assert not ctx.get(block.busy) and not ctx.get(block.o.valid)

    simulate(block, [bench], watchdog=10_000)


def test_report_lines():
    """Every field at its ends; news that come while a line is written are left out."""
    block, dice = ReportLine(DESIGN), random.Random(2)
    ends = {
        name: (0, 1, (1 << getattr(block, name).shape().width) - 1) for name in ("state", "code", "skipped")
    }
    for name in BOX:
        shape = getattr(block, name).shape()
        low = -(1 << (shape.width - 1)) if shape.signed else 0
        ends[name] = (low, 0, low + (1 << shape.width) - 1)

    async def bench(ctx):
        for _ in range(12):
            values = {name: dice.choice(some) for name, some in ends.items()}
            for name, value in values.items():
                ctx.set(getattr(block, name), value)
            ctx.set(block.told, 1)
            await ctx.tick()
            for name in ("state", "code", "skipped"):
                ctx.set(getattr(block, name), 0)  # only the cycle of told counts
            await ctx.tick()
            ctx.set(block.told, 0)
            line = " ".join(map(str, values.values())) + "\r\n"
            found = bytes(await stream_get(ctx, block.o, len(line), stall=0.3, seed=line)).decode()
            assert found == line and len(line) <= 60
            for _ in range(40):
                await ctx.tick()
                assert not ctx.get(block.o.valid)

    simulate(block, [bench], watchdog=100_000)


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


def test_a_refused_line_leaves_the_box():
    block = BoxLine()

    async def bench(ctx):
        await stream_put(ctx, block.i, b"1 2 3 4\n9 9 9\n9 9 9 x\n")
        await ctx.tick()
        assert [ctx.get(getattr(block, name)) for name in ("x", "y", "width", "height")] == [1, 2, 3, 4]

    simulate(block, [bench], watchdog=200)


def test_buttons():
    """A press counts once, however it bounces; sizes stay in their list."""
    block, sample, dice = ButtonBox(3), 3, random.Random(3)

    async def press(ctx, name):
        """Bounces, is held, bounces; the number of takes meanwhile."""
        taken = 0
        for level, cycles in ((None, 10), (1, 12 * sample), (None, 10), (0, 12 * sample)):
            for _ in range(cycles):
                ctx.set(getattr(block, name), dice.randint(0, 1) if level is None else level)
                _, _, take = await ctx.tick().sample(block.take)
                taken += take
        return taken

    async def bench(ctx):
        assert ctx.get(block.size) == SIZES[CHOSEN]
        assert await press(ctx, "take_button") == 1
        expected = CHOSEN
        for name in ["larger_button"] * 5 + ["smaller_button"] * 9 + ["larger_button"]:
            assert await press(ctx, name) == 0
            expected += 1 if name == "larger_button" else -1
            expected = min(max(expected, 0), len(SIZES) - 1)
            assert (ctx.get(block.number), ctx.get(block.size)) == (expected, SIZES[expected])

    simulate(block, [bench], watchdog=10_000)
