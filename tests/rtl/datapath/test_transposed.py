"""TransposedWrites: the words that leave, where they go, the last row's tail, pauses, step after step."""

from random import Random

import pytest

from siammixer.rtl.datapath.transposed import TransposedWrites
from siammixer.sim.block import simulate

SIZE = 4
INSTRUCTION = {"write_base": 2**16 - 40, "write_row": 100, "write_pixel": 7}


def expected(instruction: dict) -> list[int | None]:
    """The address written with each shift."""
    addresses: list[int | None] = [None] * SIZE
    for row in range(instruction["blocks"]):
        for column in range(instruction["groups"]):
            for word in range(SIZE):
                address = (
                    instruction["write_base"]
                    + row * instruction["write_row"]
                    + column
                    + word * instruction["write_pixel"]
                )
                written = row < instruction["blocks"] - 1 or word < instruction["tail"]
                addresses.append(address % 2**16 if written else None)
    return addresses


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("pause", [0.0, 0.5])
def test_addresses(pause, seed):
    dice, block = Random(seed), TransposedWrites(SIZE)
    instructions = [
        INSTRUCTION | {"blocks": rows, "groups": columns, "tail": tail}
        for rows, columns, tail in ((2, 3, 1), (1, 1, SIZE), (3, 2, 3))
    ]

    async def bench(ctx):
        for instruction in instructions:
            ctx.set(block.instruction, instruction)
            ctx.set(block.begin, 1)
            await ctx.tick()
            ctx.set(block.begin, 0)
            for number, address in enumerate(expected(instruction)):
                ctx.set(block.shift, 0)
                while dice.random() < pause:
                    await ctx.tick()
                    assert not ctx.get(block.shifted) and not ctx.get(block.write)
                ctx.set(block.shift, 1)
                await ctx.tick()
                assert ctx.get(block.shifted)
                assert (ctx.get(block.address) if ctx.get(block.write) else None) == address, (
                    f"shift {number}"
                )
                assert ctx.get(block.turn) == number // SIZE % 2
            ctx.set(block.shift, 0)

    simulate(block, [bench], watchdog=500)
