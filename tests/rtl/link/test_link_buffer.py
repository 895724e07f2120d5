"""The message buffer: whole messages in order, none that was dropped, none that did not fit."""

import gc
import random
from itertools import pairwise

import pytest

from siammixer.rtl.link.link_buffer import MessageBuffer
from siammixer.sim.block import simulate, stream_get, watch

DEPTH = 16


async def put(ctx, buffer, message, *, drop=False, ends=True):
    """A message byte after byte; ``drop`` instead of its last byte; where it does not end, only a part of
    one.
    """
    overflow = 0
    for index, byte in enumerate(message):
        last = ends and index == len(message) - 1
        ctx.set(buffer.i.valid, not (last and drop))
        ctx.set(buffer.i.payload, {"byte": byte, "last": last})
        ctx.set(buffer.drop, last and drop)
        overflow += (await ctx.tick().sample(buffer.overflow))[2]
    ctx.set(buffer.i.valid, 0)
    ctx.set(buffer.drop, 0)
    return overflow


async def take(ctx, buffer, message, stall=0.0, seed=0):
    found = await stream_get(ctx, buffer.o, len(message), stall=stall, seed=seed)
    assert bytes(byte.byte for byte in found) == message
    assert [byte.last for byte in found] == [0] * (len(message) - 1) + [1]


def run(bench, *, checked=True):
    buffer = MessageBuffer(DEPTH)
    rules, _ = watch(buffer.o)

    async def whole(ctx):
        await bench(ctx, buffer)

    simulate(buffer, [whole], background=[rules] if checked else [], watchdog=6000)


@pytest.mark.parametrize("stall", [0.0, 0.5])
@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
def test_order_round_and_round(stall, seed):
    dice = random.Random(seed)

    async def bench(ctx, buffer):
        for _ in range(30):
            messages = [bytes(dice.choices(range(256), k=dice.randrange(2, 6))) for _ in range(3)]
            for message in messages:
                if dice.random() < 0.5:
                    await put(ctx, buffer, b"dropped"[: dice.randrange(1, 7)], drop=True)
                assert not await put(ctx, buffer, message)
            for message in messages:
                await take(ctx, buffer, message, stall, seed)

    run(bench)


def test_nothing_is_offered_before_the_last_byte():
    async def bench(ctx, buffer):
        ctx.set(buffer.i.valid, 1)
        for byte in range(4):
            ctx.set(buffer.i.payload, {"byte": byte, "last": 0})
            await ctx.tick()
        ctx.set(buffer.i.valid, 0)
        for _ in range(20):
            assert not (await ctx.tick().sample(buffer.o.valid))[2]
        await put(ctx, buffer, b"\x04")
        await take(ctx, buffer, bytes(range(5)))

    run(bench)


def test_a_message_without_room_is_dropped_whole():
    async def bench(ctx, buffer):
        first, fits = bytes(range(10)), bytes(range(DEPTH - 1 - 10))
        for _ in range(3):
            assert not await put(ctx, buffer, first)
            assert await put(ctx, buffer, fits + b"!") == 1
            assert not await put(ctx, buffer, fits)
            assert await put(ctx, buffer, b"x") == 1
            await take(ctx, buffer, first)
            await take(ctx, buffer, fits)
            await put(ctx, buffer, bytes(2 * DEPTH), drop=True)  # no room, and dropped for another reason

    run(bench)


def test_a_message_that_lost_a_byte_is_dropped_although_there_is_room_at_its_end():
    async def bench(ctx, buffer):
        first = bytes(range(10))
        for _ in range(3):
            assert not await put(ctx, buffer, first)
            assert not await put(ctx, buffer, bytes(DEPTH), ends=False)
            await take(ctx, buffer, first)
            assert await put(ctx, buffer, b"!") == 1
            assert not await put(ctx, buffer, b"abc")
            await take(ctx, buffer, b"abc")

    run(bench)


def test_a_byte_every_third_cycle():
    buffer, message = MessageBuffer(DEPTH), bytes(range(12))
    rules, transfers = watch(buffer.o)

    async def bench(ctx):
        await put(ctx, buffer, message)
        await take(ctx, buffer, message)

    simulate(buffer, [bench], background=[rules])
    assert [later - sooner for sooner, later in pairwise(transfers.cycles)] == [3] * 11


def test_clear_forgets_everything():
    async def bench(ctx, buffer):
        for cycles in range(6):  # before, while and after a byte is fetched
            await put(ctx, buffer, b"abc")
            for _ in range(cycles):
                await ctx.tick()
            ctx.set(buffer.clear, 1)
            await ctx.tick()
            ctx.set(buffer.clear, 0)
            for _ in range(8):
                assert not (await ctx.tick().sample(buffer.o.valid))[2]
            await put(ctx, buffer, b"xyz")
            await take(ctx, buffer, b"xyz")

    run(bench, checked=False)  # a clear withdraws the offer


@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
def test_a_depth_that_is_no_power_of_two_is_refused():
    with pytest.raises(ValueError, match="depth must be a power of two, not 100"):
        MessageBuffer(100)
    gc.collect()  # what was refused is never used: that it says so is ignored here, and only here
