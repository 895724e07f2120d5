"""The whole tracker behind a camera: the complete design, but for a board's pins, clocks and reset."""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.fabric import FabricDesign, State
from siammixer.arch.flash import ADDRESS, FlashError, FlashTiming
from siammixer.arch.ov7670 import SCCB_ADDRESS, RegisterWrite
from siammixer.rtl.camera.parallel_camera import ParallelCamera
from siammixer.rtl.camera.sccb import SccbSetup
from siammixer.rtl.console.box_line import LINE_BITS, BoxLine
from siammixer.rtl.console.button_box import ButtonBox
from siammixer.rtl.console.report_line import BOX, ReportLine
from siammixer.rtl.flash.flash_loader import FlashLoader
from siammixer.rtl.flash.flash_reader import SPI
from siammixer.rtl.link.uart import UartReceiver, UartTransmitter
from siammixer.rtl.siam_tracker import FIRST, SiamTracker
from siammixer.rtl.technology.technology import GENERIC, Technology
from siammixer.rtl.tracker.tracker_loop import ports

WAITING = 32
"""Pixels that can wait between the camera's clock and ours."""
CENTRE_BITS = 8


class CameraDevice(wiring.Component):
    """Camera, flash, tracker and a serial line; a clock of its own, and the camera's.

    After a reset the flash fills the core's memories, and the camera's registers are written. Then a line of
    text or a button gives a target (:class:`siammixer.rtl.console.box_line.BoxLine`,
    :class:`siammixer.rtl.console.button_box.ButtonBox`), and each frame that is looked at leaves as a line
    (:class:`siammixer.rtl.console.report_line.ReportLine`). A target that is given before the memories are
    filled is nothing; a line that is none, is too: both show in ``error``.

    Parameters
    ----------
    design
        The tracker.
    frame
        Width and height of the camera's frames.
    writes
        The camera's registers.
    bit_cycles
        Cycles of a bit of the serial line.
    sccb_third, sccb_pause
        Cycles of a third of a bit of the camera's bus, and of its pauses.
    flash
        Timing of the flash.
    flash_address
        Place of the image in it.
    sample_cycles
        From sample to sample of a button.
    technology
        Parts that multipliers and memories are built of.
    multipliers
        Another technology for the crop's multipliers.
    logic_tables
        As :class:`siammixer.rtl.siam_tracker.SiamTracker` has it.

    Members
    -------
    vsync : In(1)
        Camera's pin, in the domain ``camera``.
    href : In(1)
        Camera's pin, likewise.
    data : In(8)
        Camera's pins, likewise.
    sccb_clock : Out(1, init=1)
        SIO_C of the camera.
    sccb_low : Out(1)
        SIO_D is pulled low.
    sccb_data : In(1, init=1)
        SIO_D as it is.
    flash : Out(SPI)
        The flash.
    rx : In(1, init=1)
        The serial line from the host, high while idle.
    tx : Out(1, init=1)
        The serial line to the host, high while idle.
    take_button : In(1)
        A button is down: it gives a target in the middle of the frame.
    larger_button : In(1)
        Likewise: its box shall be larger.
    smaller_button : In(1)
        Likewise: smaller.
    tracking : Out(1)
        The box is the target's; for an LED.
    lost : Out(1)
        The target counts as lost; for an LED.
    learning : Out(1)
        A target is learnt; for an LED.
    error : Out(1)
        The flash, the camera or the latest line or frame had a fault; for an LED.
    ready : Out(1)
        The memories are filled and the camera's registers written; for an LED.
    size : Out(3)
        The size of the buttons' box, by its number; for LEDs.
    """

    def __init__(
        self,
        design: FabricDesign,
        *,
        frame: tuple[int, int],
        writes: Sequence[RegisterWrite],
        bit_cycles: int,
        sccb_third: int,
        sccb_pause: int,
        flash: FlashTiming,
        flash_address: int = ADDRESS,
        sample_cycles: int = 1 << 17,
        technology: Technology = GENERIC,
        multipliers: Technology | None = None,
        logic_tables: bool = False,
    ):
        self._design, self._frame, self._bit_cycles = design, frame, bit_cycles
        self._sccb = {"writes": writes, "address": SCCB_ADDRESS, "third": sccb_third, "pause": sccb_pause}
        self._flash, self._sample_cycles = (flash, flash_address), sample_cycles
        self._parts = {"technology": technology, "multipliers": multipliers, "logic_tables": logic_tables}
        super().__init__(
            {
                **{"vsync": In(1), "href": In(1), "data": In(8)},
                **{"sccb_clock": Out(1, init=1), "sccb_low": Out(1), "sccb_data": In(1, init=1)},
                "flash": Out(SPI),
                **{"rx": In(1, init=1), "tx": Out(1, init=1)},
                **dict.fromkeys(("take_button", "larger_button", "smaller_button"), In(1)),
                **dict.fromkeys(("tracking", "lost", "learning", "error", "ready"), Out(1)),
                "size": Out(3),
            }
        )

    @property
    def _line_bits(self) -> int:
        """Bits of the numbers of a line that the tracker's ports hold, whatever they say."""
        inputs, _ = ports(self._design.tracker)
        middle, size = (inputs[name].width for name in ("first_x", "first_width"))
        # The middle is up to one and a half times a number, and has a sign.
        return min(LINE_BITS, middle - CENTRE_BITS - 2, size - CENTRE_BITS)

    def elaborate(self, platform):
        m = Module()
        m.submodules.camera = camera = ParallelCamera(WAITING)
        m.submodules.sccb = sccb = SccbSetup(**self._sccb)
        m.submodules.loader = loader = FlashLoader(self._design.accelerator, *self._flash)
        m.submodules.tracker = tracker = SiamTracker(self._design, **self._parts)
        m.submodules.buttons = buttons = ButtonBox(self._sample_cycles)
        m.submodules.box_line = box_line = BoxLine(self._line_bits)
        m.submodules.report_line = report_line = ReportLine(self._design.tracker)
        m.submodules.receiver = receiver = UartReceiver(self._bit_cycles)
        m.submodules.transmitter = transmitter = UartTransmitter(self._bit_cycles)
        self._see(m, camera, sccb, tracker)
        self._load(m, loader, tracker)
        self._take(m, loader, buttons, box_line, tracker)
        self._tell(m, tracker, report_line)
        self._shine(m, loader, sccb, tracker, box_line)
        wiring.connect(m, receiver.o, box_line.i)
        wiring.connect(m, report_line.o, transmitter.i)
        m.d.comb += [receiver.rx.eq(self.rx), self.tx.eq(transmitter.tx), self.size.eq(buttons.number)]
        return m

    def _see(self, m: Module, camera, sccb, tracker) -> None:
        """The camera's pins."""
        wiring.connect(m, camera.o, tracker.video)
        m.d.comb += [
            *(camera.vsync.eq(self.vsync), camera.href.eq(self.href), camera.data.eq(self.data)),
            *(self.sccb_clock.eq(sccb.clock), self.sccb_low.eq(sccb.data_low), sccb.data.eq(self.sccb_data)),
            tracker.lost.eq(camera.lost),
            *(tracker.frame.width.eq(self._frame[0]), tracker.frame.height.eq(self._frame[1])),
        ]

    def _load(self, m: Module, loader, tracker) -> None:
        """The flash fills the core's memories, once after a reset."""
        asked = Signal()
        m.d.sync += asked.eq(1)
        wiring.connect(m, loader.write, tracker.write)
        wiring.connect(m, wiring.flipped(self.flash), loader.pins)
        m.d.comb += [
            loader.start.eq(~asked),
            loader.refused.eq(tracker.refused),
            tracker.template_entry.eq(loader.template_entry),
            tracker.search_entry.eq(loader.search_entry),
        ]

    def _take(self, m: Module, loader, buttons, box_line, tracker) -> None:
        """A first box from a line or from the buttons; it stands until the next one."""
        width, height = self._frame
        for pin in ("take_button", "larger_button", "smaller_button"):
            m.d.comb += getattr(buttons, pin).eq(getattr(self, pin))
        size = buttons.size << CENTRE_BITS
        half = CENTRE_BITS - 1
        lines = (
            (box_line.x << CENTRE_BITS) + (box_line.width << half),
            (box_line.y << CENTRE_BITS) + (box_line.height << half),
            *(box_line.width << CENTRE_BITS, box_line.height << CENTRE_BITS),
        )
        middles = (width << half, height << half, size, size)
        taken = (box_line.take | buttons.take) & loader.loaded
        m.d.sync += tracker.take.eq(taken)
        with m.If(taken):
            m.d.sync += [
                getattr(tracker, name).eq(Mux(box_line.take, line, middle))
                for name, line, middle in zip(FIRST, lines, middles, strict=True)
            ]
        m.d.comb += tracker.stop.eq(box_line.stop)

    def _tell(self, m: Module, tracker, report_line) -> None:
        for name in ("told", "state", "code", "skipped", *BOX):
            m.d.comb += getattr(report_line, name).eq(getattr(tracker, name))

    def _shine(self, m: Module, loader, sccb, tracker, box_line) -> None:
        """The LEDs; ``wrong`` is about the latest line or frame."""
        wrong = Signal()
        with m.If(tracker.told):
            m.d.sync += wrong.eq(tracker.code != 0)
        with m.If(box_line.take | box_line.error):
            m.d.sync += wrong.eq(box_line.error | ~loader.loaded)
        m.d.sync += [
            self.tracking.eq(tracker.state == State.TRACKING),
            self.lost.eq(tracker.state == State.LOST),
            self.learning.eq(tracker.state == State.LEARNING),
            self.ready.eq(loader.loaded & sccb.done),
            self.error.eq(wrong | sccb.error | (loader.error != FlashError.NONE)),
        ]
