"""Queue: order, the stream rules, room for exactly its depth, clearing."""

import random

import pytest

from siammixer.rtl.primitives.queue import Queue
from siammixer.sim.block import exchange, simulate, stream_get, stream_put


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("stall", [0.0, 0.5])
@pytest.mark.parametrize("depth", [2, 3, 16])
def test_order(depth, stall, seed):
    words = [0, 255, *random.Random(seed).choices(range(256), k=100)]
    seen = exchange(Queue(8, depth), {"i": words}, {"o": len(words)}, stall=stall, seed=seed)
    assert seen["i"].payloads == seen["o"].payloads == words
    if not stall:
        assert (
            seen["o"].cycles
            == [cycle + Queue.LATENCY for cycle in seen["i"].cycles]
            == list(range(1, len(words) + 1))
        )


@pytest.mark.parametrize("depth", [2, 3, 16])
def test_holds_its_depth_and_forgets_on_clear(depth):
    queue = Queue(8, depth)

    async def bench(ctx):
        for round_ in range(3):  # the positions differ from round to round
            assert (ctx.get(queue.level), ctx.get(queue.o.valid)) == (0, 0)
            await stream_put(ctx, queue.i, range(depth))
            assert (ctx.get(queue.level), ctx.get(queue.i.ready), ctx.get(queue.o.payload)) == (depth, 0, 0)
            if round_ == 1:
                ctx.set(queue.clear, 1)
                await ctx.tick()
                ctx.set(queue.clear, 0)
                continue
            assert await stream_get(ctx, queue.o, 1) == [0]
            await stream_put(ctx, queue.i, [99])
            assert await stream_get(ctx, queue.o, depth) == [*range(1, depth), 99]

    simulate(queue, [bench], watchdog=400)


def test_clear_wins_over_a_word_in_the_same_cycle():
    queue = Queue(8, 4)

    async def bench(ctx):
        await stream_put(ctx, queue.i, [1, 2, 3])
        for port, value in ((queue.i.valid, 1), (queue.i.payload, 4), (queue.o.ready, 1), (queue.clear, 1)):
            ctx.set(port, value)
        await ctx.tick()
        for port in (queue.i.valid, queue.o.ready, queue.clear):
            ctx.set(port, 0)
        assert (ctx.get(queue.level), ctx.get(queue.o.valid)) == (0, 0)
        await stream_put(ctx, queue.i, [5])
        assert await stream_get(ctx, queue.o, 1) == [5]

    simulate(queue, [bench], watchdog=100)
