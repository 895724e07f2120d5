"""The windows of a fused step: when its results go into them, and when one of them is to be multiplied."""

from amaranth.hdl import Cat, Module, Mux
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import LANE_CYCLES
from siammixer.arch.instruction import FIELDS
from siammixer.rtl.primitives.queue import Queue
from siammixer.rtl.primitives.skew import delay
from siammixer.rtl.technology.technology import GENERIC, Technology

PLACE = data.StructLayout(
    {
        "address": 16,  # where the window's result is written
        "weight": 16,  # the word of its weights
        "constant": FIELDS["blocks"],  # the number of its bias and multiplier
    }
)
"""What belongs to a window of a fused step."""


class FusedWindows(wiring.Component):
    """Follows a fused step's results, LANE_CYCLES behind the last operand of their sums.

    The result of a sum whose last operand was issued with ``result`` is in the lane, and ``push`` is high,
    LANE_CYCLES cycles later. Where it makes a window whole, ``due`` says so in the cycle before, and until
    ``taken``: from then on, and before the next result comes, the window can be multiplied. No
    back-pressure: the windows of LANE_CYCLES results find room.

    Parameters
    ----------
    technology
        Parts that the queue of places is built of.

    Members
    -------
    clear : In(1)
        A step begins.
    result : In(1)
        The last operand of a sum is issued.
    whole : In(1)
        That sum's result makes a window whole.
    row_ends : In(1)
        That result is the last of its row.
    place : In(PLACE)
        What belongs to the window that the result makes whole.
    push : Out(1)
        A result goes into the window.
    column : Out(FIELDS["columns"])
        Which of its row the result is; both blocks' count in a row where two alternate.
    due : Out(1)
        A window can be multiplied in the next cycle's issue.
    taken : In(1)
        It will be multiplied then.
    multiply : In(1)
        The window is multiplied.
    at : Out(PLACE)
        What belongs to the window that is due; it stands from ``due`` until ``multiply``.
    """

    def __init__(self, technology: Technology = GENERIC):
        self._technology = technology
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
        m.submodules.places = places = Queue(PLACE, LANE_CYCLES + 1, self._technology)
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
