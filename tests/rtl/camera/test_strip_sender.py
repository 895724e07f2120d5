"""StripSender: strips in their order, rows held back for those that are sent again, and every early end."""

import numpy as np
import pytest

from siammixer.arch.camera import Strips
from siammixer.rtl.camera.strip_sender import StripSender
from siammixer.sim.block import simulate, stream_get, watch

STRIPS = [
    Strips(columns=9, rows=4, advance=2, last_top=5),  # shares two rows, the last one three
    Strips(columns=3, rows=5, advance=1, last_top=4),  # as many as the ring holds
    Strips(columns=7, rows=9, advance=9, last_top=0),  # one strip
    Strips(columns=1, rows=1, advance=1, last_top=3),  # of a pixel each
]


def pixels(strips, seed=1):
    """uint8 (rows, columns, 3)."""
    random = np.random.default_rng(seed)
    return random.integers(0, 256, (strips.crop_rows, strips.columns, 3), np.uint8)


async def begin(ctx, block, strips):
    ctx.set(block.strips, vars(strips))
    ctx.set(block.row, 0)
    ctx.set(block.begin, 1)
    await ctx.tick()
    ctx.set(block.begin, 0)


async def write(ctx, block, crop, dice=None, rows=None):
    """Row after row, as soon as there is room."""
    for number, row in enumerate(crop[:rows]):
        ctx.set(block.row, number)
        while not ctx.get(block.room):
            await ctx.tick()
        for column, (red, green, blue) in enumerate(row.tolist()):
            while dice is not None and dice.random() < 0.3:
                await ctx.tick()
            ctx.set(block.write_row, number % 4)
            ctx.set(block.write_column, column)
            ctx.set(block.write_data, {"red": red, "green": green, "blue": blue})
            ctx.set(block.write_enable, 1)
            ctx.set(block.row_done, column == len(row) - 1)
            await ctx.tick()
            ctx.set(block.write_enable, 0)
            ctx.set(block.row_done, 0)


def colours(found):
    return [[one.red, one.green, one.blue] for one in found]


@pytest.mark.parametrize("stall", [0.0, 0.5])
def test_strips(camera, stall):
    block = StripSender(camera)

    async def feed(ctx):
        for strips in STRIPS:
            await begin(ctx, block, strips)
            await write(ctx, block, pixels(strips), np.random.default_rng(1) if stall else None)
            while ctx.get(block.busy):
                await ctx.tick()

    async def take(ctx):
        for strips in STRIPS:
            sent = pixels(strips)[strips.order].reshape(-1, 3)
            found = await stream_get(ctx, block.o, len(sent), stall=stall)
            assert colours(found) == sent.tolist()
            assert [one.last for one in found] == [0] * (len(sent) - 1) + [1]

    check, _ = watch(block.o)
    simulate(block, [feed, take], background=[check])


def test_latency_and_a_pixel_a_cycle(camera):
    """The first pixel comes LATENCY cycles after its row's last was written, then one each cycle."""
    block, strips = StripSender(camera), STRIPS[2]
    check, out = watch(block.o)
    done = []

    async def feed(ctx):
        await begin(ctx, block, strips)
        await write(ctx, block, pixels(strips), rows=3)
        while ctx.get(block.busy) and len(out.cycles) < 21:
            await ctx.tick()

    async def spy(ctx):
        cycle = 0
        ctx.set(block.o.ready, 1)
        while True:
            _, _, row_done = await ctx.tick().sample(block.row_done)
            done.extend([cycle] * row_done)
            cycle += 1

    simulate(block, [feed], background=[check, spy])
    assert out.cycles[0] == done[0] + StripSender.LATENCY
    assert out.cycles[:21] == list(range(out.cycles[0], out.cycles[0] + 21))


def test_rows_that_are_sent_again_are_kept(camera):
    """Nobody takes pixels: four rows are written, and no more while the first is to be sent. In the first
    strip rows from two on are kept, in the last one those that are still to come.
    """
    block, strips = StripSender(camera), STRIPS[0]
    crop = pixels(strips)

    async def room(ctx):
        """Rows for which there is room."""
        found = 0
        await ctx.tick()
        await ctx.tick()
        for row in range(camera.side):
            ctx.set(block.row, row)
            found += ctx.get(block.room)
        return found

    async def bench(ctx):
        await begin(ctx, block, strips)
        rooms, order = [await room(ctx)], list(strips.order)
        await write(ctx, block, crop, rows=4)
        written = 4
        for count in range(len(order)):
            # Reads ahead of the stream may move the row on by one.
            while written < len(crop) and await room(ctx) > written:
                ctx.set(block.row, written)
                await write_one(ctx, block, crop, written)
                written += 1
            rooms.append(await room(ctx))
            await stream_get(ctx, block.o, strips.columns)
            assert count == len(order) - 1 or written > max(order[: count + 1])
        # Sent: rows 0 1 2 3, 2 3 4 5, 4 5 6 7, 5 6 7 8; kept from: 0 1 2 2, 2 3 4 4, 4 5 5 5, 5 ...
        assert rooms[:13] == [4, *(first + 4 for first in (0, 1, 2, 2, 2, 3, 4, 4, 4, 5, 5, 5))]

    simulate(block, [bench])


async def write_one(ctx, block, crop, number):
    for column, (red, green, blue) in enumerate(crop[number].tolist()):
        ctx.set(block.write_row, number % 4)
        ctx.set(block.write_column, column)
        ctx.set(block.write_data, {"red": red, "green": green, "blue": blue})
        ctx.set(block.write_enable, 1)
        ctx.set(block.row_done, column == crop.shape[1] - 1)
        await ctx.tick()
    ctx.set(block.write_enable, 0)
    ctx.set(block.row_done, 0)


@pytest.mark.parametrize("taken", [0, 1, 8, 9, 20, 26, 27])
def test_stop_sends_one_last_pixel(camera, taken):
    """Wherever the crop stands, the stream ends with one ``last``; then the next crop is whole."""
    block, strips = StripSender(camera), STRIPS[0]

    async def bench(ctx):
        await begin(ctx, block, strips)
        await write(ctx, block, pixels(strips), rows=3)
        found = await stream_get(ctx, block.o, taken)
        ctx.set(block.stop, 1)
        await ctx.tick()
        ctx.set(block.stop, 0)
        while not found or not found[-1].last:
            found += await stream_get(ctx, block.o, 1)
        await ctx.tick()
        assert (ctx.get(block.busy), ctx.get(block.o.valid)) == (0, 0)
        assert [one.last for one in found] == [0] * (len(found) - 1) + [1]
        whole = pixels(strips)[strips.order].reshape(-1, 3).tolist()
        assert colours(found[:-1]) == whole[: len(found) - 1]

    async def again(ctx):
        await bench(ctx)
        await begin(ctx, block, STRIPS[1])
        await write(ctx, block, pixels(STRIPS[1]), rows=3)
        assert colours(await stream_get(ctx, block.o, 9)) == pixels(STRIPS[1])[:3].reshape(-1, 3).tolist()

    simulate(block, [again])


def test_stop_behind_the_last_pixel_changes_nothing(camera):
    """In each cycle around the reading of the last pixel: one ``last``, and all pixels before it."""
    strips = Strips(columns=2, rows=1, advance=1, last_top=0)
    for late in range(8):
        block = StripSender(camera)

        async def bench(ctx, block=block, late=late):
            await begin(ctx, block, strips)
            await write(ctx, block, pixels(strips))
            for _ in range(late):
                await ctx.tick()
            ctx.set(block.stop, 1)
            await ctx.tick()
            ctx.set(block.stop, 0)
            found = []
            while not found or not found[-1].last:
                found += await stream_get(ctx, block.o, 1)
            await ctx.tick()
            assert len(found) <= 2 and not ctx.get(block.busy)

        simulate(block, [bench])


@pytest.mark.parametrize("taken", range(0, 12, 3))
def test_clear_withdraws_everything(camera, taken):
    block, strips = StripSender(camera), STRIPS[0]

    async def bench(ctx):
        await begin(ctx, block, strips)
        await write(ctx, block, pixels(strips), rows=2)
        await stream_get(ctx, block.o, taken)
        ctx.set(block.clear, 1)
        await ctx.tick()
        ctx.set(block.clear, 0)
        for _ in range(StripSender.LATENCY + 2):
            assert (ctx.get(block.busy), ctx.get(block.o.valid)) == (0, 0)
            await ctx.tick()
        await begin(ctx, block, strips)
        await write(ctx, block, pixels(strips, 2), rows=4)
        assert colours(await stream_get(ctx, block.o, 36)) == pixels(strips, 2)[:4].reshape(-1, 3).tolist()

    simulate(block, [bench])
