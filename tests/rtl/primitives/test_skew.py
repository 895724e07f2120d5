"""Skew and delay: every byte by its own number of cycles, signals with their shape."""

import numpy as np
import pytest
from amaranth.hdl import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.rtl.primitives.skew import Skew, delay


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("delays", [(0, 1, 2, 3), (3, 2, 1, 0), (5, 0, 5, 1, 9)], ids=str)
def test_bytes(delays, seed, clocked, word, elements):
    rows = np.random.default_rng(seed).integers(-128, 128, (40, len(delays)), np.int8)
    rows[:4] = [[-128], [127], [-1], [0]]
    seen = elements(
        clocked(Skew(delays), {"i": [word(row) for row in rows]}, ["o"], len(rows))["o"], len(delays)
    )
    for byte, cycles in enumerate(delays):
        assert np.array_equal(seen[cycles:, byte], rows[: len(rows) - cycles, byte])


class Delayed(wiring.Component):
    i: In(signed(5))
    o: Out(signed(5))

    def elaborate(self, platform):
        m = Module()
        later = delay(m, self.i, 3, "i")
        assert isinstance(later, Signal) and later.shape() == signed(5)
        m.d.comb += self.o.eq(later)
        return m


def test_delay(clocked):
    values = [-16, 15, -1, 0, 7, 3, -2, 9]
    assert clocked(Delayed(), {"i": values}, ["o"], len(values))["o"][3:] == values[:-3]
