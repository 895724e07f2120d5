"""Positions: where each sample lies, for windows of every kind; latency, and a pause anywhere."""

import random

import pytest

from siammixer.rtl.camera.positions import Positions
from siammixer.sim.block import simulate

BITS, STEP_BITS, LIMIT = 26, 20, 13


def sample(position, count):
    """(place, outside, part): the pixel behind the sample, whether both its pixels are outside, its part."""
    rounded = (position + 128) >> 8
    pixel = rounded >> 8
    outside = pixel < -1 or pixel >= count
    return (min(max(pixel + 1, 0), count), outside, None if outside else rounded & 255)


AXES = [  # first, step, pixels
    (-(1 << 15), 1 << 14, 13),  # enlarges
    (-(5 << 16) - 77, 123_456, 7),  # reaches over both edges
    (-1 - (1 << 16), 1, 5),  # a rounding to either side of the first pixel but one
    (-129 - (1 << 16), 1, 5),
    (12 * (1 << 16) + 32_639, 1, 13),
    ((13 << 16) - 129, 1, 13),
    (-(1 << 24), 1 << 19, 1),
    (3 << 16, (1 << STEP_BITS) - 1, 13),
]


@pytest.mark.parametrize("pause", [0.0, 0.5])
def test_samples(pause):
    block, dice = Positions(BITS, STEP_BITS, LIMIT), random.Random(1)

    async def bench(ctx):
        for first, step, count in AXES:
            places = [sample(first + step * n, count) for n in range(10)]
            for name, value in (("first", first), ("step", step), ("count", count), ("load", 1)):
                ctx.set(getattr(block, name), value)
            await ctx.tick()
            ctx.set(block.load, 0)
            ctx.set(block.first, 0)
            for _ in range(Positions.LATENCY - 1):
                assert not ctx.get(block.valid)
                await ctx.tick()
            for (place, outside, part), after in zip(places, [*places[1:], None], strict=True):
                while dice.random() < pause:
                    await ctx.tick()
                assert ctx.get(block.valid)
                assert (ctx.get(block.place), bool(ctx.get(block.outside))) == (place, outside)
                assert part is None or ctx.get(block.part) == part
                assert after is None or ctx.get(block.next_place) == after[0]
                ctx.set(block.advance, 1)
                await ctx.tick()
                ctx.set(block.advance, 0)

    simulate(block, [bench])
