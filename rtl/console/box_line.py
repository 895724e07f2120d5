"""A first box from a line of text."""

from amaranth.hdl import Array, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

NUMBERS = ("x", "y", "width", "height")
LINE_BITS = 12
"""Bits of a number of a line, at most: 0 to 4095 pixels."""


class BoxLine(wiring.Component):
    """Reads lines of ASCII. ``120 80 40 90`` gives a target: left and upper edge, width and height of its
    box, four whole numbers of pixels of ``bits`` bits, with spaces or commas between. ``stop`` gives it up;
    of a line of letters the first one counts. Every other line is an ``error`` and changes nothing. A line
    ends with a line feed or a carriage return; empty lines are nothing.

    A character a cycle is taken, always.

    Parameters
    ----------
    bits
        Of a number, at most LINE_BITS.

    Members
    -------
    i : In(stream.Signature(8))
        The characters.
    x : Out(bits)
        Left edge of the box; the box stands from ``take`` until the next line's numbers.
    y : Out(bits)
        Its upper edge.
    width : Out(bits)
        Its width.
    height : Out(bits)
        Its height.
    take : Out(1)
        One cycle: a box was read.
    stop : Out(1)
        One cycle: the target is to be given up.
    error : Out(1)
        One cycle: a line was none of these.
    """

    def __init__(self, bits: int = LINE_BITS):
        self._bits = bits
        super().__init__(
            {
                "i": In(stream.Signature(8)),
                **dict.fromkeys(NUMBERS, Out(bits)),
                **dict.fromkeys(("take", "stop", "error"), Out(1)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        character = self.i.payload
        numbers = Array([Signal(self._bits, name=f"{name}_read") for name in NUMBERS])
        # Numbers that have begun, whether the latest one goes on, and what else was in the line.
        count = Signal(range(len(NUMBERS) + 2))
        going_on = Signal()
        stopping = Signal()
        wrong = Signal()
        digit = (character >= ord("0")) & (character <= ord("9"))
        between = (character == ord(" ")) | (character == ord(","))
        ends = (character == ord("\r")) | (character == ord("\n"))
        letter = (character >= ord("a")) & (character <= ord("z"))
        number = Signal(self._bits + 4)
        # The number that goes on, else 0.
        current = Signal(self._bits)
        m.d.comb += [
            self.i.ready.eq(1),
            number.eq((current << 3) + (current << 1) + character[:4]),
        ]
        place = count - 1 + ~going_on
        m.d.sync += [self.take.eq(0), self.stop.eq(0), self.error.eq(0)]
        with m.If(self.i.valid & digit):
            m.d.sync += going_on.eq(1)
            with m.If(~going_on):
                m.d.sync += count.eq(count + (count <= len(NUMBERS)))
            with m.If(number >> self._bits != 0):
                m.d.sync += wrong.eq(1)
            with m.Else():
                m.d.sync += [numbers[place].eq(number), current.eq(number)]
        with m.Elif(self.i.valid):
            m.d.sync += current.eq(0)
        with m.If(self.i.valid & ends):
            full = (count == len(NUMBERS)) & ~stopping
            m.d.sync += [count.eq(0), going_on.eq(0), stopping.eq(0), wrong.eq(0)]
            with m.If(wrong | ~(full | (count == 0))):
                m.d.sync += self.error.eq(1)
            with m.Elif(stopping):
                m.d.sync += self.stop.eq(1)
            with m.Elif(full):
                m.d.sync += self.take.eq(1)
                m.d.sync += [getattr(self, name).eq(numbers[at]) for at, name in enumerate(NUMBERS)]
        with m.Elif(self.i.valid & ~digit):
            m.d.sync += going_on.eq(0)
            with m.If(letter & (count == 0)):
                m.d.sync += stopping.eq(stopping | (character == ord("s")))
                with m.If(~stopping & (character != ord("s"))):
                    m.d.sync += wrong.eq(1)
            with m.Elif(~between):
                m.d.sync += wrong.eq(1)
        return m
