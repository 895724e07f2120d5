"""A frame's course: crop, search pass, the tracker's command, and what is told of it."""

from __future__ import annotations

from enum import IntEnum

from amaranth.hdl import Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.errors import Error
from siammixer.arch.fabric import CODE_BITS, NUMBER_BITS, SKIPPED_BITS, SOURCE_BITS, Source, State
from siammixer.arch.tracker import VIEWS
from siammixer.rtl.camera.frame_reader import FAULT_BITS
from siammixer.rtl.tracker.first_box import BOX_FAULT_BITS
from siammixer.rtl.tracker.program import COMMANDS

STATE_BITS = max(State).bit_length()
ERROR_BITS = max(Error).bit_length()
BEGIN, VIEW, SEEN, UPDATE = range(len(COMMANDS))


class Phase(IntEnum):
    """A frame's purpose."""

    TEMPLATE = 0
    VIEW = 1
    SEARCH = 2


class FrameController(wiring.Component):
    """Leads a target from its first box through the frames, one after the other.

    ``take`` gives a target. Its first frame gives the template, the next eight the views, each later one a
    search and a box. For each frame it asks for the crop, starts the core when the crop's first pixel is
    there, and gives the response to the tracker. Then it tells what came of it, in one cycle of ``told``. A
    frame with a fault is told with its ``code``, changes nothing, and the next one takes its place. A frame
    that begins before the last one is told is looked at where its window's first row has not passed yet; else
    it is skipped and counted, unless ``lossless`` holds it back.

    From the core's ``done`` to ``told`` are :attr:`LATENCY` cycles and those of the tracker's command.

    Members
    -------
    take : In(1)
        A target is given; one that is followed is given up. Its box and the frame's size stand until
        ``taken``.
    stop : In(1)
        The target is given up.
    lossless : In(1)
        The video waits: no frame is skipped.
    box_fault : In(BOX_FAULT_BITS)
        What is wrong with the first box (:class:`siammixer.arch.fabric.BoxFault`), from the cycle after
        ``take`` on.
    taken : Out(1)
        One cycle: the first box was read, or refused, which is told in the same cycle.
    following : Out(1)
        A target is followed.
    asked : Out(1)
        The next frame that begins is looked at.
    settled : In(1)
        :class:`siammixer.rtl.tracker.frame_gate.FrameGate`: no frame is in progress.
    joinable : In(1)
        Likewise: a frame is in progress that is not looked at.
    begin : In(1)
        A frame begins in this cycle.
    joined : In(1)
        The crop that was asked for is one of the frame in progress.
    hold : Out(1)
        To the gate: no frame may begin.
    counts : Out(1)
        To the gate: the mean colour of the frame that begins counts.
    renew : Out(1)
        To the gate: the colour around the next crop is taken over.
    template : Out(1)
        The crop and the program are the template's.
    crop_start : Out(1)
        :class:`siammixer.rtl.camera.stream_crop.StreamCrop` shall crop the next frame.
    crop_join : Out(1)
        In the cycle of ``crop_start``: or the frame in progress.
    crop_clear : Out(1)
        It shall give the crop up.
    crop_busy : In(1)
        A crop is under way.
    crop_pixel : In(1)
        A pixel of it is offered.
    crop_error : In(FAULT_BITS)
        Why it ended early (:class:`siammixer.arch.camera.FrameFault`); it stands until ``crop_start``.
    core_start : Out(1)
        The core shall run.
    core_busy : In(1)
        It runs, or a reset has just been.
    core_done : In(1)
        One cycle: its run has ended.
    core_error : In(ERROR_BITS)
        Why it ended early (:class:`siammixer.arch.errors.Error`); it stands until ``core_start``.
    loop_start : Out(1)
        :class:`siammixer.rtl.tracker.tracker_loop.TrackerLoop` shall carry out a command.
    loop_command : Out(range(len(COMMANDS)))
        The command, in the cycle of ``loop_start``.
    loop_done : In(1)
        One cycle: it is carried out.
    loop_lost : In(1)
        The target counts as lost.
    told : Out(1)
        One cycle: there is news of a frame, or of a first box that is refused.
    state : Out(STATE_BITS)
        What is known of the target (:class:`siammixer.arch.fabric.State`), at any time.
    code : Out(CODE_BITS)
        With ``told``: 0, or what was wrong (:func:`siammixer.arch.fabric.described`).
    skipped : Out(SKIPPED_BITS)
        With ``told``: frames that were skipped between this one and the one before it that was tried.
    """

    # The judgement, and what the command does not count.
    LATENCY = 2

    def __init__(self):
        super().__init__(
            {
                **dict.fromkeys(("take", "stop", "lossless"), In(1)),
                "box_fault": In(BOX_FAULT_BITS),
                **dict.fromkeys(("taken", "following", "asked"), Out(1)),
                **dict.fromkeys(("settled", "joinable", "begin", "joined"), In(1)),
                **dict.fromkeys(("hold", "counts", "renew"), Out(1)),
                **dict.fromkeys(("template", "crop_start", "crop_join", "crop_clear"), Out(1)),
                **dict.fromkeys(("crop_busy", "crop_pixel"), In(1)),
                "crop_error": In(FAULT_BITS),
                "core_start": Out(1),
                **dict.fromkeys(("core_busy", "core_done"), In(1)),
                "core_error": In(ERROR_BITS),
                "loop_start": Out(1),
                "loop_command": Out(range(len(COMMANDS))),
                **dict.fromkeys(("loop_done", "loop_lost"), In(1)),
                "told": Out(1),
                "state": Out(STATE_BITS),
                "code": Out(CODE_BITS),
                "skipped": Out(SKIPPED_BITS),
            }
        )

    def elaborate(self, platform):
        m = Module()
        r = _Registers()
        m.d.comb += self.following.eq(1)
        with m.FSM():
            self._begin(m, r)
            self._crop(m, r)
            self._compute(m, r)
        self._wishes(m, r)
        self._frames(m, r)
        searching = Mux(self.loop_lost, State.LOST, State.TRACKING)
        known = Mux(r.phase == Phase.SEARCH, searching, State.LEARNING)
        m.d.comb += [
            self.template.eq(r.phase == Phase.TEMPLATE),
            self.state.eq(Mux(self.following, known, State.IDLE)),
        ]
        return m

    def _wishes(self, m: Module, r: _Registers) -> None:
        """Wishes are kept while they cannot be fulfilled."""
        with m.If(r.heard):
            m.d.sync += r.taking.eq(0)
        with m.If(~self.following):
            m.d.sync += r.stopping.eq(0)
        with m.If(self.take):
            m.d.sync += r.taking.eq(1)
        with m.If(self.stop):
            m.d.sync += [r.stopping.eq(1), r.taking.eq(0)]
        m.d.comb += r.ending.eq(r.taking | r.stopping)

    def _frames(self, m: Module, r: _Registers) -> None:
        """Frames are held back, or skipped and counted."""
        skips = self.begin & self.following & ~r.passed.all()
        m.d.comb += [
            self.hold.eq(r.asking | (self.lossless & (self.following | r.taking | self.take) & ~self.asked)),
            self.counts.eq(self.asked | ~self.following),
        ]
        m.d.sync += r.passed.eq(r.passed + skips)
        with m.If(self.begin & self.asked):
            m.d.sync += [self.asked.eq(0), self.skipped.eq(r.passed), r.passed.eq(0)]
        with m.If(self.joined):
            # That frame was counted as skipped when it began, if a target was followed then.
            m.d.sync += [self.asked.eq(0), self.skipped.eq(r.passed - (r.passed != 0)), r.passed.eq(0)]
        with m.If(~self.following):
            m.d.sync += [self.skipped.eq(0), r.passed.eq(0)]

    def _command(self, m: Module, r: _Registers, command: int, *, tell: bool) -> None:
        """The tracker computes, and then the frame is told, or the next one is asked for."""
        m.d.comb += [self.loop_start.eq(1), self.loop_command.eq(command)]
        m.d.sync += r.tell.eq(tell)
        m.next = "COMPUTE"

    def _begin(self, m: Module, r: _Registers) -> None:
        """A target is taken over."""
        with m.State("IDLE"):
            m.d.comb += self.following.eq(0)
            m.d.sync += [r.phase.eq(Phase.TEMPLATE), r.views.eq(len(VIEWS) - 1), r.begun.eq(0)]
            with m.If(r.taking):
                m.next = "TAKE"
        with m.State("TAKE"):
            m.d.comb += [self.following.eq(0), r.heard.eq(1)]
            with m.If(r.stopping):
                m.next = "IDLE"
            with m.Elif(self.box_fault == 0):
                self._command(m, r, BEGIN, tell=False)
            with m.Else():
                m.d.comb += [self.taken.eq(1), self.told.eq(1)]
                m.d.comb += self.code.eq(_code(Source.BOX, self.box_fault))
                m.next = "IDLE"

    def _crop(self, m: Module, r: _Registers) -> None:
        """A frame is asked for; its crop goes through the core."""
        with m.State("ASK"):
            m.d.sync += r.asking.eq(1)
            m.next = "SETTLE"
        with m.State("SETTLE"):
            with m.If(r.ending):
                m.d.sync += r.asking.eq(0)
                m.next = "IDLE"
            with m.Elif(self.settled | self.joinable):
                m.d.comb += self.renew.eq(1)
                m.next = "CROP"
        with m.State("CROP"):
            m.d.comb += [self.crop_start.eq(1), self.crop_join.eq(self.joinable)]
            m.d.sync += [r.asking.eq(0), self.asked.eq(1)]
            m.next = "OFFER"
        with m.State("OFFER"):
            with m.If(r.ending):
                m.d.comb += self.crop_clear.eq(1)
                m.d.sync += self.asked.eq(0)
                m.next = "IDLE"
            with m.Elif(self.crop_pixel & ~self.core_busy):
                m.d.comb += self.core_start.eq(1)
                m.next = "RUN"
        with m.State("RUN"):
            with m.If(self.core_done):
                m.next = "JUDGE"
        with m.State("JUDGE"):
            # A run that ended early leaves pixels. A frame that did not even begin is not waited for.
            m.d.comb += self.crop_clear.eq(self.crop_busy)
            of_frame, of_core = _code(Source.FRAME, self.crop_error), _code(Source.CORE, self.core_error)
            m.d.sync += [self.asked.eq(0), r.code.eq(Mux(self.crop_error != 0, of_frame, of_core))]
            m.next = "TELL"
            with m.If(r.ending):
                m.next = "IDLE"
            with m.Elif((self.crop_error == 0) & (self.core_error == 0)):
                with m.If(r.phase == Phase.VIEW):
                    self._command(m, r, SEEN, tell=True)
                with m.Elif(r.phase == Phase.SEARCH):
                    self._command(m, r, UPDATE, tell=True)

    def _compute(self, m: Module, r: _Registers) -> None:
        """The tracker has computed; the frame is told, and the next one is prepared."""
        with m.State("COMPUTE"):
            with m.If(self.loop_done):
                m.d.comb += self.taken.eq(~r.begun)
                m.d.sync += r.begun.eq(1)
                m.next = "ASK"
                with m.If(r.tell):
                    m.next = "TELL"
        with m.State("TELL"):
            m.d.comb += [self.told.eq(1), self.code.eq(r.code)]
            m.d.sync += self.skipped.eq(0)  # a run may end before its frame begins, and is told as well
            m.next = "ASK"
            with m.If(r.code == 0):
                with m.If(r.phase == Phase.TEMPLATE):
                    m.d.sync += r.phase.eq(Phase.VIEW)
                    self._command(m, r, VIEW, tell=False)
                with m.Elif(r.phase == Phase.VIEW):
                    m.d.sync += r.views.eq(r.views - 1)
                    with m.If(r.views == 0):
                        m.d.sync += r.phase.eq(Phase.SEARCH)
                    with m.Else():
                        self._command(m, r, VIEW, tell=False)


def _code(source: Source, number: Value) -> Value:
    """The code of a fault that may be none."""
    bits = Const(source << NUMBER_BITS, NUMBER_BITS + SOURCE_BITS)
    return Mux(number != 0, bits | number, 0)


class _Registers:
    """The block's registers, and what its states say to each other."""

    def __init__(self):
        self.phase = Signal(Phase)
        # Views to come behind this one; the first box was read.
        self.views = Signal(range(len(VIEWS)))
        self.begun = Signal()
        # What is asked for and not done yet; the state that reads it.
        self.taking = Signal()
        self.stopping = Signal()
        self.heard = Signal()
        self.ending = Signal()
        # A crop is about to be asked for: a register, since whether a frame begins depends on it at once.
        self.asking = Signal()
        # Frames that were skipped since the last one that was asked for began.
        self.passed = Signal(SKIPPED_BITS)
        # The frame is told behind the command; what was wrong with it.
        self.tell = Signal()
        self.code = Signal(CODE_BITS)
