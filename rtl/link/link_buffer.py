"""Whole messages, in order, in block RAM."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.rtl.link.link_frame import MESSAGE_BYTE
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.technology.technology import GENERIC, Technology


class MessageBuffer(wiring.Component):
    """Keeps the messages that are known to be right; offers none of a message before its last byte is in.

    A message for which there is no room is dropped as a whole when its last byte comes. A byte leaves every
    third cycle.

    Parameters
    ----------
    depth
        Bytes held, a power of two; one less can be used.
    technology
        Parts that its memory is built of.

    Members
    -------
    i : In(stream.Signature(MESSAGE_BYTE))
        Bytes of messages; they cannot wait.
    drop : In(1)
        What came since the latest last byte is forgotten.
    clear : In(1)
        Everything is forgotten; nothing may be taken in this cycle.
    o : Out(stream.Signature(MESSAGE_BYTE))
        Bytes of whole messages.
    overflow : Out(1)
        One cycle: a message was dropped for want of room.
    """

    def __init__(self, depth: int, technology: Technology = GENERIC):
        if depth & (depth - 1):
            raise ValueError(f"depth must be a power of two, not {depth}")
        self._depth, self._technology = depth, technology
        super().__init__(
            {
                "i": In(stream.Signature(MESSAGE_BYTE)),
                "drop": In(1),
                "clear": In(1),
                "o": Out(stream.Signature(MESSAGE_BYTE)),
                "overflow": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.ram = ram = self._technology.block_ram(width=MESSAGE_BYTE.size, depth=self._depth)
        # Next byte to write, end of the last whole message, next byte to read.
        head, whole, tail = (Signal(range(self._depth), name=name) for name in ("head", "whole", "tail"))
        # One and two bytes before the next byte to read, counted with it so that no sum stands in `full`.
        before, second_before = (
            Signal(range(self._depth), name=name, init=-places % self._depth)
            for places, name in enumerate(("before", "second_before"), 1)
        )
        full, lost = (Signal(name=name) for name in ("full", "lost"))
        whole_full = whole == before
        m.d.comb += [
            self.i.ready.eq(1),
            ram.write_enable.eq(self.i.valid & ~full),
            ram.write_address.eq(head),
            ram.write_data.eq(self.i.payload),
        ]
        # In a register: it knows of the byte that is taken now, and a cycle late of one that leaves.
        m.d.sync += full.eq((head == before) | (self.i.valid & (head == second_before)))
        with m.If(self.i.valid):
            m.d.sync += [lost.eq((lost | full) & ~self.i.payload.last), head.eq(Mux(full, head, head + 1))]
            with m.If(self.i.payload.last):
                with m.If(lost | full):
                    m.d.comb += self.overflow.eq(1)
                    m.d.sync += [head.eq(whole), full.eq(whole_full)]
                with m.Else():
                    m.d.sync += whole.eq(head + 1)
        with m.If(self.drop):
            m.d.sync += [head.eq(whole), full.eq(whole_full), lost.eq(0)]
        self._read(m, ram, (tail, before, second_before), whole)
        with m.If(self.clear):
            m.d.sync += [head.eq(0), whole.eq(0), full.eq(0), lost.eq(0)]
            m.d.sync += [place.eq(place.init) for place in (tail, before, second_before)]
        return m

    def _read(self, m: Module, ram: BlockRam, places: tuple[Signal, ...], whole: Signal) -> None:
        """Fetch the byte at the first of ``places``, offer it, go on with all of them when it is taken."""
        tail = places[0]
        wait = Signal(range(ram.LATENCY))
        m.d.comb += [ram.read_address.eq(tail), self.o.payload.eq(ram.read_data)]
        with m.FSM():
            with m.State("empty"):
                # This is the first cycle with the byte's address.
                m.d.sync += wait.eq(ram.LATENCY - 2)
                with m.If((tail != whole) & ~self.clear):
                    m.next = "fetch"
            with m.State("fetch"):
                m.d.sync += wait.eq(wait - 1)
                with m.If(wait == 0):
                    m.next = "offer"
                with m.If(self.clear):
                    m.next = "empty"
            with m.State("offer"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(self.o.ready):
                    m.d.sync += [place.eq(place + 1) for place in places]
                    m.next = "empty"
                with m.If(self.clear):
                    m.next = "empty"
