"""StreamCrop: a frame is joined while the last row of the frame before is still on its way."""

import numpy as np
import pytest

from siammixer.rtl.camera.stream_crop import StreamCrop
from siammixer.sim.block import simulate, stream_get, stream_put
from siammixer.tracking.crop import Window, crop

FILL = (30, 200, 90)
WIDTH, HEIGHT = 13, 11
# Most of it lies beyond the right edge; the last row of the frame is started for it, and not needed.
BESIDE = Window(x=(WIDTH + 1) << 8, y=(HEIGHT - 3) << 8, step=1 << 14, side=9)


async def ask(ctx, block, strips, window=BESIDE, *, join):
    (left, top), fill = window.first, dict(zip(("red", "green", "blue"), FILL, strict=True))
    ctx.set(block.frame, {"width": WIDTH, "height": HEIGHT})
    ctx.set(block.window, {"left": left, "top": top, "step": window.step, "fill": fill})
    ctx.set(block.strips, vars(strips))
    ctx.set(block.start, 1)
    ctx.set(block.join, join)
    await ctx.tick()
    ctx.set(block.start, 0)
    ctx.set(block.join, 0)


@pytest.mark.parametrize("wait", range(0, 12, 2))
def test_a_row_of_the_frame_before_does_not_count(camera, strips, video, wait):
    """The video stops before a frame's last pixel, until its crop has gone; then the next frame follows at
    once, and is asked for while samples beyond the edge are still made of the row before it.
    """
    block = StreamCrop(camera)
    images = np.random.default_rng(1).integers(0, 256, (2, HEIGHT, WIDTH, 3), np.uint8)
    before, joined = (video(image) for image in images)
    seen = []

    async def drive(ctx):
        await ask(ctx, block, strips, join=0)
        await stream_put(ctx, block.i, before[:-1])
        while ctx.get(block.busy):
            await ctx.tick()
        await stream_put(ctx, block.i, before[-1:])
        ctx.set(block.i.payload, joined[0])
        ctx.set(block.i.valid, 1)
        for _ in range(1 + wait):
            await ctx.tick()
        await ask(ctx, block, strips, join=1)
        await stream_put(ctx, block.i, joined)
        while ctx.get(block.busy):
            await ctx.tick()

    async def take(ctx):
        for image in images:
            expected = crop(image, BESIDE, np.array(FILL, np.uint8))[strips.order].reshape(-1, 3)
            found = await stream_get(ctx, block.o, len(expected))
            np.testing.assert_array_equal([[one.red, one.green, one.blue] for one in found], expected)

    async def spy(ctx):
        async for _, _, now in ctx.tick().sample(block.joined):
            seen.extend([now] * now)

    simulate(block, [drive, take], background=[spy], watchdog=3_000)
    assert seen == [1]


async def offer(ctx, block, pixels):
    """As stream_put, but the last pixel is no longer offered when this returns."""
    for pixel in pixels:
        ctx.set(block.i.payload, pixel)
        ctx.set(block.i.valid, 1)
        taken = False
        while not taken:
            _, _, taken = await ctx.tick().sample(block.i.ready)
        ctx.set(block.i.valid, 0)


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("wait", range(5))
def test_a_frame_that_ends_where_a_row_is_started(camera, strips, video, wait, lost):
    """A frame that nobody looks at is cut off, or loses a pixel, so many cycles behind its second row, where
    the third is started; of the next one, which is joined, no row is taken for that.
    """
    block = StreamCrop(camera)
    inside = Window(x=6 << 8, y=6 << 8, step=30_000, side=9)
    images = np.random.default_rng(1).integers(0, 256, (2, HEIGHT, WIDTH, 3), np.uint8)
    cut, joined = (video(image) for image in images)

    async def drive(ctx):
        ctx.set(block.frame, {"width": WIDTH, "height": HEIGHT})
        await offer(ctx, block, cut[: 2 * WIDTH])
        for _ in range(wait):
            await ctx.tick()
        ctx.set(block.lost, lost)
        await ctx.tick()
        ctx.set(block.lost, 0)
        await offer(ctx, block, joined[: 2 * WIDTH])
        await ask(ctx, block, strips, inside, join=1)
        await offer(ctx, block, joined[2 * WIDTH :])

    async def take(ctx):
        expected = crop(images[1], inside, np.array(FILL, np.uint8))[strips.order].reshape(-1, 3)
        found = await stream_get(ctx, block.o, len(expected))
        np.testing.assert_array_equal([[one.red, one.green, one.blue] for one in found], expected)

    simulate(block, [drive, take], watchdog=3_000)
