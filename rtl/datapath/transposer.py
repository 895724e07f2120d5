"""Turns blocks of words: bytes of one channel after the other become words of one channel."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Transposer(wiring.Component):
    """Takes blocks of ``size`` words of ``size`` bytes, gives the transposed blocks one block later.

    Each ``shift`` takes ``i`` as the block's next word and gives, in ``o`` one cycle later, the
    next word of the block before, transposed: word n of it has byte n of each word that was
    taken, the first in the lowest byte. It fills and empties at once because blocks come in
    alternately as rows and as columns of the same registers: ``turn`` says which, changes with
    every block, and belongs to the same cycle as ``shift``. With ``bypass``, ``o`` is ``i``.

    One word per cycle, pauses anywhere, :attr:`LATENCY` cycle, no reset.

    Parameters
    ----------
    size
        Words of a block, and bytes of a word.

    Members
    -------
    shift : In(1)
        ``i`` is the block's next word.
    turn : In(1)
        Its block comes in as columns; in the same cycle as ``shift``.
    bypass : In(1)
        ``o`` is ``i``. Constant while words are on their way.
    i : In(8 * size)
        Next word in.
    o : Out(8 * size)
        Next word out.
    """

    LATENCY = 1

    def __init__(self, size: int):
        self._size = size
        super().__init__(
            {"shift": In(1), "turn": In(1), "bypass": In(1), "i": In(8 * size), "o": Out(8 * size)}
        )

    def elaborate(self, platform):
        m = Module()
        size = self._size
        cells = [
            [Signal(8, name=f"cell_{row}_{column}", reset_less=True) for column in range(size)]
            for row in range(size)
        ]
        entering = [self.i.word_select(index, 8) for index in range(size)]
        below = [*cells[1:], entering]
        right = [[*row[1:], byte] for row, byte in zip(cells, entering, strict=True)]
        with m.If(self.shift):
            for cell, from_below, from_right in zip(cells, below, right, strict=True):
                m.d.sync += [
                    byte.eq(Mux(self.turn, b, a))
                    for byte, a, b in zip(cell, from_below, from_right, strict=True)
                ]
        out = Signal.like(self.o, reset_less=True)
        leaving = Mux(self.turn, Cat(row[0] for row in cells), Cat(cells[0]))
        m.d.sync += out.eq(Mux(self.bypass, self.i, leaving))
        m.d.comb += self.o.eq(out)
        return m
