"""Signed multipliers with the pipeline of a DSP block."""

from collections.abc import Callable

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

PORT_BITS = 18


class Multiplier(wiring.Component):
    """``p`` is ``a * b`` of :attr:`LATENCY` cycles ago.

    One product per cycle, no back-pressure, no reset: registers at the input, between the stages
    and at the output, as DSP blocks have them.

    Parameters
    ----------
    a_bits, b_bits
        Widths of the signed operands, at most 18.

    Members
    -------
    a : In(signed(a_bits))
        First operand.
    b : In(signed(b_bits))
        Second operand.
    p : Out(signed(a_bits + b_bits))
        Product, signed, of the operands of LATENCY cycles ago.
    """

    LATENCY = 3

    def __init__(self, a_bits: int, b_bits: int):
        if max(a_bits, b_bits) > PORT_BITS:
            raise ValueError(f"operands must be at most {PORT_BITS} bits, not {a_bits} and {b_bits}")
        super().__init__(
            {"a": In(signed(a_bits)), "b": In(signed(b_bits)), "p": Out(signed(a_bits + b_bits))}
        )

    def elaborate(self, platform):
        m = Module()
        a = Signal.like(self.a, reset_less=True)
        b = Signal.like(self.b, reset_less=True)
        middle = Signal.like(self.p, reset_less=True)
        product = Signal.like(self.p, reset_less=True)
        m.d.sync += [a.eq(self.a), b.eq(self.b), middle.eq(a * b), product.eq(middle)]
        m.d.comb += self.p.eq(product)
        return m


class LogicMultiplier(Multiplier):
    """A :class:`Multiplier`, with its parameters and ports, that adds partial products, so that synthesis
    takes no DSP block for it.
    """

    def elaborate(self, platform):
        """One partial product for each bit of ``b``, the sign bit's subtracted, summed in three steps.

        A sum counts in units of its lowest partial product: no adder is wider than what it adds.
        """
        m = Module()
        terms = [Mux(bit, self.a, 0) for bit in self.b[:-1]] + [Mux(self.b[-1], -self.a, 0)]
        weight = 1  # bits of ``b`` from one term to the next
        for step, fan_in in enumerate((3, 3, len(terms))):
            sums = []
            for start in range(0, len(terms), fan_in):
                total = sum(
                    term << (place * weight) for place, term in enumerate(terms[start : start + fan_in])
                )
                register = Signal(total.shape(), name=f"sum_{step}_{start}", reset_less=True)
                m.d.sync += register.eq(total)
                sums.append(register)
            terms, weight = sums, weight * fan_in
        m.d.comb += self.p.eq(terms[0])
        return m


class MultiplierRow(wiring.Component):
    """Several multipliers of INT8 operands that come as words: ``p[n]`` is byte n of ``a`` times byte n of
    ``b``.

    Timing as :class:`Multiplier`.

    Parameters
    ----------
    count
        Multipliers.
    make
        Makes each of them from the widths of its operands. None describes all of them at once with their
        operands in one register, which simulates faster.

    Members
    -------
    a : In(8 * count)
        ``count`` INT8 operands, the first in the lowest byte.
    b : In(8 * count)
        ``count`` INT8 operands, the first in the lowest byte.
    p : Out(signed(16)).array(count)
        ``count`` products, signed, of the operands of LATENCY cycles ago.
    """

    LATENCY = Multiplier.LATENCY

    def __init__(self, count: int, make: Callable[[int, int], Multiplier] | None = None):
        self._count, self._make = count, make
        super().__init__({"a": In(8 * count), "b": In(8 * count), "p": Out(signed(16)).array(count)})

    def elaborate(self, platform):
        m = Module()
        if self._make is None:
            self._describe(m)
            return m
        for index, p in enumerate(self.p):
            m.submodules[f"multiplier_{index}"] = multiplier = self._make(8, 8)
            m.d.comb += [
                multiplier.a.eq(_int8(self.a, index)),
                multiplier.b.eq(_int8(self.b, index)),
                p.eq(multiplier.p),
            ]
        return m

    def _describe(self, m: Module) -> None:
        a, b = (Signal(8 * self._count, name=name, reset_less=True) for name in "ab")
        m.d.sync += [a.eq(self.a), b.eq(self.b)]
        for index, p in enumerate(self.p):
            middle = Signal(signed(16), name=f"middle_{index}", reset_less=True)
            product = Signal(signed(16), name=f"product_{index}", reset_less=True)
            m.d.sync += [middle.eq(_int8(a, index) * _int8(b, index)), product.eq(middle)]
            m.d.comb += p.eq(product)


def _int8(word, index: int):
    return word.word_select(index, 8).as_signed()
