"""The tracker: video in, boxes out."""

from amaranth.hdl import Cat, Const, Module, Mux, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.camera import Strips
from siammixer.arch.fabric import CODE_BITS, SKIPPED_BITS, FabricDesign
from siammixer.arch.interface import ENTRY_BITS, RESPONSE_ADDRESS_BITS, RESPONSE_BITS
from siammixer.rtl.accelerator import SiamMixer
from siammixer.rtl.camera.frame_reader import FAULT_BITS
from siammixer.rtl.camera.layouts import COLOURS, VIDEO, frame_layout
from siammixer.rtl.camera.stream_crop import StreamCrop
from siammixer.rtl.host import WRITE
from siammixer.rtl.primitives.register_slice import RegisterSlice
from siammixer.rtl.technology.technology import GENERIC, Technology
from siammixer.rtl.tracker.first_box import FirstBox
from siammixer.rtl.tracker.frame_controller import ERROR_BITS, STATE_BITS, FrameController
from siammixer.rtl.tracker.frame_gate import FrameGate
from siammixer.rtl.tracker.program import INPUTS
from siammixer.rtl.tracker.tracker_loop import TrackerLoop, ports

FIRST = INPUTS[2:]
BOX_MAP_BITS = 9
"""Bits of a cell of the response: a box map's are INT8, and a block RAM's words have nine bits."""
BOX = ("left", "top", "width", "height", "confidence")
WINDOW = ("window_left", "window_top", "window_step")


class SiamTracker(wiring.Component):
    """Follows a target through a video, from its pixels to its boxes, without a host.

    Load weights and both programs through ``write``. Give the frames' size and a first box, and pulse
    ``take``: the next frame gives the template, the eight behind it the views, and each later one a box, as
    :meth:`siammixer.tracking.tracker.Tracker.learn` and ``update`` do. Each of them is told in one cycle of
    ``told``, in which ``state``, ``code``, the box and ``skipped`` belong to it. A frame with a fault is told
    with its code; nothing of it counts and the next one takes its place. Frames that begin too early are
    skipped and counted. With ``lossless`` they are held back, and no frame is lost.

    Parameters
    ----------
    design
        Sizes and settings.
    technology
        Parts that multipliers and memories are built of.
    multipliers
        Another technology for the crop's multipliers: of logic, where the core has all DSP blocks.
    logic_tables
        The tracker's tables stand in lookup tables instead of a block RAM, where the core has nearly all.

    Members
    -------
    write : In(stream.Signature(WRITE))
        Words for the core's memories, while no target is followed
        (:class:`siammixer.rtl.host.HostSignature`).
    refused : Out(8)
        Why the word of the cycle before was dropped.
    template_entry : In(ENTRY_BITS)
        Place of the template program's first word; it stays while a target is followed.
    search_entry : In(ENTRY_BITS)
        Place of the search program's; likewise.
    video : In(stream.Signature(VIDEO))
        The frames, of ``frame``'s size.
    lost : In(1)
        A pixel of the video was lost; none is taken in this cycle.
    frame : In(frame_layout(design.camera))
        Size of the frames; it stays while a target is followed, and from the offer of a frame's first pixel
        until its last has gone on into the crop: two pixels may wait between.
    first_x : In(ports(design.tracker)[0]["first_x"])
        Middle of the first box in 1/256 pixel from the frame's left edge. The box stands from ``take`` until
        ``taken``.
    first_y : In(ports(design.tracker)[0]["first_y"])
        Likewise from its upper edge.
    first_width : In(ports(design.tracker)[0]["first_width"])
        Width of the first box in 1/256 pixel.
    first_height : In(ports(design.tracker)[0]["first_height"])
        Its height.
    take : In(1)
        A target is given; one that is followed is given up.
    stop : In(1)
        The target is given up.
    lossless : In(1)
        The video waits: no frame is skipped.
    taken : Out(1)
        One cycle: the first box was read, or refused, which is told in the same cycle.
    following : Out(1)
        A target is followed.
    asked : Out(1)
        The next frame that begins is looked at.
    told : Out(1)
        One cycle: there is news of a frame, or of a first box that is refused.
    state : Out(STATE_BITS)
        What is known of the target (:class:`siammixer.arch.fabric.State`), at any time.
    code : Out(CODE_BITS)
        With ``told``: 0, or what was wrong (:func:`siammixer.arch.fabric.described`).
    skipped : Out(SKIPPED_BITS)
        With ``told``: frames that were skipped between this one and the one before it that was tried.
    left : Out(ports(design.tracker)[1]["left"])
        Left edge of the box in 1/512 pixel. The box stands from ``told`` until the next frame's search pass
        ends.
    top : Out(ports(design.tracker)[1]["top"])
        Its upper edge.
    width : Out(ports(design.tracker)[1]["width"])
        Width of the box in 1/256 pixel.
    height : Out(ports(design.tracker)[1]["height"])
        Its height.
    confidence : Out(ports(design.tracker)[1]["confidence"])
        Probability that the target is where the box is, in 1/32768, up to 32768.
    window_left : Out(ports(design.tracker)[1]["window_left"])
        Position of the first column of the window in 1/65536 pixel, 0 being the middle of the frame's first
        pixel: the window of the frame that is asked for, or in progress.
    window_top : Out(ports(design.tracker)[1]["window_top"])
        Position of its first row.
    window_step : Out(ports(design.tracker)[1]["window_step"])
        Its step, in 1/65536 pixel.
    template_window : Out(1)
        That window is the template's.
    response_address : In(RESPONSE_ADDRESS_BITS)
        Word of the response to read, channel after channel, each row by row: from ``told`` until the core's
        next run.
    response_data : Out(signed(RESPONSE_BITS))
        That word, three cycles later.
    computing : Out(1)
        The core runs: it rises in the cycle after its start and falls in that of its end.
    fault : Out(FAULT_BITS)
        One cycle: what was wrong with a frame of the video, tracked or not
        (:class:`siammixer.arch.camera.FrameFault`).
    identity : Out(64)
        Fingerprint of the accelerator.
    """

    def __init__(
        self,
        design: FabricDesign,
        technology: Technology = GENERIC,
        multipliers: Technology | None = None,
        *,
        logic_tables: bool = False,
    ):
        self._design, self._technology, self._multipliers = design, technology, multipliers
        self._logic_tables = logic_tables
        inputs, outputs = ports(design.tracker)
        super().__init__(
            {
                "write": In(stream.Signature(WRITE)),
                "refused": Out(8),
                "template_entry": In(ENTRY_BITS),
                "search_entry": In(ENTRY_BITS),
                "video": In(stream.Signature(VIDEO)),
                "lost": In(1),
                "frame": In(frame_layout(design.camera)),
                **{name: In(inputs[name]) for name in FIRST},
                **dict.fromkeys(("take", "stop", "lossless"), In(1)),
                **dict.fromkeys(("taken", "following", "asked", "told"), Out(1)),
                "state": Out(STATE_BITS),
                "code": Out(CODE_BITS),
                "skipped": Out(SKIPPED_BITS),
                **{name: Out(outputs[name]) for name in BOX + WINDOW},
                "template_window": Out(1),
                "response_address": In(RESPONSE_ADDRESS_BITS),
                "response_data": Out(signed(RESPONSE_BITS)),
                "computing": Out(1),
                "fault": Out(FAULT_BITS),
                "identity": Out(64),
            }
        )

    def elaborate(self, platform):
        m = Module()
        design, technology = self._design, self._technology
        m.submodules.core = core = SiamMixer(
            design.accelerator, technology, trace=False, response_bits=BOX_MAP_BITS
        )
        m.submodules.gate = gate = FrameGate()
        m.submodules.crop = crop = StreamCrop(design.camera, technology, self._multipliers)
        m.submodules.loop = loop = TrackerLoop(design.tracker, technology, logic_tables=self._logic_tables)
        m.submodules.first_box = first_box = FirstBox(design.tracker)
        m.submodules.controller = controller = FrameController()
        m.submodules.slice = slice_ = RegisterSlice(VIDEO)
        self._video(m, slice_, gate, crop, controller)
        self._crop(m, gate, crop, core, loop, controller)
        self._core(m, core, loop, controller)
        self._track(m, loop, first_box, controller)
        return m

    def _video(self, m: Module, slice_, gate, crop, controller) -> None:
        """The video, through the gate, into the crop."""
        wiring.connect(m, slice_.o, gate.i)
        wiring.connect(m, gate.o, crop.i)
        m.d.comb += [
            slice_.i.payload.eq(self.video.payload),
            slice_.i.valid.eq(self.video.valid & ~self.lost),
            self.video.ready.eq(slice_.i.ready & ~self.lost),
            # What waits here is forgotten with what waits in the queue.
            slice_.clear.eq(self.lost),
            crop.lost.eq(self.lost),
            crop.frame.eq(self.frame),
            gate.hold.eq(controller.hold),
            gate.counts.eq(controller.counts),
            gate.renew.eq(controller.renew),
            gate.joined.eq(crop.joined),
            gate.begin.eq(crop.begin),
            gate.whole.eq(crop.whole),
            gate.broken.eq(crop.fault != 0),
            gate.mean.eq(crop.mean),
            gate.mean_done.eq(crop.mean_done),
            controller.settled.eq(gate.settled),
            controller.joinable.eq(gate.joinable),
            controller.begin.eq(crop.begin),
            controller.joined.eq(crop.joined),
            self.fault.eq(crop.fault),
        ]

    def _crop(self, m: Module, gate, crop, core, loop, controller) -> None:
        """The window's pixels into the core."""
        strips = (self._design.template, self._design.search)
        wiring.connect(m, crop.o, core.host.pixels)
        m.d.comb += [
            crop.window.left.eq(loop.window_left),
            crop.window.top.eq(loop.window_top),
            crop.window.step.eq(loop.window_step),
            *(crop.window.fill[colour].eq(gate.fill[colour]) for colour in COLOURS),
            Value.cast(crop.strips).eq(Mux(controller.template, *map(self._strips, strips))),
            crop.start.eq(controller.crop_start),
            crop.join.eq(controller.crop_join),
            crop.clear.eq(controller.crop_clear),
            controller.crop_busy.eq(crop.busy),
            controller.crop_pixel.eq(crop.o.valid),
            controller.crop_error.eq(crop.error),
        ]

    def _strips(self, strips: Strips) -> Value:
        bits = self._design.camera.side.bit_length()
        return Cat(
            Const(size, bits) for size in (strips.columns, strips.rows, strips.advance, strips.last_top)
        )

    def _core(self, m: Module, core, loop, controller) -> None:
        """Words for the core, its runs, and its response."""
        host = core.host
        wiring.connect(m, wiring.flipped(self.write), host.write)
        # In a register: the program is known long before its run.
        m.d.sync += host.entry.eq(Mux(controller.template, self.template_entry, self.search_entry))
        m.d.comb += [
            self.refused.eq(host.refused),
            self.identity.eq(core.identity),
            self.computing.eq(host.busy),
            host.start.eq(controller.core_start),
            host.response_address.eq(Mux(loop.busy, loop.response_address, self.response_address)),
            *(loop.response_data.eq(host.response_data), self.response_data.eq(host.response_data)),
            controller.core_busy.eq(host.busy),
            controller.core_done.eq(host.done),
            controller.core_error.eq(host.error[:ERROR_BITS]),
        ]

    def _track(self, m: Module, loop, first_box, controller) -> None:
        """First box in, boxes out."""
        for block in (loop, first_box):
            m.d.comb += [block.image_width.eq(self.frame.width), block.image_height.eq(self.frame.height)]
            m.d.comb += [getattr(block, name).eq(getattr(self, name)) for name in FIRST]
        for name in ("take", "stop", "lossless"):
            m.d.comb += getattr(controller, name).eq(getattr(self, name))
        for name in ("taken", "following", "asked", "told", "state", "code", "skipped"):
            m.d.comb += getattr(self, name).eq(getattr(controller, name))
        m.d.comb += [getattr(self, name).eq(getattr(loop, name)) for name in BOX + WINDOW]
        m.d.comb += [
            controller.box_fault.eq(first_box.fault),
            loop.start.eq(controller.loop_start),
            loop.command.eq(controller.loop_command),
            controller.loop_done.eq(loop.done),
            controller.loop_lost.eq(loop.lost),
            self.template_window.eq(controller.template),
        ]
