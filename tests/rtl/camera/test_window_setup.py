"""WindowSetup: the tracker's windows, the smallest and largest, and its latency."""

import dataclasses
import random

import pytest

from siammixer.arch.camera import Camera
from siammixer.ir.catalogue import NETWORKS
from siammixer.rtl.camera.window_setup import WindowSetup
from siammixer.sim.block import simulate
from siammixer.tracking.crop import Window, window_at


def boxes(camera, count):
    """(x, y, width, height) in the block's units: extremes, then random ones of every magnitude."""
    largest, low, high = (1 << camera.size_bits) - 1, -(camera.edge << 8), camera.edge << 9
    yield from ((low, high, 1, 1), (high, low, largest, largest), (0, 0, 1, largest), (-1, 1, 2, 1))
    dice = random.Random(1)
    for _ in range(count):
        sizes = (max(1, int(2 ** dice.uniform(0, camera.size_bits)) - 1) for _ in range(2))
        yield (dice.randint(low, high), dice.randint(low, high), *sizes)


@pytest.mark.parametrize(
    ("network", "size", "latency"),
    [
        # Bits of the context's factors, twice, of the quotient and of side - 1, and a cycle for each begin.
        ("siammixer", {}, 2 * 25 + 33 + 8 + 6),
        ("tiny", {"frame_width": 200, "frame_height": 200}, 2 * 22 + 30 + 6 + 6),
    ],
)
def test_windows(network, size, latency):
    network = NETWORKS[network]
    camera = Camera(side=network.search_side, exemplar_side=network.exemplar_side, **size)
    block = WindowSetup(camera)
    assert block.latency == latency

    async def result(ctx, latency, **inputs):
        for name, value in inputs.items():
            ctx.set(getattr(block, name), value)
        ctx.set(block.start, 1)
        await ctx.tick()
        ctx.set(block.start, 0)
        for _ in range(latency - 1):
            assert (ctx.get(block.busy), ctx.get(block.done)) == (1, 0)
            await ctx.tick()
        assert (ctx.get(block.busy), ctx.get(block.done)) == (0, 1)
        return ctx.get(block.step), (ctx.get(block.left), ctx.get(block.top))

    async def bench(ctx):
        for number, (x, y, width, height) in enumerate(boxes(camera, 12)):
            side = network.search_side if number % 3 else 1
            window = window_at(x, y, width, height, side, network)
            inputs = {"x": x, "y": y, "width": width, "height": height, "side": side}
            found = await result(ctx, block.latency, **inputs, from_step=0)
            assert found == (window.step, window.first), inputs
            given = dataclasses.replace(window, step=window.step // 2 + 1)
            found = await result(ctx, block.latency_from_step, from_step=1, step_given=given.step)
            assert found == (given.step, given.first), given

    simulate(block, [bench])


def test_no_window_is_beyond_the_bits_of_a_position():
    """The largest step, the centre as far beside the frame as the window is large."""
    camera = Camera()
    reach = camera.side * camera.largest_step
    x = ((camera.edge << 16) + reach) >> 8
    window = Window(x=x, y=-x, step=camera.largest_step, side=camera.side)
    ends = (place + n * window.step for place in window.first for n in (0, camera.side - 1))
    bound = 1 << (camera.position_bits - 1)
    assert all(-bound <= end < bound for end in ends) and abs(x) < 1 << (camera.centre_bits - 1)
