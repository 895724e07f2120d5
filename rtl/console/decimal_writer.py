"""A number as decimal digits."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class DecimalWriter(wiring.Component):
    """Writes a number in ASCII: a minus sign where it is negative, no leading zeros.

    The first character is offered ``bits`` + 2 cycles after ``start``, or a cycle later for each leading
    zero; then a character a cycle if nobody stalls. Double dabble: a bit of the number a cycle.

    Parameters
    ----------
    bits
        Of the number, its sign among them.

    Members
    -------
    start : In(1)
        The number is taken, only while not ``busy``.
    value : In(signed(bits))
        The number, in the cycle of ``start``.
    busy : Out(1)
        Characters are still to come.
    o : Out(stream.Signature(8))
        The characters.
    """

    def __init__(self, bits: int):
        self._bits = bits
        super().__init__(
            {"start": In(1), "value": In(signed(bits)), "busy": Out(1), "o": Out(stream.Signature(8))}
        )

    def elaborate(self, platform):
        m = Module()
        bits, places = self._bits, len(str(1 << (self._bits - 1)))
        rest = Signal(bits)
        digits = Signal(4 * places)
        negative = Signal()
        # Bits, then digits, that are still to come.
        left = Signal(range(max(bits, places) + 1))
        begun = Signal()
        top = digits[-4:]
        m.d.comb += self.busy.eq(1)
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.busy.eq(0)
                m.d.sync += [
                    *(rest.eq(Mux(self.value < 0, -self.value, self.value)), negative.eq(self.value < 0)),
                    *(digits.eq(0), left.eq(bits), begun.eq(0)),
                ]
                with m.If(self.start):
                    m.next = "BITS"
            with m.State("BITS"):
                carried = [Mux(digit > 4, digit + 3, digit)[:4] for digit in _nibbles(digits)]
                m.d.sync += [
                    *(digits.eq(Cat(rest[-1], *carried)), rest.eq(rest << 1)),
                    left.eq(left - 1),
                ]
                with m.If(left == 1):
                    m.d.sync += left.eq(places)
                    m.next = "SIGN"
            with m.State("SIGN"):
                m.d.comb += [self.o.valid.eq(negative), self.o.payload.eq(ord("-"))]
                with m.If(self.o.ready | ~negative):
                    m.next = "DIGITS"
            with m.State("DIGITS"):
                shown = begun | (top != 0) | (left == 1)
                m.d.comb += [self.o.valid.eq(shown), self.o.payload.eq(ord("0") + top)]
                with m.If(self.o.ready | ~shown):
                    m.d.sync += [digits.eq(digits << 4), left.eq(left - 1), begun.eq(shown)]
                    with m.If(left == 1):
                        m.next = "IDLE"
        return m


def _nibbles(digits: Signal) -> list:
    return [digits[place : place + 4] for place in range(0, len(digits), 4)]
