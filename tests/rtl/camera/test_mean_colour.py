"""MeanColour: the tracker's mean of frames, latency, frames that follow at once or break off."""

import numpy as np
import pytest

from siammixer.rtl.camera.mean_colour import MeanColour
from siammixer.sim.block import simulate
from siammixer.tracking.crop import mean_colour


def frames():
    random = np.random.default_rng(1)
    yield np.full((11, 13, 3), 255, np.uint8)
    yield np.array([[[0, 1, 254]], [[1, 0, 255]]], np.uint8)  # halves, which go up
    yield np.array([[[3, 255, 0]]], np.uint8)
    for _ in range(6):
        height, width = random.integers(1, (12, 14))
        yield random.integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("gap", [0, 2])
def test_means(camera, colours, gap):
    """Frames follow at once, as far as the division lets them, each after one that broke off."""
    block, shown = MeanColour(camera), []

    async def pixel(ctx, payload, end=0):
        ctx.set(block.pixel, payload)
        ctx.set(block.valid, 1)
        ctx.set(block.end, end)
        await ctx.tick()
        ctx.set(block.valid, 0)
        for _ in range(gap):
            await ctx.tick()

    async def begin(ctx):
        ctx.set(block.begin, 1)
        await ctx.tick()
        ctx.set(block.begin, 0)

    async def feed(ctx):
        for frame in frames():
            await begin(ctx)
            await pixel(ctx, {"red": 200, "green": 100, "blue": 50})
            await begin(ctx)
            payloads = colours(frame)
            for number, payload in enumerate(payloads):
                # The division of the frame before must be over when a frame ends.
                if number == len(payloads) - 1:
                    for _ in range(max(0, MeanColour.LATENCY - (gap + 1) * number)):
                        await ctx.tick()
                await pixel(ctx, payload, number == len(payloads) - 1)
        for _ in range(MeanColour.LATENCY + 1):
            await ctx.tick()

    async def spy(ctx):
        cycle = 0
        while True:
            _, _, done, valid, end, mean = await ctx.tick().sample(
                block.done, block.valid, block.end, block.mean
            )
            if valid and end:
                shown.append([cycle])
            if done:
                shown[-1] += [cycle, [mean.red, mean.green, mean.blue]]
            cycle += 1

    simulate(block, [feed], background=[spy], watchdog=5000)
    assert [mean for *_, mean in shown] == [mean_colour(frame).tolist() for frame in frames()]
    assert {done - ended for ended, done, _ in shown} == {MeanColour.LATENCY}
