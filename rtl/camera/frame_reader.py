"""Frames of a video stream, and what can be wrong with them."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.camera import Camera, FrameFault
from siammixer.rtl.camera.layouts import RGB, VIDEO, frame_layout

FAULT_BITS = max(FrameFault).bit_length()


class FrameReader(wiring.Component):
    """Passes the pixels of whole, well-formed frames on, row by row, ``width`` x ``height`` of each.

    Pixels that belong to no frame are taken and dropped: before the first frame, after a fault, between
    frames. When a frame's first pixel is offered, ``begin`` is high for one cycle; its pixels pass from the
    next cycle on, each in the cycle in which it is taken (latency 0, a pixel a cycle). The last one makes
    ``whole`` high. A frame with a fault ends with it: what has passed stands, nothing more of it passes, and
    the next frame begins as ever. ``o.valid`` does not wait for the pixel to be judged: what ``o`` offers in
    the cycle of a ``fault`` is no pixel of the frame, and is offered no longer.

    Parameters
    ----------
    camera
        Sizes.

    Members
    -------
    frame : In(frame_layout(camera))
        Size of the frames; it stays from ``begin`` to the frame's end.
    i : In(stream.Signature(VIDEO))
        The stream.
    lost : In(1)
        A pixel of the stream was lost: the frame is given up. No pixel is taken in this cycle.
    o : Out(stream.Signature(RGB))
        The frame's pixels.
    begin : Out(1)
        One cycle: a frame begins.
    whole : Out(1)
        One cycle: the frame's last pixel passes.
    fault : Out(FAULT_BITS)
        One cycle: what was wrong with the frame (:class:`siammixer.arch.camera.FrameFault`), else 0.
    """

    def __init__(self, camera: Camera):
        self._camera = camera
        super().__init__(
            {
                "frame": In(frame_layout(camera)),
                "i": In(stream.Signature(VIDEO)),
                "lost": In(1),
                "o": Out(stream.Signature(RGB)),
                "begin": Out(1),
                "whole": Out(1),
                "fault": Out(FAULT_BITS),
            }
        )

    def elaborate(self, platform):
        m = Module()
        camera, i, o = self._camera, self.i, self.o
        inside = Signal()
        ended = Signal()
        column = Signal(range(camera.frame_width))
        row = Signal(range(camera.frame_height))
        # Where the pixel stands, in registers: whether it passes depends on them in the same cycle.
        at_start = Signal()
        end_of_line = Signal()
        last_row = Signal()
        fault = Signal(FAULT_BITS)
        m.d.comb += [fault.eq(_fault(i.payload, at_start, end_of_line)), o.payload.eq(i.payload)]
        with m.If(self.lost):
            m.d.comb += self.fault.eq(Mux(inside, FrameFault.OVERFLOW, FrameFault.NONE))
            m.d.sync += [inside.eq(0), ended.eq(0)]
        with m.Elif(~inside):
            # A frame's first pixel waits for the cycle after ``begin``.
            m.d.comb += [i.ready.eq(~i.payload.first), self.begin.eq(i.valid & i.payload.first)]
            with m.If(i.valid):
                m.d.comb += self.fault.eq(Mux(ended & ~i.payload.first, FrameFault.LONG_FRAME, 0))
                m.d.sync += [ended.eq(0), inside.eq(i.payload.first), column.eq(0), row.eq(0)]
                m.d.sync += [
                    at_start.eq(1),
                    end_of_line.eq(self.frame.width == 1),
                    last_row.eq(self.frame.height == 1),
                ]
        with m.Else():
            # The first pixel of a frame that begins too early stays where it is: it begins that frame.
            good = fault == FrameFault.NONE
            m.d.comb += [
                o.valid.eq(i.valid),
                i.ready.eq(Mux(good, o.ready, fault != FrameFault.SHORT_FRAME)),
            ]
            with m.If(i.valid & ~good):
                m.d.comb += self.fault.eq(fault)
                m.d.sync += inside.eq(0)
            # Behind a fault it does not matter where the pixel stood: the next frame begins anew.
            with m.If(o.valid & o.ready):
                next_column = Mux(end_of_line, 0, column + 1)
                m.d.sync += [
                    *(column.eq(next_column), at_start.eq(0)),
                    end_of_line.eq(next_column == self.frame.width - 1),
                ]
                with m.If(end_of_line):
                    m.d.sync += [row.eq(row + 1), last_row.eq(row + 1 == self.frame.height - 1)]
                    with m.If(last_row & good):
                        m.d.comb += self.whole.eq(1)
                        m.d.sync += [inside.eq(0), ended.eq(1)]
        return m


def _fault(pixel, at_start: Value, end_of_line: Value) -> Value:
    """The fault of a frame that its pixel shows at its place."""
    line = Mux(
        pixel.last & ~end_of_line,
        FrameFault.SHORT_LINE,
        Mux(end_of_line & ~pixel.last, FrameFault.LONG_LINE, FrameFault.NONE),
    )
    return Mux(pixel.first & ~at_start, FrameFault.SHORT_FRAME, line)
