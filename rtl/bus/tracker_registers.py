"""The registers of :mod:`siammixer.arch.tracker_registers` in hardware."""

from __future__ import annotations

from amaranth.hdl import Const, Module, Mux, Shape, Signal, Value, ValueLike, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.fabric import FabricDesign
from siammixer.arch.interface import ENTRY_BITS, RESET_CYCLES
from siammixer.arch.register_map import WIDTH
from siammixer.arch.tracker_registers import FAULT_COUNT_BITS, POSITION_BITS, TRACKER, tracker_constants
from siammixer.rtl.bus.access import ACCESS, ANSWER
from siammixer.rtl.bus.register_file import RegisterFile
from siammixer.rtl.bus.tracker_news import news_layout
from siammixer.rtl.camera.frame_reader import FAULT_BITS
from siammixer.rtl.camera.layouts import frame_layout
from siammixer.rtl.host import WRITE
from siammixer.rtl.siam_tracker import FIRST
from siammixer.rtl.tracker.frame_controller import STATE_BITS
from siammixer.rtl.tracker.tracker_loop import ports

ENTRIES = ("template_entry", "search_entry")


class TrackerRegisters(wiring.Component):
    """Executes accesses to the registers, one after the other, on the tracker.

    An access is answered after 3 cycles; one that writes a word 1 cycle later, and as many more as the core
    does not take it.

    TAKE takes over what was written into the entries and the first box, so that both stand for the tracker
    until the next TAKE, whatever is written meanwhile; it is refused until the box before was read. A number
    of the box that the tracker's ports do not hold becomes the nearest one that they hold, and a frame larger
    than the largest one has no size: the tracker refuses both. The frame's size changes with a reset only.

    Parameters
    ----------
    design
        The tracker.

    Members
    -------
    i : In(stream.Signature(ACCESS))
        Accesses.
    o : Out(stream.Signature(ANSWER))
        The answer to each, in their order.
    write : Out(stream.Signature(WRITE))
        Words for the core's memories; from here on the tracker's members
        (:class:`siammixer.rtl.siam_tracker.SiamTracker`), turned round.
    refused : In(8)
        Why the word of the cycle before was dropped.
    template_entry : Out(ENTRY_BITS)
        Place of the template program's first word.
    search_entry : Out(ENTRY_BITS)
        Place of the search program's.
    frame : Out(frame_layout(design.camera))
        Size of the frames.
    first_x : Out(ports(design.tracker)[0]["first_x"])
        Middle of the first box in 1/256 pixel from the frame's left edge.
    first_y : Out(ports(design.tracker)[0]["first_y"])
        Likewise from its upper edge.
    first_width : Out(ports(design.tracker)[0]["first_width"])
        Width of the first box in 1/256 pixel.
    first_height : Out(ports(design.tracker)[0]["first_height"])
        Its height.
    take : Out(1)
        A target is given.
    stop : Out(1)
        The target is given up.
    lossless : Out(1)
        The video waits.
    taken : In(1)
        The first box was read, or refused.
    following : In(1)
        A target is followed.
    computing : In(1)
        The core runs, or a reset has just been.
    state : In(STATE_BITS)
        What is known of the target.
    fault : In(FAULT_BITS)
        One cycle: what was wrong with a frame.
    tracker_reset : Out(1)
        The tracker's reset, and that of its news.
    waiting : In(1)
        :class:`siammixer.rtl.bus.tracker_news.TrackerNews`: there is news that was not taken over.
    news : In(news_layout(design.tracker))
        Likewise: the news that was taken over.
    next : Out(1)
        The host takes the latest news over.
    interrupt : Out(1)
        The interrupt line.
    """

    def __init__(self, design: FabricDesign):
        self._design = design
        self._first: dict[str, Shape] = {name: ports(design.tracker)[0][name] for name in FIRST}
        super().__init__(
            {
                "i": In(stream.Signature(ACCESS)),
                "o": Out(stream.Signature(ANSWER)),
                "write": Out(stream.Signature(WRITE)),
                "refused": In(8),
                **dict.fromkeys(ENTRIES, Out(ENTRY_BITS)),
                "frame": Out(frame_layout(design.camera)),
                **{name: Out(shape) for name, shape in self._first.items()},
                **dict.fromkeys(("take", "stop", "lossless"), Out(1)),
                **dict.fromkeys(("taken", "following", "computing"), In(1)),
                "state": In(STATE_BITS),
                "fault": In(FAULT_BITS),
                "tracker_reset": Out(1),
                "waiting": In(1),
                "news": In(news_layout(design.tracker)),
                "next": Out(1),
                "interrupt": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        r, file = _Registers(), RegisterFile(TRACKER)
        self._take(m, r, file)
        self._drive(m, r, file)
        self._count_faults(m, r)
        file.execute(
            m,
            self.i,
            self.o,
            values=self._values(m, r),
            free=~r.busy,
            refused=r.taking & file.chosen["control"] & file.access.write & _take_bit(file),
            words=self.write,
            word_refused=self.refused,
        )
        return m

    def _take(self, m: Module, r: _Registers, file: RegisterFile) -> None:
        """A target is given: what was written is taken over, and stands from the cycle of ``take`` on."""
        m.d.sync += [self.take.eq(0), self.stop.eq(file.acts["control", "stop"])]
        # What is taken before the tracker came to rest is an earlier box, which was given up meanwhile.
        m.d.sync += r.rested.eq(r.rested | ~self.following)
        with m.If((self.taken & r.rested) | self.tracker_reset):
            m.d.sync += r.taking.eq(0)
        with m.If(file.acts["control", "take"]):
            m.d.sync += [self.take.eq(1), r.taking.eq(1), r.rested.eq(0)]
            m.d.sync += [getattr(self, name).eq(file.set[name, "value"]) for name in ENTRIES]
            for name, shape in self._first.items():
                given = file.set[name, "value"]
                number = given.as_signed() if shape.signed else given
                m.d.sync += getattr(self, name).eq(_nearest(number, shape))
        with m.If(file.acts["control", "stop"]):
            m.d.sync += r.taking.eq(0)

    def _drive(self, m: Module, r: _Registers, file: RegisterFile) -> None:
        """The rest of what drives the tracker."""
        tracker = self._design.tracker
        size = {name: file.set["frame_size", name] for name in ("width", "height")}
        m.d.comb += [
            self.lossless.eq(file.set["control", "lossless"]),
            self.frame.width.eq(Mux(size["width"] > tracker.frame_width, 0, size["width"])),
            self.frame.height.eq(Mux(size["height"] > tracker.frame_height, 0, size["height"])),
            self.tracker_reset.eq(r.reset[0]),
            r.busy.eq(self.following | self.computing | r.taking | r.reset[0]),
            self.next.eq(file.acts["news", "told"]),
            self.interrupt.eq(file.set["interrupt", "enable"] & self.waiting),
        ]
        m.d.sync += r.reset.eq(r.reset >> 1)
        with m.If(file.acts["control", "reset"] | file.written["frame_size"]):
            m.d.sync += r.reset.eq((1 << RESET_CYCLES) - 1)

    def _count_faults(self, m: Module, r: _Registers) -> None:
        with m.If(self.fault != 0):
            m.d.sync += [r.fault.eq(self.fault), r.faults.eq(r.faults + ~r.faults.all())]
        with m.If(self.tracker_reset):
            m.d.sync += [r.fault.eq(0), r.faults.eq(0)]

    def _values(self, m: Module, r: _Registers) -> dict[tuple[str, str], ValueLike]:
        """The values that fields read, by the names of register and field."""
        news = self.news
        values: dict[tuple[str, str], ValueLike] = {
            **{(name, "value"): Const(number, WIDTH) for name, number in self._constants.items()},
            ("status", "busy"): r.busy,
            ("status", "taking"): r.taking,
            ("status", "state"): self.state,
            ("faults", "latest"): r.fault,
            ("faults", "count"): r.faults,
            ("news", "told"): self.waiting,
            ("news_number", "value"): news.number,
            **{("result", name): getattr(news, name) for name in ("state", "code", "skipped")},
            ("confidence", "value"): news.confidence,
            ("window_step", "value"): news.window_step,
        }
        for name in ("left", "top", "width", "height"):
            values[f"box_{name}", "value"] = _extended(m, f"box_{name}", getattr(news, name), WIDTH)
        for name in ("window_left", "window_top"):
            position = _extended(m, name, getattr(news, name), POSITION_BITS)
            values[f"{name}_low", "value"] = position[:WIDTH]
            values[f"{name}_high", "value"] = position[WIDTH:]
        return values

    @property
    def _constants(self) -> dict[str, int]:
        return tracker_constants(self._design)


def _take_bit(file: RegisterFile) -> Value:
    return file.access.data[TRACKER.find("control").field("take").lowest]


def _nearest(number: Value, shape: Shape) -> Value:
    """The number, or the nearest one that the shape holds."""
    if shape.signed:
        low, high = -(1 << shape.width - 1), (1 << shape.width - 1) - 1
        return Mux(number > high, high, Mux(number < low, low, number))
    high = (1 << shape.width) - 1
    return Mux(number > high, high, number)


def _extended(m: Module, name: str, value: Value, bits: int) -> Signal:
    """A number in so many bits, its sign before it."""
    wide = Signal(signed(bits), name=name)
    m.d.comb += wide.eq(value)
    return wide


class _Registers:
    """The registers beside those of the description."""

    def __init__(self):
        # A first box was given and is not read yet.
        self.taking = Signal()
        # No target was followed for a moment since it was given.
        self.rested = Signal()
        # No word can be written.
        self.busy = Signal()
        # The tracker's reset, cycle by cycle.
        self.reset = Signal(RESET_CYCLES)
        # The latest fault of a frame, and how many there were.
        self.fault = Signal(FAULT_BITS)
        self.faults = Signal(FAULT_COUNT_BITS)
