"""The windows of a fused step: when its results go into them, and when one of them is to be multiplied."""

from amaranth.hdl import Cat, Module, Mux
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import LANE_CYCLES
from siammixer.arch.instruction import FIELDS
from siammixer.rtl.primitives.queue import Queue
from siammixer.rtl.primitives.skew import delay

# Of a window: where its result is written, its weights, and its bias and multiplier.
PLACE = data.StructLayout({"address": 16, "weight": 16, "constant": FIELDS["blocks"]})


class FusedWindows(wiring.Component):
    """Follows a fused step's results, LANE_CYCLES behind the last operand of their sums.

    The result of a sum whose last operand was issued with ``result`` is in the lane, and ``push`` is high,
    LANE_CYCLES cycles later. Where it makes a window whole, ``due`` says so in the cycle before, and until
    ``taken``: from then on, and before the next result comes, the window can be multiplied. No
    back-pressure: the windows of LANE_CYCLES results find room.

    Members
    -------
    clear
        A step begins.
    result, whole, row_ends
        The last operand of a sum is issued; its result makes a window whole; it is the last of its row.
    place
        Of that window, if it is whole.
    push, column
        A result goes into the window, and as which of its row (both blocks' of a row that alternate).
    due, taken
        A window can be multiplied in the next cycle's issue, and will be.
    multiply, at
        It is multiplied; its place, which is there from ``due`` on.
    """

    def __init__(self):
        super().__init__(
            {
                "clear": In(1),
                "result": In(1),
                "whole": In(1),
                "row_ends": In(1),
                "place": In(PLACE),
                "push": Out(1),
                "column": Out(FIELDS["columns"]),
                "due": Out(1),
                "taken": In(1),
                "multiply": In(1),
                "at": Out(PLACE),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.places = places = Queue(PLACE, LANE_CYCLES + 1)
        whole = self.result & self.whole
        m.d.comb += [
            places.i.valid.eq(whole),
            places.i.payload.eq(self.place),
            places.o.ready.eq(self.multiply),
            places.clear.eq(self.clear),
            self.at.eq(places.o.payload),
        ]
        arrived = delay(m, Cat(self.result, self.row_ends), LANE_CYCLES, "arrived")
        m.d.comb += self.push.eq(arrived[0])
        with m.If(self.push):
            m.d.sync += self.column.eq(Mux(arrived[1], 0, self.column + 1))
        # A register before the cycle that it speaks of, which is one before the push.
        m.d.sync += self.due.eq(delay(m, whole, LANE_CYCLES - 2, "whole") | (self.due & ~self.taken))
        with m.If(self.clear):
            m.d.sync += [self.column.eq(0), self.due.eq(0)]
        return m
