"""A small first-in first-out buffer in logic RAM."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.rtl.technology.technology import GENERIC, Technology


class Queue(wiring.Component):
    """Keeps up to ``depth`` words in order.

    A word put in one cycle is offered from the next. It accepts while it holds fewer than
    ``depth`` words; an offer stays until it is taken. ``clear`` forgets every word.

    Parameters
    ----------
    shape
        Payload of both streams.
    depth
        Words held.
    technology
        Parts that its memory is built of.

    Members
    -------
    i : In(stream.Signature(shape))
        Words in.
    o : Out(stream.Signature(shape))
        Words out, in their order.
    level : Out(range(depth + 1))
        Words held now.
    clear : In(1)
        Every word is forgotten at the end of the cycle.
    """

    LATENCY = 1

    def __init__(self, shape, depth: int, technology: Technology = GENERIC):
        self._shape, self._depth, self._technology = shape, depth, technology
        super().__init__(
            {
                "i": In(stream.Signature(shape)),
                "o": Out(stream.Signature(shape)),
                "level": Out(range(depth + 1)),
                "clear": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = words = self._technology.logic_ram(shape=self._shape, depth=self._depth)
        read, write = words.read_port(domain="comb"), words.write_port()
        put, take = self.i.valid & self.i.ready, self.o.valid & self.o.ready
        ready = Signal(init=1)
        m.d.comb += [
            self.i.ready.eq(ready),
            write.data.eq(self.i.payload),
            write.en.eq(put),
            self.o.payload.eq(read.data),
        ]
        for port, moved in ((write, put), (read, take)):
            position = Signal(range(self._depth), name="write_position" if port is write else "read_position")
            m.d.comb += port.addr.eq(position)
            with m.If(moved):
                m.d.sync += position.eq(Mux(position == self._depth - 1, 0, position + 1))
            with m.If(self.clear):
                m.d.sync += position.eq(0)
        # Whether there is room, and a word, in registers: what is put or taken depends on them in the same
        # cycle.
        m.d.sync += [
            self.o.valid.eq(put | Mux(take, self.level > 1, self.level > 0)),
            ready.eq(take | Mux(put, self.level < self._depth - 1, self.level < self._depth)),
        ]
        # One more or one less: what is taken only chooses.
        with m.If(put & ~take):
            m.d.sync += self.level.eq(self.level + 1)
        with m.If(take & ~put):
            m.d.sync += self.level.eq(self.level - 1)
        with m.If(self.clear):
            m.d.sync += [self.level.eq(0), self.o.valid.eq(0), ready.eq(1)]
        return m
