"""The way in for a camera that cannot wait."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.rtl.camera.layouts import VIDEO
from siammixer.rtl.primitives.queue import Queue
from siammixer.rtl.technology.technology import GENERIC, Technology


class VideoQueue(wiring.Component):
    """Turns a camera's pixels, which come when they come, into a stream that may be stopped.

    A pixel is offered one cycle after it came. Up to ``depth`` of them wait. One that comes while ``depth``
    wait is lost: ``lost`` is high in that cycle, and all that wait are forgotten with it, for what follows
    belongs to no whole frame. Whoever takes the stream abandons its frame (``FrameReader.lost``).

    Parameters
    ----------
    depth
        Pixels that can wait.
    technology
        Parts that its memory is built of.

    Members
    -------
    pixel : In(VIDEO)
        The camera's pixel.
    valid : In(1)
        There is a pixel in this cycle.
    o : Out(stream.Signature(VIDEO))
        The pixels in their order.
    lost : Out(1)
        A pixel was lost in this cycle, and all that waited with it. An offer of ``o`` ends with it.
    """

    LATENCY = Queue.LATENCY

    def __init__(self, depth: int, technology: Technology = GENERIC):
        self._depth, self._technology = depth, technology
        super().__init__(
            {"pixel": In(VIDEO), "valid": In(1), "o": Out(stream.Signature(VIDEO)), "lost": Out(1)}
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.queue = queue = Queue(VIDEO, self._depth, self._technology)
        wiring.connect(m, wiring.flipped(self.o), queue.o)
        m.d.comb += [
            queue.i.payload.eq(self.pixel),
            queue.i.valid.eq(self.valid),
            self.lost.eq(self.valid & ~queue.i.ready),
            queue.clear.eq(self.lost),
        ]
        return m
