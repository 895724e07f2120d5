"""Requantisation: INT32 accumulators to INT8 activations."""

from amaranth.hdl import Cat, Const, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.ir import numerics
from siammixer.rtl.primitives.multiplier import Multiplier
from siammixer.rtl.primitives.rounding import CYCLES, clamp_and_round, saturate


class Requantise(wiring.Component):
    """``o = clamp(RNE(i * multiplier / 2**17), 0 or -128, 127)`` of :attr:`LATENCY` cycles ago.

    One result per cycle, no back-pressure. Where ``valid`` was not set ``o`` keeps the last
    result, and nothing switches but the multiplier. The accumulator is saturated to 18 bits first;
    siammixer.ir.weights admits only multipliers for which that loses nothing.

    Parameters
    ----------
    accumulator_bits
        Width of the signed input.
    technology
        Of its multiplier, see :class:`siammixer.rtl.primitives.multiplier.Multiplier`.

    Members
    -------
    valid
        There is an accumulator to requantise.
    i, multiplier
        Accumulator (signed) and 17-bit multiplier of its channel, in the same cycle.
    relu
        Lower bound 0 instead of -128. Constant while results are on their way.
    o
        INT8 activation.
    """

    # Saturate, multiply, clamp, round.
    LATENCY = 1 + Multiplier.LATENCY + CYCLES

    def __init__(self, *, accumulator_bits: int, technology: str = "generic"):
        self._technology = technology
        super().__init__(
            {
                "valid": In(1),
                "i": In(signed(accumulator_bits)),
                "multiplier": In(numerics.MULTIPLIER_BITS),
                "relu": In(1),
                "o": Out(signed(8)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.product = product = Multiplier(
            numerics.REQUANTISE_INPUT_BITS, numerics.MULTIPLIER_BITS + 1, self._technology
        )
        saturated = Signal(signed(numerics.REQUANTISE_INPUT_BITS), reset_less=True)
        multiplier = Signal(numerics.MULTIPLIER_BITS, reset_less=True)
        with m.If(self.valid):
            m.d.sync += [
                saturated.eq(saturate(self.i, numerics.REQUANTISE_INPUT_BITS)),
                multiplier.eq(self.multiplier),
            ]
        m.d.comb += [product.a.eq(saturated), product.b.eq(Cat(multiplier, Const(0, 1)).as_signed())]

        # Bit n: there was an accumulator n + 1 cycles ago.
        valid = Signal(2 + Multiplier.LATENCY, reset_less=True)
        m.d.sync += valid.eq(Cat(self.valid, valid))
        rounded = clamp_and_round(
            m,
            product.p,
            numerics.REQUANTISE_SHIFT,
            name="result",
            enables=valid[Multiplier.LATENCY :],
            floor_is_zero=self.relu,
        )
        m.d.comb += self.o.eq(rounded)
        return m
