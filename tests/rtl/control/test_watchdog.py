"""Watchdog: it barks after so many cycles of waiting in a row, and at no other time."""

import gc

import numpy as np
import pytest

from siammixer.rtl.control.watchdog import Watchdog
from siammixer.sim.block import simulate


@pytest.mark.parametrize("cycles", [2, 5, 8])
@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
def test_it_barks_after_so_many_cycles_in_a_row(cycles, seed):
    dog = Watchdog(cycles)
    waiting = np.repeat(np.arange(40) % 2, np.random.default_rng(seed).integers(1, 3 * cycles, 40))
    expected, row = [0], 0
    for wait in waiting[:-1]:
        row = (row + 1) * wait
        expected.append(int(row > 0 and row % cycles == 0))

    async def bench(ctx):
        barks = []
        for wait in waiting:
            ctx.set(dog.waiting, int(wait))
            barks.append(ctx.get(dog.bark))
            await ctx.tick()
        assert barks == expected and sum(barks) > 1

    simulate(dog, [bench], watchdog=2000)


@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
def test_a_wait_of_one_cycle_is_refused():
    with pytest.raises(ValueError, match="cycles must be at least 2, not 1"):
        Watchdog(1)
    gc.collect()  # here, where Amaranth's warning of what was never elaborated is ignored
