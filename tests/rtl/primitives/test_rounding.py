"""clamp_and_round: every value of a narrow input, and the edges of a wide one, as golden's definition has
them.
"""

import numpy as np
import pytest
from amaranth.hdl import Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.rtl.primitives.rounding import CYCLES, clamp_and_round


class Rounding(wiring.Component):
    """clamp_and_round as a block of its own."""

    def __init__(self, bits: int, fraction: int):
        self._fraction = fraction
        super().__init__({"i": In(signed(bits)), "relu": In(1), "o": Out(signed(8))})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.o.eq(
            clamp_and_round(m, self.i, self._fraction, name="test", enables=(1, 1), floor_is_zero=self.relu)
        )
        return m


def expected(values: np.ndarray, fraction: int, relu: bool) -> list[int]:
    quotient, rest = np.divmod(values, 2**fraction)
    half = 2 ** (fraction - 1)
    return np.clip(
        quotient + ((rest > half) | ((rest == half) & (quotient % 2 == 1))), 0 if relu else -128, 127
    ).tolist()


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize(("bits", "fraction"), [(12, 2), (12, 4), (36, 17)], ids="{}".format)
def test_equals_the_definition(bits, fraction, relu, clocked):
    if bits <= 12:
        values = np.arange(-(2 ** (bits - 1)), 2 ** (bits - 1))
    else:
        wholes = np.array([-(2**18), -256, -130, *range(-129, 130), 256, 2**18 - 1])
        values = (wholes[:, None] * 2**fraction + [0, 1, 2**16 - 1, 2**16, 2**16 + 1, 2**17 - 1]).reshape(-1)
    results = clocked(
        Rounding(bits, fraction), {"i": values.tolist(), "relu": [relu]}, ["o"], len(values) + CYCLES
    )["o"]
    assert results[CYCLES:] == expected(values, fraction, relu)
