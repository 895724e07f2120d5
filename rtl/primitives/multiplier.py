"""A signed multiplier with the pipeline of an ECP5 DSP block."""

from amaranth.hdl import Cat, ClockSignal, Const, Elaboratable, Instance, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

TECHNOLOGIES = ("generic", "ecp5", "logic")
PORT_BITS = 18


class Multiplier(wiring.Component):
    """``p`` is ``a * b`` of :attr:`LATENCY` cycles ago.

    One product per cycle, no back-pressure, no reset: registers at the input, between the stages
    and at the output, as a MULT18X18D has them.

    Parameters
    ----------
    a_bits, b_bits
        Widths of the signed operands, at most 18.
    technology
        "generic" describes the behaviour; "ecp5" instantiates the MULT18X18D that behaves so;
        "logic" adds partial products, where synthesis shall not take a DSP block.

    Members
    -------
    a, b
        Operands.
    p
        Product, signed, ``a_bits + b_bits`` wide.
    """

    LATENCY = 3

    def __init__(self, a_bits: int, b_bits: int, technology: str = "generic"):
        if technology not in TECHNOLOGIES:
            raise ValueError(f"technology must be one of {TECHNOLOGIES}, not {technology!r}")
        if max(a_bits, b_bits) > PORT_BITS:
            raise ValueError(f"operands must be at most {PORT_BITS} bits, not {a_bits} and {b_bits}")
        self._technology = technology
        super().__init__(
            {"a": In(signed(a_bits)), "b": In(signed(b_bits)), "p": Out(signed(a_bits + b_bits))}
        )

    def elaborate(self, platform):
        m = Module()
        if self._technology == "ecp5":
            m.submodules.dsp = self._dsp_block()
            return m
        if self._technology == "logic":
            self._partial_products(m)
            return m
        a = Signal.like(self.a, reset_less=True)
        b = Signal.like(self.b, reset_less=True)
        middle = Signal.like(self.p, reset_less=True)
        product = Signal.like(self.p, reset_less=True)
        m.d.sync += [a.eq(self.a), b.eq(self.b), middle.eq(a * b), product.eq(middle)]
        m.d.comb += self.p.eq(product)
        return m

    def _partial_products(self, m: Module) -> None:
        """One partial product for each bit of ``b``, the sign bit's subtracted, summed in three steps.

        A sum counts in units of its lowest partial product: no adder is wider than what it adds.
        """
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

    def _dsp_block(self) -> Elaboratable:
        # Operands sit at the top of the 18-bit ports: no sign bits to fan out.
        a_pad, b_pad = PORT_BITS - len(self.a), PORT_BITS - len(self.b)
        a = Signal(PORT_BITS)
        b = Signal(PORT_BITS)
        p = Signal(2 * PORT_BITS)
        registers = {}
        for register in ("INPUTA", "INPUTB", "PIPELINE", "OUTPUT"):
            registers |= {
                f"p_REG_{register}_CLK": "CLK0",
                f"p_REG_{register}_CE": "CE0",
                f"p_REG_{register}_RST": "RST0",
            }
        m = Module()
        m.submodules.mult18x18d = Instance(
            "MULT18X18D",
            *[("i", f"A{bit}", a[bit]) for bit in range(PORT_BITS)],
            *[("i", f"B{bit}", b[bit]) for bit in range(PORT_BITS)],
            *[("o", f"P{bit}", p[bit]) for bit in range(2 * PORT_BITS)],
            i_SIGNEDA=Const(1),
            i_SIGNEDB=Const(1),
            i_SOURCEA=Const(0),
            i_SOURCEB=Const(0),
            i_CLK0=ClockSignal(),
            i_CE0=Const(1),
            i_RST0=Const(0),
            p_GSR="DISABLED",
            **registers,
        )
        m.d.comb += [
            a.eq(Cat(Const(0, a_pad), self.a)),
            b.eq(Cat(Const(0, b_pad), self.b)),
            self.p.eq(p[a_pad + b_pad :].as_signed()),
        ]
        return m


class MultiplierRow(wiring.Component):
    """Several multipliers of INT8 operands that come as words: ``p[n]`` is byte n of ``a`` times byte n of
    ``b``.

    Timing as :class:`Multiplier`, which it is made of in "ecp5"; "generic" keeps the operands of
    all in one register, which simulates faster.

    Parameters
    ----------
    count
        Multipliers.
    technology
        See :class:`Multiplier`.

    Members
    -------
    a, b
        ``count`` INT8 operands each, the first in the lowest byte.
    p
        ``count`` products, signed 16 bits.
    """

    LATENCY = Multiplier.LATENCY

    def __init__(self, count: int, technology: str = "generic"):
        self._count, self._technology = count, technology
        super().__init__({"a": In(8 * count), "b": In(8 * count), "p": Out(signed(16)).array(count)})

    def elaborate(self, platform):
        m = Module()
        if self._technology == "generic":
            a, b = (Signal(8 * self._count, name=name, reset_less=True) for name in "ab")
            m.d.sync += [a.eq(self.a), b.eq(self.b)]
            for index, p in enumerate(self.p):
                middle = Signal(signed(16), name=f"middle_{index}", reset_less=True)
                product = Signal(signed(16), name=f"product_{index}", reset_less=True)
                m.d.sync += [middle.eq(_int8(a, index) * _int8(b, index)), product.eq(middle)]
                m.d.comb += p.eq(product)
            return m
        for index, p in enumerate(self.p):
            m.submodules[f"multiplier_{index}"] = multiplier = Multiplier(8, 8, self._technology)
            m.d.comb += [
                multiplier.a.eq(_int8(self.a, index)),
                multiplier.b.eq(_int8(self.b, index)),
                p.eq(multiplier.p),
            ]
        return m


def _int8(word, index: int):
    return word.word_select(index, 8).as_signed()
