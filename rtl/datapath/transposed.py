"""The addresses of the words that leave the transposer."""

from __future__ import annotations

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.instruction import FIELDS
from siammixer.rtl.control.instruction import INSTRUCTION


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
    begin : In(1)
        A step begins.
    instruction : In(INSTRUCTION)
        Its instruction, the same until its last word has left.
    shift : In(1)
        A result goes in (and a word leaves): registered before anything depends on it.
    write : Out(1)
        That word is written, a cycle after its ``shift``. None is before ``size`` results are in.
    address : Out(16)
        Where it is written.
    shifted : Out(1)
        The ``shift`` of :class:`siammixer.rtl.datapath.transposer.Transposer`, in that cycle too.
    turn : Out(1)
        The transposer's ``turn``, in that cycle too.
    """

    def __init__(self, size: int):
        self._size = size
        super().__init__(
            {
                "begin": In(1),
                "instruction": In(INSTRUCTION),
                "shift": In(1),
                "write": Out(1),
                "address": Out(16),
                "shifted": Out(1),
                "turn": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        instruction, r = self.instruction, _Registers(self._size)
        # They change with a block, whose first word is written in any case, and serve at its last.
        m.d.sync += [
            r.last_column.eq(r.column == instruction.groups - 1),
            r.last_row.eq(r.row == instruction.blocks - 1),
            r.next_block.eq(r.block_base + 1),
            r.next_row.eq(r.row_base + instruction.write_row),
            self.shifted.eq(self.shift),
        ]
        wanted = ~r.last_row | (r.word < instruction.tail)
        m.d.comb += [self.write.eq(self.shifted & r.filled & wanted), self.address.eq(r.address)]
        with m.If(self.shifted):
            self._next_word(m, r)
        with m.If(self.begin):
            m.d.sync += [signal.eq(0) for signal in (r.word, r.column, r.row, r.filled, self.turn)]
            m.d.sync += [base.eq(instruction.write_base) for base in (r.row_base, r.block_base, r.address)]
        return m

    def _next_word(self, m: Module, r: _Registers) -> None:
        """On to the next word, and after a block's last to the next block."""
        m.d.sync += r.word.eq(r.word + 1)
        with m.If(r.filled):
            m.d.sync += r.address.eq(r.address + self.instruction.write_pixel)
        with m.If(r.word == self._size - 1):
            m.d.sync += [self.turn.eq(~self.turn), r.filled.eq(1)]
            with m.If(r.filled):
                m.d.sync += [
                    r.column.eq(r.column + 1),
                    r.block_base.eq(r.next_block),
                    r.address.eq(r.next_block),
                ]
            with m.If(r.filled & r.last_column):
                m.d.sync += [r.column.eq(0), r.row.eq(r.row + 1)]
                m.d.sync += [base.eq(r.next_row) for base in (r.row_base, r.block_base, r.address)]


class _Registers:
    """The block's registers, beside its ports'; most are set when a step begins."""

    def __init__(self, size: int):
        # Word of the block, and the block's column and row.
        self.word = Signal(range(size), reset_less=True)
        self.column = Signal(FIELDS["groups"], reset_less=True)
        self.row = Signal(FIELDS["blocks"], reset_less=True)
        # Where the row of blocks begins, the block, and the next of each.
        self.row_base = Signal(16, reset_less=True)
        self.block_base = Signal(16, reset_less=True)
        self.next_block = Signal(16, reset_less=True)
        self.next_row = Signal(16, reset_less=True)
        # A block is in the transposer; the block is the last of its row; its row is the last: a cycle late.
        # Where the word that leaves is written.
        self.filled = Signal()
        self.last_column = Signal(reset_less=True)
        self.last_row = Signal(reset_less=True)
        self.address = Signal(16, reset_less=True)
