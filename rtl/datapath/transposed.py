"""Where the words that leave the transposer are written."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.rtl.control.instruction import RECORD


class TransposedWrites(wiring.Component):
    """Follows a step's results into the transposer and tells, for each, what leaves with it.

    Blocks of ``size`` results are transposed. Word n of block (row, column) is written to
    ``write_base + row * write_row + column + n * write_pixel``; ``groups`` columns and ``blocks``
    rows of blocks, row after row. Of the last row's blocks only ``tail`` words are written.

    Parameters
    ----------
    size
        Words of a block.

    Members
    -------
    begin, record
        A step begins; its record, the same until its last word has left.
    shift
        A result goes in (and a word leaves): registered before anything depends on it.
    write, address
        That word is written, and where, a cycle after its ``shift``. None before ``size`` results are in.
    shifted, turn
        For :class:`siammixer.rtl.datapath.transposer.Transposer`, in that cycle too.
    """

    def __init__(self, size: int):
        self._size = size
        super().__init__(
            {
                "begin": In(1),
                "record": In(RECORD),
                "shift": In(1),
                "write": Out(1),
                "address": Out(16),
                "shifted": Out(1),
                "turn": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        record = self.record
        word = Signal(range(self._size), reset_less=True)
        column = Signal.like(record.groups, reset_less=True)
        row = Signal.like(record.blocks, reset_less=True)
        row_base = Signal(16, reset_less=True)
        block_base = Signal(16, reset_less=True)
        next_block = Signal(16, reset_less=True)
        next_row = Signal(16, reset_less=True)
        filled = Signal()
        last_column = Signal()
        last_row = Signal()
        # A cycle late: they change with a block, whose first word is written in any case, and serve at its
        # last.
        m.d.sync += [
            last_column.eq(column == record.groups - 1),
            last_row.eq(row == record.blocks - 1),
            next_block.eq(block_base + 1),
            next_row.eq(row_base + record.write_row),
        ]
        m.d.sync += self.shifted.eq(self.shift)
        m.d.comb += self.write.eq(self.shifted & filled & (~last_row | (word < record.tail)))
        with m.If(self.shifted):
            m.d.sync += word.eq(word + 1)
            with m.If(filled):
                m.d.sync += self.address.eq(self.address + record.write_pixel)
            with m.If(word == self._size - 1):
                m.d.sync += [self.turn.eq(~self.turn), filled.eq(1)]
                with m.If(filled):
                    m.d.sync += [
                        column.eq(column + 1),
                        block_base.eq(next_block),
                        self.address.eq(next_block),
                    ]
                with m.If(filled & last_column):
                    m.d.sync += [column.eq(0), row.eq(row + 1)]
                    m.d.sync += [base.eq(next_row) for base in (row_base, block_base, self.address)]
        with m.If(self.begin):
            m.d.sync += [signal.eq(0) for signal in (word, column, row, filled, self.turn)]
            m.d.sync += [base.eq(record.write_base) for base in (row_base, block_base, self.address)]
        return m
