"""Runs that go wrong and that only this block can see: each ends by itself, with its error, and the next one
works.
"""

import pytest

from siammixer.arch.errors import Error
from siammixer.arch.instruction import Kind, encode
from siammixer.arch.link import Target
from siammixer.rtl.accelerator import SiamMixer
from siammixer.sim.block import simulate

TIMEOUT = 64
LOOP = {"kind": Kind.LOOP, "rows": 1, "columns": 1}
STEP = {"kind": Kind.CONVOLUTION, "rows": 1, "columns": 2, "blocks": 1, "slots": 3, "macs": 3, "end": 1}
PIXELS = 3 * 4


async def load(ctx, core: SiamMixer) -> None:
    while ctx.get(core.host.busy):  # after a reset
        await ctx.tick()
    for address, word in enumerate([*encode(0, **LOOP), *encode(1, **STEP)]):
        ctx.set(
            core.host.write.payload, {"address": address, "target": Target.PROGRAM.value, "data": int(word)}
        )
        ctx.set(core.host.write.valid, 1)
        await ctx.tick()
    ctx.set(core.host.write.valid, 0)


async def run(
    ctx, core: SiamMixer, pixels: int = PIXELS, start_again: int | None = None
) -> tuple[Error, int]:
    """The error and the cycles of a run that is given so many pixels, and in one of its cycles another
    ``start``.
    """
    ctx.set(core.host.start, 1)
    await ctx.tick()
    cycles = taken = 0
    while True:
        ctx.set(core.host.start, cycles == start_again)
        ctx.set(core.host.pixels.valid, int(taken < pixels))
        ctx.set(core.host.pixels.payload.last, int(taken == PIXELS - 1))
        _, _, ready, done, error = await ctx.tick().sample(
            core.host.pixels.ready, core.host.done, core.host.error
        )
        taken += int(ready and taken < pixels)
        cycles += 1
        if done:
            return Error(error), cycles


@pytest.mark.parametrize("given", [0, 1, 5, PIXELS - 1])
def test_a_run_without_its_pixels_ends(given, small, monkeypatch):
    monkeypatch.setattr("siammixer.rtl.control.fault_report.PIXEL_TIMEOUT_CYCLES", TIMEOUT)
    core = SiamMixer(small)

    async def bench(ctx):
        await load(ctx, core)
        error, right = await run(ctx, core)
        assert error == Error.NONE
        error, cycles = await run(ctx, core, given)
        assert error == Error.PIXELS_MISSING and TIMEOUT < cycles < right + 2 * TIMEOUT
        assert await run(ctx, core) == (Error.NONE, right)

    simulate(core, [bench], watchdog=4000)


def test_a_start_while_busy_ends_the_run(small):
    """In every seventh cycle of it: of a fetch, amid the pixels, while the results settle."""
    core = SiamMixer(small)

    async def bench(ctx):
        await load(ctx, core)
        error, right = await run(ctx, core)
        assert error == Error.NONE
        # In the cycle of `done` a start is the next run's.
        for cycle in range(0, right - 1, 7):
            error, cycles = await run(ctx, core, start_again=cycle)
            assert (error, cycles <= right) == (Error.START_WHILE_BUSY, True), cycle
            assert await run(ctx, core) == (Error.NONE, right), cycle

    simulate(core, [bench], watchdog=10_000)
