"""The crop of a video stream, as the core takes it."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.camera import Camera, FrameFault
from siammixer.rtl.camera.frame_reader import FAULT_BITS, FrameReader
from siammixer.rtl.camera.horizontal import HorizontalResampler
from siammixer.rtl.camera.layouts import RGB, VIDEO, frame_layout, strips_layout, window_layout
from siammixer.rtl.camera.mean_colour import MeanColour
from siammixer.rtl.camera.source_rows import SourceRows
from siammixer.rtl.camera.strip_sender import StripSender
from siammixer.rtl.camera.vertical import VerticalResampler
from siammixer.rtl.datapath.pixel_windows import PIXEL
from siammixer.rtl.technology.technology import GENERIC, Technology


class StreamCrop(wiring.Component):
    """Cuts a window out of a frame as the frame comes, resampled to the core's crop, in the order in which
    the core takes its pixels; and tells every frame's mean colour.

    ``start`` asks for a crop of the next frame that begins; with ``join``, of the frame in progress, if the
    window's first row has not passed yet, which ``joined`` tells. From the cycle after on ``busy`` is high
    until the crop's last pixel has left, in the cycle after which ``done`` is high. Exactly one pixel is
    marked ``last``: where the frame has a ``fault`` before the crop has all it needs, it leaves early, so
    that the core ends its run with an error of its own; ``error`` beside ``done`` says what was wrong. Rows
    that lie above the frame may leave before it begins; ``done`` comes after. A frame that nobody asked for
    is only measured.

    The stream is stopped while a source row is needed for which the ring has no room: because the core takes
    no pixels, or takes them more slowly than they come. A camera that cannot wait stands behind a
    :class:`siammixer.rtl.camera.video_queue.VideoQueue`, whose ``lost`` is a fault of the frame.

    Parameters
    ----------
    camera
        Sizes.
    technology
        Parts that multipliers and memories are built of.
    multipliers
        Another technology for the multipliers: of logic, where the core has all DSP blocks.

    Members
    -------
    frame : In(frame_layout(camera))
        Size of the frames; it stays from a frame's begin to its end, and while ``busy``.
    window : In(window_layout(camera))
        The window; it stays while ``busy``.
    strips : In(strips_layout(camera))
        The strips of the crop; they stay while ``busy``.
    start : In(1)
        The next frame is to be cropped; only while not ``busy``.
    join : In(1)
        In the cycle of ``start``: the frame in progress may be cropped. Nothing of it has been.
    clear : In(1)
        The crop is given up, and no pixel of it stands in ``o`` any more: the core has ended its run.
    i : In(stream.Signature(VIDEO))
        The video.
    lost : In(1)
        A pixel of it was lost; none is taken in this cycle.
    o : Out(stream.Signature(PIXEL))
        The crop's pixels.
    busy : Out(1)
        A crop is waited for, or under way.
    done : Out(1)
        One cycle: the crop's last pixel has left.
    error : Out(FAULT_BITS)
        Why it left early (:class:`siammixer.arch.camera.FrameFault`), else 0; it stands until the next
        ``start``.
    begin : Out(1)
        One cycle: a frame begins.
    joined : Out(1)
        One cycle: the crop is one of the frame in progress.
    whole : Out(1)
        One cycle: a frame has all its pixels.
    fault : Out(FAULT_BITS)
        One cycle: what was wrong with a frame, else 0.
    mean : Out(RGB)
        The mean colour of the last whole frame.
    mean_done : Out(1)
        One cycle: there is a new one, MeanColour.LATENCY cycles after ``whole``.
    """

    # From the last sample of the source row that completes the crop, where nothing else is behind: the row is
    # known as complete, and what waits for it is there; its pixels are resampled; the sender has the rest.
    LATENCY = HorizontalResampler.LATENCY + 2 + VerticalResampler.LATENCY + StripSender.LATENCY

    def __init__(
        self,
        camera: Camera,
        technology: Technology = GENERIC,
        multipliers: Technology | None = None,
    ):
        self._camera, self._technology = camera, technology
        self._multipliers = multipliers or technology
        super().__init__(
            {
                "frame": In(frame_layout(camera)),
                "window": In(window_layout(camera)),
                "strips": In(strips_layout(camera)),
                "start": In(1),
                "join": In(1),
                "clear": In(1),
                "i": In(stream.Signature(VIDEO)),
                "lost": In(1),
                "o": Out(stream.Signature(PIXEL)),
                "busy": Out(1),
                "done": Out(1),
                "error": Out(FAULT_BITS),
                "begin": Out(1),
                "joined": Out(1),
                "whole": Out(1),
                "fault": Out(FAULT_BITS),
                "mean": Out(RGB),
                "mean_done": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        camera, technology = self._camera, self._technology
        m.submodules.reader = reader = FrameReader(camera)
        m.submodules.mean = mean = MeanColour(camera)
        m.submodules.horizontal = horizontal = HorizontalResampler(camera, self._multipliers)
        m.submodules.rows = rows = SourceRows(camera, technology)
        m.submodules.vertical = vertical = VerticalResampler(camera, self._multipliers)
        m.submodules.sender = sender = StripSender(camera, technology)
        self._control(m, reader, horizontal, rows, vertical, sender)
        self._read(m, reader, mean)
        self._resample(m, reader, horizontal, rows, vertical)
        m.d.comb += [
            vertical.room.eq(sender.room),
            sender.strips.eq(self.strips),
            sender.row.eq(vertical.row),
            sender.write_enable.eq(vertical.write_enable),
            sender.write_row.eq(vertical.write_row),
            sender.write_column.eq(vertical.write_column),
            sender.write_data.eq(vertical.write_data),
            sender.row_done.eq(vertical.done),
        ]
        wiring.connect(m, wiring.flipped(self.o), sender.o)
        return m

    def _control(self, m: Module, reader, horizontal, rows, vertical, sender) -> None:
        """When a crop begins, when it reads its frame, and when it is given up."""
        # The next frame is to be read; it is being read; pixels are still to leave.
        waiting = Signal()
        reading = Signal()
        under_way = Signal()
        begins = Signal()
        # Whether the frame in progress can still be joined is found out.
        joining = Signal()
        broken = Signal()
        spoilt = Signal()
        known = joining & ~vertical.waits & rows.open
        m.d.comb += [
            begins.eq(reader.begin & waiting),
            # A pixel too many behind a whole frame spoils nothing.
            spoilt.eq((reader.fault != FrameFault.NONE) & (reader.fault != FrameFault.LONG_FRAME)),
            # Nor does a fault behind the last row that is needed.
            broken.eq(spoilt & reading & vertical.busy),
            rows.begin.eq(reader.begin),
            # A frame that is not asked for leaves the rows of the one before, which may still be read.
            rows.fresh.eq(waiting),
            # Its window's first row is known, and the frame's next row is not behind it.
            # While it has such a row it is not whole.
            self.joined.eq(known & (rows.row <= vertical.needed) & ~spoilt),
            rows.join.eq(self.joined),
            rows.wanted.eq(reading & vertical.busy),
            # No row starts while it is found out whether the next one is the first that is needed.
            rows.waits.eq(vertical.waits | joining),
            rows.clear.eq(spoilt),
            # The last row of the frame before may still be on its way, a pixel that is a fault just be taken.
            horizontal.broken.eq(spoilt),
            horizontal.clear.eq(begins),
            vertical.begin.eq(self.start),
            vertical.complete.eq(Mux(waiting, 0, rows.complete)),
            vertical.clear.eq(broken | self.clear),
            sender.begin.eq(self.start),
            sender.stop.eq(broken),
            sender.clear.eq(self.clear),
            self.busy.eq(under_way),
            self.done.eq(under_way & ~waiting & ~sender.busy),
        ]
        with m.If(reader.begin):
            m.d.sync += [waiting.eq(0), reading.eq(waiting)]
        with m.If(self.joined):
            m.d.sync += [waiting.eq(0), reading.eq(1)]
        with m.If(joining & ~vertical.waits):
            m.d.sync += joining.eq(0)
        with m.If(reader.whole | spoilt):
            m.d.sync += reading.eq(0)
        with m.If(reader.whole | spoilt | reader.begin):
            m.d.sync += joining.eq(0)
        m.d.sync += under_way.eq(under_way & ~self.done)
        with m.If(broken):
            m.d.sync += self.error.eq(reader.fault)
        with m.If(self.start):
            # What is left of a frame whose crop has ended is for nobody.
            m.d.sync += [waiting.eq(1), reading.eq(0), under_way.eq(1), self.error.eq(FrameFault.NONE)]
            m.d.sync += joining.eq(self.join & ~reader.begin)
        with m.If(self.clear):
            m.d.sync += [waiting.eq(0), reading.eq(0), under_way.eq(0), joining.eq(0)]

    def _read(self, m: Module, reader, mean) -> None:
        """Frames, and their mean colours."""
        wiring.connect(m, wiring.flipped(self.i), reader.i)
        m.d.comb += [
            reader.frame.eq(self.frame),
            reader.lost.eq(self.lost),
            self.begin.eq(reader.begin),
            self.whole.eq(reader.whole),
            self.fault.eq(reader.fault),
            mean.begin.eq(reader.begin),
            mean.pixel.eq(reader.o.payload),
            mean.valid.eq(reader.o.valid & reader.o.ready),
            mean.end.eq(reader.whole),
            self.mean.eq(mean.mean),
            self.mean_done.eq(mean.done),
        ]

    def _resample(self, m: Module, reader, horizontal, rows, vertical) -> None:
        """Rows of the frame to rows of the crop. Without a crop all rows of a frame are skipped."""
        wiring.connect(m, reader.o, horizontal.i)
        m.d.comb += [
            horizontal.frame.eq(self.frame),
            horizontal.window.eq(self.window),
            horizontal.strips.eq(self.strips),
            horizontal.start.eq(rows.start),
            horizontal.skip.eq(rows.skip),
            rows.height.eq(self.frame.height),
            rows.needed.eq(vertical.needed),
            rows.resampling.eq(horizontal.busy),
            rows.write_enable.eq(horizontal.write_enable),
            rows.write_column.eq(horizontal.write_column),
            rows.write_data.eq(horizontal.write_data),
            rows.done.eq(horizontal.done),
            rows.read_row.eq(vertical.read_row),
            rows.read_column.eq(vertical.read_column),
            vertical.frame.eq(self.frame),
            vertical.window.eq(self.window),
            vertical.columns.eq(self.strips.columns),
            vertical.rows.eq(self.strips.last_top + self.strips.rows),
            vertical.upper.eq(rows.upper),
            vertical.lower.eq(rows.lower),
        ]
