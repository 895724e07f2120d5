"""Pixels that never come: the run ends by itself, with its error, and the next one works."""

import pytest

from rtl.accelerator import SiamMixer
from sim.block import simulate
from spec.errors_hardware import Error
from spec.link import Target
from spec.program import Kind, encode

TIMEOUT = 64
LOOP = {"kind": Kind.LOOP, "rows": 1, "columns": 1}
STEP = {"kind": Kind.CONVOLUTION, "rows": 1, "columns": 2, "blocks": 1, "slots": 3, "macs": 3, "end": 1}
PIXELS = 3 * 4


@pytest.mark.parametrize("given", [0, 1, 5, PIXELS - 1])
def test_a_run_without_its_pixels_ends(given, small, monkeypatch):
    monkeypatch.setattr("rtl.accelerator.PIXEL_TIMEOUT_CYCLES", TIMEOUT)
    core = SiamMixer(small)

    async def run(ctx, pixels: int) -> tuple[Error, int]:
        ctx.set(core.start, 1)
        await ctx.tick()
        ctx.set(core.start, 0)
        cycles = taken = 0
        while True:
            ctx.set(core.pixels.valid, int(taken < pixels))
            ctx.set(core.pixels.payload.last, int(taken == PIXELS - 1))
            _, _, ready, done, error = await ctx.tick().sample(core.pixels.ready, core.done, core.error)
            taken += int(ready and taken < pixels)
            cycles += 1
            if done:
                return Error(error), cycles

    async def bench(ctx):
        for address, word in enumerate([*encode(0, **LOOP), *encode(1, **STEP)]):
            ctx.set(core.write.payload, {"address": address, "target": Target.PROGRAM.value, "data": int(word)})
            ctx.set(core.write.valid, 1)
            await ctx.tick()
        ctx.set(core.write.valid, 0)
        error, right = await run(ctx, PIXELS)
        assert error == Error.NONE
        error, cycles = await run(ctx, given)
        assert error == Error.PIXELS_MISSING and TIMEOUT < cycles < right + 2 * TIMEOUT
        assert await run(ctx, PIXELS) == (Error.NONE, right)

    simulate(core, [bench], watchdog=4000)
