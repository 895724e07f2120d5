"""The whole tracker as an IP: AXI4-Lite registers, AXI4-Stream video, an interrupt line."""

from amaranth.hdl import Module, ResetInserter
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.fabric import FabricDesign
from siammixer.rtl.bus.axi_core import PIXEL_BITS
from siammixer.rtl.bus.axi_lite import BUS, connect_bus
from siammixer.rtl.bus.tracker_news import BOX, HEAD, WINDOW, TrackerNews
from siammixer.rtl.bus.tracker_registers import ENTRIES, TrackerRegisters
from siammixer.rtl.siam_tracker import FIRST, SiamTracker
from siammixer.rtl.technology.technology import GENERIC, Technology

VIDEO_STREAM = {
    "s_axis_video_tdata": In(PIXEL_BITS),
    "s_axis_video_tvalid": In(1),
    "s_axis_video_tready": Out(1),
    "s_axis_video_tuser": In(1),
    "s_axis_video_tlast": In(1),
}
"""The signals of the video, as its sink sees them."""


class AxiTracker(wiring.Component):
    """The tracker behind AXI: registers (:mod:`siammixer.arch.tracker_registers`) and video.

    Its ports have the names from which tools infer the buses. The video is a stream of pixels, one a
    transfer: ``tuser`` marks the first pixel of a frame, ``tlast`` the last one of a line. A reset by
    ``aresetn`` or by the registers must last one cycle at least.

    Parameters
    ----------
    design
        Sizes and settings.
    technology
        Parts that multipliers and memories are built of.
    multipliers
        Another technology for the crop's multipliers.
    logic_tables
        As :class:`siammixer.rtl.siam_tracker.SiamTracker` has it.

    Members
    -------
    aclk : In(1)
        The clock of everything.
    aresetn : In(1)
        The reset, synchronous, active low.
    s_axi_... : AXI_LITE
        The registers.
    s_axis_video_... : VIDEO_STREAM
        The video; ``tdata`` is red, green and blue from the lowest bit on.
    interrupt : Out(1)
        There is news, where the register INTERRUPT asks for it.
    """

    def __init__(
        self,
        design: FabricDesign,
        technology: Technology = GENERIC,
        multipliers: Technology | None = None,
        *,
        logic_tables: bool = False,
    ):
        self._design = design
        self._parts = {"technology": technology, "multipliers": multipliers, "logic_tables": logic_tables}
        super().__init__(BUS | VIDEO_STREAM | {"interrupt": Out(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.registers = registers = TrackerRegisters(self._design)
        connect_bus(m, self, registers)
        tracker = SiamTracker(self._design, **self._parts)
        news = TrackerNews(self._design.tracker)
        m.submodules.tracker = ResetInserter(registers.tracker_reset)(tracker)
        m.submodules.news = ResetInserter(registers.tracker_reset)(news)
        m.d.comb += self.interrupt.eq(registers.interrupt)
        self._watch(m, tracker)
        self._drive(m, registers, tracker)
        self._tell(m, tracker, news, registers)
        return m

    def _watch(self, m: Module, tracker: SiamTracker) -> None:
        """The video's pixels; none of them is ever lost, for the stream can wait."""
        pixel = tracker.video.payload
        m.d.comb += [
            pixel.red.eq(self.s_axis_video_tdata[:8]),
            pixel.green.eq(self.s_axis_video_tdata[8:16]),
            pixel.blue.eq(self.s_axis_video_tdata[16:24]),
            pixel.first.eq(self.s_axis_video_tuser),
            pixel.last.eq(self.s_axis_video_tlast),
            tracker.video.valid.eq(self.s_axis_video_tvalid),
            self.s_axis_video_tready.eq(tracker.video.ready),
        ]

    def _drive(self, m: Module, registers: TrackerRegisters, tracker: SiamTracker) -> None:
        wiring.connect(m, registers.write, tracker.write)
        for name in (*ENTRIES, "frame", *FIRST, "take", "stop", "lossless"):
            m.d.comb += getattr(tracker, name).eq(getattr(registers, name))
        for name in ("refused", "taken", "following", "computing", "state", "fault"):
            m.d.comb += getattr(registers, name).eq(getattr(tracker, name))

    def _tell(self, m: Module, tracker: SiamTracker, news: TrackerNews, registers: TrackerRegisters) -> None:
        """The news, first to where they are kept, then to the registers."""
        for name in ("told", "computing"):
            m.d.comb += getattr(news, name).eq(getattr(tracker, name))
        for name in HEAD + BOX + WINDOW:
            m.d.comb += getattr(news.i, name).eq(getattr(tracker, name))
        m.d.comb += [
            news.next.eq(registers.next),
            registers.waiting.eq(news.waiting),
            registers.news.eq(news.news),
        ]
