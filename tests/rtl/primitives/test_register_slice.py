"""RegisterSlice: order, a word a cycle, nothing passes through it in a cycle, clearing."""

import random

import pytest

from siammixer.rtl.primitives.register_slice import RegisterSlice
from siammixer.sim.block import exchange, simulate, stream_get, stream_put


@pytest.mark.parametrize("stall", [0.0, 0.5])
def test_order(stall):
    words = [0, 255, *random.Random(1).choices(range(256), k=200)]
    seen = exchange(RegisterSlice(8), {"i": words}, {"o": len(words)}, stall=stall, seed=1)
    assert seen["i"].payloads == seen["o"].payloads == words
    if not stall:
        late = [cycle + RegisterSlice.LATENCY for cycle in seen["i"].cycles]
        assert seen["o"].cycles == late == list(range(1, len(words) + 1))


def test_nothing_passes_through_it_in_a_cycle():
    """Two words are taken whether they are wanted or not, and room is told a cycle after it was made."""
    block = RegisterSlice(8)

    async def bench(ctx):
        await stream_put(ctx, block.i, [1, 2])
        for ready in (1, 0):
            ctx.set(block.o.ready, ready)
            assert (ctx.get(block.i.ready), ctx.get(block.o.payload)) == (0, 1)
        assert await stream_get(ctx, block.o, 1) == [1]
        for valid in (1, 0):
            ctx.set(block.i.valid, valid)
            assert (ctx.get(block.i.ready), ctx.get(block.o.payload)) == (1, 2)
        assert await stream_get(ctx, block.o, 1) == [2]
        assert not ctx.get(block.o.valid)

    simulate(block, [bench], watchdog=50)


@pytest.mark.parametrize("words", [0, 1, 2])
def test_clear_forgets_all(words):
    """Clear forgets what is held, and a word that comes in the same cycle."""
    block = RegisterSlice(8)

    async def bench(ctx):
        await stream_put(ctx, block.i, [7] * words)
        ctx.set(block.clear, 1)
        ctx.set(block.i.valid, 1)
        await ctx.tick()
        ctx.set(block.clear, 0)
        ctx.set(block.i.valid, 0)
        assert (ctx.get(block.o.valid), ctx.get(block.i.ready)) == (0, 1)
        await stream_put(ctx, block.i, [3, 4])
        assert await stream_get(ctx, block.o, 2) == [3, 4]

    simulate(block, [bench], watchdog=50)
