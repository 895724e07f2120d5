"""The sequencer's patch loop: where it begins in the program, and the current patch."""

from amaranth.hdl import Module, Mux, Signal

from siammixer.rtl.control.instruction import INSTRUCTION


class PatchLoop:
    """Registers of the loop that a LOOP instruction opens, and what moves them.

    A part of :class:`siammixer.rtl.control.sequencer.Sequencer`, in whose module its logic stands.

    Parameters
    ----------
    address
        The sequencer's address in the program memory.
    step
        The sequencer's number of the instruction.
    """

    def __init__(self, address: Signal, step: Signal):
        # The loop's instruction, and the program's place behind it.
        self.loop = Signal(INSTRUCTION, reset_less=True)
        self.loop_address = Signal.like(address, reset_less=True)
        self.loop_step = Signal.like(step, reset_less=True)
        # Its patches; a program without a loop has one.
        self.columns = Signal.like(self.loop.columns)
        self.rows = Signal.like(self.loop.rows)
        # The current patch, its offset, and the next patch's, at first without its limit. A patch takes many
        # cycles: what follows from its place has time to wait in registers.
        self.patch_column = Signal(10)
        self.patch_row = Signal(10)
        self.offset_column = Signal(16)
        self.offset_row = Signal(16)
        self.next_column = Signal(16, reset_less=True)
        self.next_row = Signal(16, reset_less=True)
        self.ahead_column = Signal(17, reset_less=True)
        self.ahead_row = Signal(17, reset_less=True)
        self.last_column = Signal(reset_less=True)
        self.last_row = Signal(reset_less=True)
        # The instruction ends the loop and there is another patch: both stand long before the step's end
        # asks for this.
        self.another = Signal()
        # In the first cycle of a fetch: the loop's instruction still stands, and the first in the loop is
        # fetched; or the loop begins again with its next patch.
        self.first_patch = Signal()
        self.next_patch = Signal()

    def follow(self, m: Module, *, instruction, address: Signal, step: Signal) -> None:
        """The registers follow the loop from cycle to cycle."""
        loop = self.loop
        # A loop of nothing is one of one.
        m.d.sync += [
            self.last_column.eq(self.patch_column >= self.columns - 1),
            self.last_row.eq(self.patch_row >= self.rows - 1),
            self.ahead_column.eq(self.offset_column + loop.write_pixel),
            self.ahead_row.eq(self.offset_row + loop.write_row),
            self.next_column.eq(_at_most(self.ahead_column, loop.read_pixel)),
            self.next_row.eq(_at_most(self.ahead_row, loop.read_row)),
            self.another.eq(instruction.loop_end & ~self.final),
            self.first_patch.eq(0),
            self.next_patch.eq(0),
        ]
        places = (self.patch_column, self.patch_row, self.offset_column, self.offset_row)
        with m.If(self.first_patch):
            m.d.sync += [loop.eq(instruction), self.loop_address.eq(address), self.loop_step.eq(step)]
            m.d.sync += [self.columns.eq(instruction.columns), self.rows.eq(instruction.rows)]
            m.d.sync += [place.eq(0) for place in places]
        with m.Elif(self.next_patch):
            with m.If(~self.last_column):
                m.d.sync += [
                    self.patch_column.eq(self.patch_column + 1),
                    self.offset_column.eq(self.next_column),
                ]
            with m.Else():
                m.d.sync += [self.patch_column.eq(0), self.offset_column.eq(0)]
                m.d.sync += [self.patch_row.eq(self.patch_row + 1), self.offset_row.eq(self.next_row)]

    def close(self, m: Module, *, address: Signal, step: Signal) -> None:
        """After the loop's last step: on to the next patch, or past the loop."""
        with m.If(self.another):
            m.d.sync += [address.eq(self.loop_address), step.eq(self.loop_step), self.next_patch.eq(1)]

    @property
    def final(self):
        """Whether the current patch is the last."""
        return self.last_column & self.last_row

    @property
    def offset(self):
        """The patch's offset."""
        return self.offset_column + self.offset_row


def _at_most(value, limit):
    return Mux(value > limit, limit, value)
