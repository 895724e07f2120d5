"""Requantisation: INT32 accumulators to INT8 activations."""

from amaranth.hdl import Cat, Const, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.ir import numerics
from siammixer.rtl.primitives.multiplier import Multiplier
from siammixer.rtl.primitives.rounding import CYCLES, clamp_and_round, saturate
from siammixer.rtl.technology.technology import GENERIC, Technology


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
        Parts that its multiplier is built of.

    Members
    -------
    valid : In(1)
        There is an accumulator to requantise.
    i : In(signed(accumulator_bits))
        The accumulator.
    multiplier : In(numerics.MULTIPLIER_BITS)
        Multiplier of its channel, unsigned, in the same cycle.
    relu : In(1)
        Lower bound 0 instead of -128. Constant while results are on their way.
    o : Out(signed(8))
        INT8 activation.
    """

    # Saturate, multiply, clamp, round.
    LATENCY = 1 + Multiplier.LATENCY + CYCLES

    def __init__(self, *, accumulator_bits: int, technology: Technology = GENERIC):
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
        m.submodules.product = product = self._technology.multiplier(
            numerics.REQUANTISE_INPUT_BITS, numerics.MULTIPLIER_BITS + 1
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
