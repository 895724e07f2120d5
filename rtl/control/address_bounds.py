"""Whether a step's addresses lie within their memories."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.instruction import FIELDS
from siammixer.rtl.control.issue import write_layout


class AddressBounds(wiring.Component):
    """Tells of addresses and counts, which are wider than the memories are deep, what reaches past an end.

    ``outside`` speaks of the inputs of two cycles ago, and of ``write`` of one cycle ago.

    Parameters
    ----------
    accelerator
        Sizes.

    Members
    -------
    read : In(1)
        The word at ``read_address`` is used.
    read_address : In(16)
        Word of the feature-map memory.
    respond : In(1)
        The word written a cycle later is a cell of the response.
    uses : In(1)
        The word at ``weight`` is used.
    weight : In(17)
        Word of the weight memory.
    load : In(1)
        The bias and multiplier number ``block`` are loaded.
    block : In(FIELDS["blocks"])
        Number of the block.
    push : In(1)
        An activation goes into column ``column`` of the windows.
    column : In(FIELDS["columns"])
        Column of the line buffers.
    kernel_5 : In(1)
        The windows are 5 x 5: they use the shorter line buffers too.
    write : In(write_layout())
        What becomes of the word of the issue before.
    outside : Out(6)
        One bit for a read, a write, a response, a weight, a constant and a column past the end.
    """

    def __init__(self, accelerator: Accelerator):
        self._accelerator = accelerator
        super().__init__(
            {
                "read": In(1),
                "read_address": In(16),
                "respond": In(1),
                "uses": In(1),
                "weight": In(17),
                "load": In(1),
                "block": In(FIELDS["blocks"]),
                "push": In(1),
                "column": In(FIELDS["columns"]),
                "kernel_5": In(1),
                "write": In(write_layout()),
                "outside": Out(6),
            }
        )

    def elaborate(self, platform):
        m = Module()
        a = self._accelerator
        # The inputs of the cycle before: to work out an address takes a cycle.
        read = Signal()
        read_address = Signal.like(self.read_address, reset_less=True)
        responds = Signal()
        uses = Signal()
        weight = Signal.like(self.weight, reset_less=True)
        loads = Signal()
        constant = Signal()  # a constant past the end
        pushes = Signal()
        column = Signal.like(self.column, reset_less=True)
        m.d.sync += [
            read.eq(self.read),
            read_address.eq(self.read_address),
            responds.eq(self.respond),
            uses.eq(self.uses),
            weight.eq(self.weight),
            loads.eq(self.load),
            constant.eq(self.block >= a.constants),
            pushes.eq(self.push),
            column.eq(self.column),
        ]
        widest = Mux(self.kernel_5, min(a.line_width, a.line_width_5), a.line_width)
        m.d.sync += self.outside.eq(
            Cat(
                read & (read_address >= a.map_words),
                self.write.write & (self.write.address >= a.map_words),
                responds & (self.write.address >= a.response_words),
                uses & (weight >= a.weight_words),
                loads & constant,
                pushes & (column >= widest),
            )
        )
        return m
