"""FirstBox: the boxes that the tracker in Python takes, within the design's bounds."""

import random

import pytest

from siammixer.arch.fabric import BoxFault
from siammixer.ir.errors import InputError
from siammixer.rtl.tracker.first_box import FirstBox
from siammixer.sim.block import simulate
from siammixer.tracking.box import Box

UNIT = 256


def expected(design, size, first) -> BoxFault:
    """The fault of a box by the rules of Box.check and the design."""
    (width, height), (x, y, box_width, box_height) = size, first
    if not (0 < width <= design.frame_width and 0 < height <= design.frame_height):
        return BoxFault.FRAME_SIZE
    if not (box_width and box_height):
        return BoxFault.EMPTY
    if box_width > design.frame_width * UNIT or box_height > design.frame_height * UNIT:
        return BoxFault.LARGE
    box = Box(x - box_width / 2, y - box_height / 2, box_width, box_height)
    try:
        Box(*(value / UNIT for value in box)).check(width, height)
    except InputError:
        return BoxFault.OUTSIDE
    return BoxFault.NONE


CASES = [
    ((640, 480), (320 * UNIT, 240 * UNIT, 50 * UNIT, 40 * UNIT), BoxFault.NONE),
    ((1280, 720), (640 * UNIT, 360 * UNIT, 1280 * UNIT, 720 * UNIT), BoxFault.NONE),
    ((640, 480), (100, 100, 1, 1), BoxFault.NONE),
    ((640, 480), (0, 100, 0, 1), BoxFault.EMPTY),
    ((640, 480), (0, 100, 1, 0), BoxFault.EMPTY),
    ((640, 480), (100, 100, 1280 * UNIT + 1, 5), BoxFault.LARGE),
    ((640, 480), (100, 100, 5, 720 * UNIT + 1), BoxFault.LARGE),
    # Its right edge lies on the image's left one, or half a unit within.
    ((640, 480), (-10, 100, 20, 20), BoxFault.OUTSIDE),
    ((640, 480), (-10, 100, 21, 20), BoxFault.NONE),
    ((640, 480), (100, -10, 20, 20), BoxFault.OUTSIDE),
    ((640, 480), (640 * UNIT + 10, 100, 20, 20), BoxFault.OUTSIDE),
    ((640, 480), (640 * UNIT + 10, 100, 21, 20), BoxFault.NONE),
    ((640, 480), (100, 480 * UNIT + 10, 20, 20), BoxFault.OUTSIDE),
    ((640, 480), (100, 480 * UNIT + 10, 20, 21), BoxFault.NONE),
    ((0, 480), (100, 100, 20, 20), BoxFault.FRAME_SIZE),
    ((640, 0), (100, 100, 20, 20), BoxFault.FRAME_SIZE),
    ((1281, 720), (100, 100, 20, 20), BoxFault.FRAME_SIZE),
    ((1280, 721), (100, 100, 20, 20), BoxFault.FRAME_SIZE),
]


def drawn(design, count):
    """Boxes about the edges of frames."""
    dice = random.Random(1)
    for _ in range(count):
        size = (dice.randint(1, 1280), dice.randint(1, 720))
        extents = [dice.randint(1, 40 * UNIT) for _ in size]
        middles = [
            dice.choice([-extent // 2, side * UNIT + extent // 2, side * UNIT // 2]) + dice.randint(-2, 2)
            for side, extent in zip(size, extents, strict=True)
        ]
        first = (*middles, *extents)
        yield size, first, expected(design, size, first)


@pytest.mark.parametrize("name", ["siammixer", "tiny"])
def test_boxes(name, designs):
    design = designs[name]
    block, cases = FirstBox(design), [*CASES, *drawn(design, 300)]
    assert all(expected(design, size, first) == fault for size, first, fault in CASES)

    async def bench(ctx):
        for size, first, fault in cases:
            for port, value in zip(
                ("image_width", "image_height", "first_x", "first_y", "first_width", "first_height"),
                (*size, *first),
                strict=True,
            ):
                ctx.set(getattr(block, port), value)
            await ctx.tick()  # LATENCY
            assert ctx.get(block.fault) == fault, (size, first)

    simulate(block, [bench], watchdog=len(cases) + 1)
