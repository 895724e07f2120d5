"""DecimalWriter: every number as Python writes it, the first character when it is due."""

import random

import pytest

from siammixer.rtl.console.decimal_writer import DecimalWriter
from siammixer.sim.block import simulate, stream_get

BITS = 12


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
