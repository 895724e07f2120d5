"""The way of a frame into the crop: when it may begin, and the colour around it."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.rtl.camera.layouts import RGB, VIDEO


class FrameGate(wiring.Component):
    """Holds a frame's first pixel back while no frame may begin, and keeps the colour that lies around the
    next crop.

    Pixels pass in the cycle in which they are taken (latency 0, a pixel a cycle). Within a frame none is held
    back. A frame does not begin while ``hold`` is high, nor until the mean colour of the frame before is
    known.

    The ``fill`` is the mean colour of the frame before the crop's (docs/numerics.md), of those that count:
    frames that the tracker looks at, and all while it follows no target. It changes with ``renew`` only, so
    that it stands while a crop is under way.

    Members
    -------
    i : In(stream.Signature(VIDEO))
        The video.
    o : Out(stream.Signature(VIDEO))
        The same, for :class:`siammixer.rtl.camera.stream_crop.StreamCrop`.
    hold : In(1)
        No frame may begin.
    counts : In(1)
        The frame that begins in this cycle counts.
    joined : In(1)
        The frame in progress counts from now on.
    renew : In(1)
        ``fill`` becomes the latest mean colour that counts, only while ``settled`` or ``joinable``.
    begin : In(1)
        A frame begins, as StreamCrop tells it.
    whole : In(1)
        The frame has all its pixels.
    broken : In(1)
        The frame has ended with a fault.
    mean : In(RGB)
        The mean colour of the last whole frame.
    mean_done : In(1)
        There is a new one.
    settled : Out(1)
        No frame is in progress and no mean colour is computed: ``hold``, once it is high, then keeps the next
        frame back.
    joinable : Out(1)
        A frame is in progress that does not count.
    fill : Out(RGB)
        The colour around the crop.
    """

    def __init__(self):
        super().__init__(
            {
                "i": In(stream.Signature(VIDEO)),
                "o": Out(stream.Signature(VIDEO)),
                "hold": In(1),
                "counts": In(1),
                "joined": In(1),
                "renew": In(1),
                "begin": In(1),
                "whole": In(1),
                "broken": In(1),
                "mean": In(RGB),
                "mean_done": In(1),
                "settled": Out(1),
                "joinable": Out(1),
                "fill": Out(RGB),
            }
        )

    def elaborate(self, platform):
        m = Module()
        inside = Signal()
        dividing = Signal()
        counting = Signal()
        latest = Signal(RGB)
        held = Signal()
        m.d.comb += [
            # Within a frame a first pixel is a fault of that frame, which must be seen.
            held.eq(self.i.payload.first & ~inside & (self.hold | dividing)),
            self.o.payload.eq(self.i.payload),
            self.o.valid.eq(self.i.valid & ~held),
            self.i.ready.eq(self.o.ready & ~held),
            self.settled.eq(~inside & ~dividing),
            self.joinable.eq(inside & ~counting),
        ]
        with m.If(self.whole | self.broken):
            m.d.sync += inside.eq(0)
        with m.If(self.whole):
            m.d.sync += dividing.eq(1)
        with m.If(self.mean_done):
            m.d.sync += dividing.eq(0)
            with m.If(counting):
                m.d.sync += latest.eq(self.mean)
        with m.If(self.joined):
            m.d.sync += counting.eq(1)
        with m.If(self.begin):
            m.d.sync += [inside.eq(1), counting.eq(self.counts)]
        with m.If(self.renew):
            m.d.sync += self.fill.eq(latest)
        return m
