"""The execution of requests that have a payload: words, pixels, cells of the response."""

from amaranth.hdl import Cat, Module, Signal, Value

from siammixer.arch.link import (
    PIXEL_BYTES,
    RESPONSE_CELLS,
    RESPONSE_REQUEST,
    START_REQUEST,
    WORD_BYTES,
    WRITE_HEAD,
    Kind,
    Target,
    Verdict,
)
from siammixer.rtl.link.records import unpacked
from siammixer.rtl.link.request_registers import RequestRegisters


class Execution:
    """States that take a request's payload and drive the core with it; each ends in "answer", or in "skip"
    where something is left of the request.

    A part of :class:`siammixer.rtl.link.link_requests.Requests`, in whose module and state machine its logic
    stands.

    Parameters
    ----------
    registers
        Registers of the requests.
    core
        The core's interface (siammixer.rtl.host).
    wanted
        Driven high where a byte is wanted.
    """

    def __init__(self, registers: RequestRegisters, core, wanted: Signal):
        self._registers, self._core, self._wanted = registers, core, wanted

    def _collect(self, m: Module, count: int, *, then: str) -> None:
        """In a state: takes ``count`` bytes, the first into the lowest of the last taken; a request that
        ends before is malformed.
        """
        r, wanted = self._registers, self._wanted
        with m.If(r.ended):
            with m.If(r.place != 0):
                m.d.sync += r.verdict.eq(Verdict.MALFORMED)
            m.next = "answer"
        with m.Else():
            m.d.comb += wanted.eq(1)
            with m.If(r.taken):
                m.d.sync += r.place.eq(r.place + 1)
                with m.If(r.place == count - 1):
                    m.d.sync += r.place.eq(0)
                    m.next = then

    def start(self, m: Module) -> None:
        """The states that take a program's entry and start it."""
        r, core = self._registers, self._core
        m.d.comb += core.entry.eq(unpacked(r.bytes, START_REQUEST)["entry"])
        with m.State("start bytes"):
            self._collect(m, START_REQUEST.itemsize, then="start")
            with m.If(r.ended):
                m.d.sync += r.verdict.eq(Verdict.MALFORMED)
        with m.State("start"):
            m.next = "skip"
            with m.If(~r.ended):
                m.d.sync += r.verdict.eq(Verdict.MALFORMED)
            with m.Elif(r.core_busy):
                m.d.sync += r.verdict.eq(Verdict.BUSY)
            with m.Else():
                m.d.comb += core.start.eq(1)

    def write(self, m: Module) -> None:
        """The states that take an address, then words."""
        r, core = self._registers, self._core
        head = unpacked(r.bytes, WRITE_HEAD)
        with m.State("write head"):
            self._collect(m, WRITE_HEAD.itemsize, then="write address")
            with m.If(r.ended):
                m.d.sync += r.verdict.eq(Verdict.MALFORMED)
        with m.State("write address"):
            m.d.sync += [r.address.eq(Cat(head["address"], head["lane"])), r.target.eq(head["target"])]
            m.next = "write bytes"
            with m.If(r.core_busy):
                m.d.sync += r.verdict.eq(Verdict.BUSY)
                m.next = "skip"
            with m.Elif(head["target"] > max(Target)):
                m.d.sync += r.verdict.eq(Verdict.MALFORMED)
                m.next = "skip"
        with m.State("write bytes"):
            self._collect(m, WORD_BYTES, then="write word")
        with m.State("write word"):
            m.d.comb += core.write.valid.eq(1)
            with m.If(core.write.ready):
                m.d.sync += r.address.eq(r.address + 1)
                m.next = "write bytes"
        word = core.write.payload
        m.d.comb += [
            word.address.eq(r.address),
            Value.cast(word.target).eq(r.target),
            word.data.eq(r.bytes),
        ]

    def pixels(self, m: Module) -> None:
        """The states that take three bytes a pixel, at the core's pace."""
        r, core = self._registers, self._core
        pixel = core.pixels.payload
        m.d.comb += [
            Cat(pixel.red, pixel.green, pixel.blue).eq(r.bytes[-8 * PIXEL_BYTES :]),
            pixel.last.eq((r.kind == Kind.LAST_PIXELS) & r.ended),
        ]
        with m.State("pixel bytes"):
            self._collect(m, PIXEL_BYTES, then="pixel")
        with m.State("pixel"):
            with m.If(~r.core_busy | r.opening):
                m.d.sync += r.verdict.eq(Verdict.NOT_RUNNING)
                m.next = "skip"
            with m.Else():
                m.d.comb += core.pixels.valid.eq(1)
                with m.If(core.pixels.ready):
                    m.next = "pixel bytes"

    def read(self, m: Module) -> None:
        """The states that take which cells of the response to send after the answer's head."""
        r = self._registers
        request = unpacked(r.bytes, RESPONSE_REQUEST)
        with m.State("response"):
            self._collect(m, RESPONSE_REQUEST.itemsize, then="response range")
            with m.If(r.ended):
                m.d.sync += r.verdict.eq(Verdict.MALFORMED)
        with m.State("response range"):
            m.d.sync += [
                r.address.eq(request["address"]),
                r.cells.eq(request["cells"]),
                r.too_many.eq(request["cells"] > RESPONSE_CELLS),
            ]
            m.next = "response check"
        with m.State("response check"):
            m.d.sync += r.verdict.eq(Verdict.DONE)
            m.next = "skip"
            with m.If(~r.ended | r.too_many):
                m.d.sync += [r.verdict.eq(Verdict.MALFORMED), r.cells.eq(0)]
            with m.Elif(r.core_busy):
                m.d.sync += [r.verdict.eq(Verdict.BUSY), r.cells.eq(0)]
