"""A register between two ends of a stream, in both directions."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class RegisterSlice(wiring.Component):
    """Passes a stream on from registers: no path leads through it, neither to ``o`` nor back to ``i.ready``.

    A word taken in one cycle is offered from the next (:attr:`LATENCY`), a word a cycle. It holds two at
    most: one more than it offers, taken in the cycle in which the other end stops. An offer of ``o`` stays
    until it is taken.

    Parameters
    ----------
    shape
        Payload of both streams.

    Members
    -------
    i : In(stream.Signature(shape))
        Words in.
    o : Out(stream.Signature(shape))
        The same words, in their order.
    clear : In(1)
        Every word is forgotten at the end of the cycle, also one that is taken in it.
    """

    LATENCY = 1

    def __init__(self, shape):
        self._shape = shape
        super().__init__(
            {"i": In(stream.Signature(shape)), "o": Out(stream.Signature(shape)), "clear": In(1)}
        )

    def elaborate(self, platform):
        m = Module()
        # A second word waits; none is taken then.
        waits = Signal()
        waiting = Signal(self._shape, reset_less=True)
        moves = ~self.o.valid | self.o.ready
        m.d.comb += self.i.ready.eq(~waits)
        m.d.sync += waits.eq(~moves & (waits | self.i.valid))
        with m.If(~waits):
            m.d.sync += waiting.eq(self.i.payload)
        with m.If(moves):
            m.d.sync += [
                self.o.valid.eq(waits | self.i.valid),
                self.o.payload.eq(Mux(waits, waiting, self.i.payload)),
            ]
        with m.If(self.clear):
            m.d.sync += [self.o.valid.eq(0), waits.eq(0)]
        return m
