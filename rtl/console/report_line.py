"""The tracker's news as a line of text."""

from amaranth.hdl import Array, Module, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.fabric import CODE_BITS, SKIPPED_BITS
from siammixer.arch.tracker import TrackerDesign
from siammixer.rtl.console.decimal_writer import DecimalWriter
from siammixer.rtl.tracker.frame_controller import STATE_BITS
from siammixer.rtl.tracker.tracker_loop import ports

BOX = ("left", "top", "width", "height", "confidence")


class ReportLine(wiring.Component):
    """Writes a line of eight decimal numbers with spaces between for each ``told``: state, code, skipped,
    left, top, width, height, confidence, as :class:`siammixer.rtl.siam_tracker.SiamTracker` tells them; then
    carriage return and line feed.

    The line is of the cycle of ``told``, whatever comes behind it: a new target has another box before the
    line has been sent. News that come meanwhile are left out: a line has at most 60 characters.

    Parameters
    ----------
    design
        The tracker, whose outputs these are.

    Members
    -------
    told : In(1)
        A line begins, if none is written.
    state : In(STATE_BITS)
        The tracker's state, in the cycle of ``told``.
    code : In(CODE_BITS)
        What was wrong, likewise.
    skipped : In(SKIPPED_BITS)
        Frames that were skipped, likewise.
    left : In(ports(design)[1]["left"])
        Left edge of the box in 1/512 pixel.
    top : In(ports(design)[1]["top"])
        Its upper edge.
    width : In(ports(design)[1]["width"])
        Its width in 1/256 pixel.
    height : In(ports(design)[1]["height"])
        Its height.
    confidence : In(ports(design)[1]["confidence"])
        In 1/32768; as the box, in the cycle of ``told``.
    o : Out(stream.Signature(8))
        The characters.
    """

    def __init__(self, design: TrackerDesign):
        self._shapes = {name: ports(design)[1][name] for name in BOX}
        super().__init__(
            {
                "told": In(1),
                "state": In(STATE_BITS),
                "code": In(CODE_BITS),
                "skipped": In(SKIPPED_BITS),
                **{name: In(shape) for name, shape in self._shapes.items()},
                "o": Out(stream.Signature(8)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        bits = 1 + max(SKIPPED_BITS, *(shape.width for shape in self._shapes.values()))
        m.submodules.writer = writer = DecimalWriter(bits)
        kept = {name: Signal.like(getattr(self, name)) for name in ("state", "code", "skipped", *BOX)}
        fields = [*kept.values()]
        values = Array([Signal(signed(bits), name=f"value_{number}") for number in range(len(fields))])
        m.d.comb += [value.eq(field) for value, field in zip(values, fields, strict=True)]
        field = Signal(range(len(fields)))
        last = field == len(fields) - 1
        # In a register: the writer takes it without its sign, a carry through all of its bits.
        m.d.sync += writer.value.eq(values[field])

        def write(character: str, following: str) -> None:
            m.d.comb += [self.o.payload.eq(ord(character)), self.o.valid.eq(1)]
            with m.If(self.o.ready):
                m.next = following

        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += field.eq(0)
                with m.If(self.told):
                    m.d.sync += [one.eq(getattr(self, name)) for name, one in kept.items()]
                    m.next = "CHOOSE"
            with m.State("CHOOSE"):
                m.next = "START"
            with m.State("START"):
                m.d.comb += writer.start.eq(1)
                m.next = "NUMBER"
            with m.State("NUMBER"):
                m.d.comb += [
                    *(self.o.payload.eq(writer.o.payload), self.o.valid.eq(writer.o.valid)),
                    writer.o.ready.eq(self.o.ready),
                ]
                with m.If(~writer.busy):
                    m.next = "SPACE"
                    with m.If(last):
                        m.next = "RETURN"
            with m.State("SPACE"):
                write(" ", "CHOOSE")
                with m.If(self.o.ready):
                    m.d.sync += field.eq(field + 1)
            with m.State("RETURN"):
                write("\r", "FEED")
            with m.State("FEED"):
                write("\n", "IDLE")
        return m
