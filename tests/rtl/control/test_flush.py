"""Flush: how long it lasts, and what becomes of a start."""

import pytest
from amaranth.hdl import ResetInserter, Signal
from amaranth.lib.wiring import Component

from siammixer.rtl.control.flush import Flush
from siammixer.sim.block import simulate

CYCLES = 6


class Resettable(Component):
    """A Flush with its reset as a member."""

    def __init__(self):
        super().__init__({})
        self.flush, self.reset = Flush(CYCLES), Signal()

    def elaborate(self, platform):
        return ResetInserter(self.reset)(self.flush)


async def sampled(ctx, flush: Flush, cycles: int, start: int | None = None) -> list[tuple[int, int, int]]:
    """(active, run, early) of so many cycles, with ``start`` in one of them."""
    rows = []
    for cycle in range(cycles):
        ctx.set(flush.start, cycle == start)
        _, _, *row = await ctx.tick().sample(flush.active, flush.run, flush.early)
        rows.append(tuple(row))
    ctx.set(flush.start, 0)
    return rows


@pytest.mark.parametrize("length", [1, 2, 20])
def test_every_reset_is_followed_by_so_many_cycles(length):
    bench = Resettable()

    async def script(ctx):
        after = [(1, 0, 0)] * CYCLES + [(0, 0, 0)] * 4
        assert await sampled(ctx, bench.flush, CYCLES + 4) == after
        for before in (1, CYCLES // 2, CYCLES, CYCLES + 3):
            await sampled(ctx, bench.flush, before)
            ctx.set(bench.reset, 1)
            await sampled(ctx, bench.flush, length)
            ctx.set(bench.reset, 0)
            assert await sampled(ctx, bench.flush, CYCLES + 4) == after

    simulate(bench, [script])


@pytest.mark.parametrize("start", range(CYCLES + 4))
def test_a_start_is_passed_on_or_told(start):
    flush = Flush(CYCLES)

    async def script(ctx):
        rows = await sampled(ctx, flush, CYCLES + 6, start)
        runs = [(cycle, early) for cycle, (_, run, early) in enumerate(rows) if run]
        assert runs == [(start, 0) if start >= CYCLES else (CYCLES - 1, 1)]
        assert [row[0] for row in rows] == [1] * CYCLES + [0] * 6
        assert await sampled(ctx, flush, 3, 1) == [(0, 0, 0), (0, 1, 0), (0, 0, 0)]

    simulate(flush, [script])
