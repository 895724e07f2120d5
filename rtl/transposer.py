"""A lanes x lanes byte transposer."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Transposer(wiring.Component):
    """Takes ``size`` words of ``size`` bytes, gives the transposed words.

    ``fill`` takes ``i`` as the next row; after ``size`` of them, each ``drain`` gives the next
    column: ``o``, one cycle later, is byte n of row 0, 1, ... in its bytes. Never both at once.
    Throughput one word per cycle, no reset.

    Members
    -------
    fill, i
        Next row in.
    drain, o
        Next column out.
    """

    LATENCY = 1

    def __init__(self, size: int):
        self._size = size
        super().__init__({"fill": In(1), "i": In(8 * size), "drain": In(1), "o": Out(8 * size)})

    def elaborate(self, platform):
        m = Module()
        rows = [Signal(8 * self._size, name=f"row_{index}", reset_less=True) for index in range(self._size)]
        column = Signal.like(self.o, reset_less=True)
        with m.If(self.fill):
            for row, following in zip(rows, [*rows[1:], self.i], strict=True):
                m.d.sync += row.eq(following)
        with m.Elif(self.drain):
            m.d.sync += column.eq(Cat(row[:8] for row in rows))
            for row in rows:
                m.d.sync += row.eq(row[8:])
        m.d.comb += self.o.eq(column)
        return m
