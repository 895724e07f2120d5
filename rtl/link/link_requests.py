"""Executes a host's requests, one after the other, on the core."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.link import (
    ANSWER,
    ANSWER_HEAD_BYTES,
    CELL_BYTES,
    IDENTITY,
    PAYLOAD_BYTES,
    PIXEL_BYTES,
    RESPONSE_CELLS,
    RESPONSE_REQUEST,
    STATUS,
    VERSION,
    WINDOW,
    WORD_BYTES,
    WRITE_HEAD,
    Kind,
    Target,
    Verdict,
)
from siammixer.rtl.accelerator import CONTROL
from siammixer.rtl.link.link_frame import MESSAGE_BYTE
from siammixer.rtl.primitives.skew import delay

# The core's reset, and its response's read: more cycles than either needs.
RESET_CYCLES, CELL_CYCLES = 16, 8
VERDICT_BITS = max(Verdict).bit_length()
ANSWER_BYTES = ANSWER_HEAD_BYTES + max(IDENTITY.itemsize, STATUS.itemsize)


def core_signature() -> wiring.Signature:
    """The core's ports from the host's side (siammixer.rtl.accelerator.CONTROL), and its reset."""
    return wiring.Signature(
        {"reset": Out(1)} | {name: member.flip() for name, member in CONTROL.members.items()}
    )


class Requests(wiring.Component):
    """Executes the requests in ``i`` in their order and answers each in ``o``.

    A request with the expected number is executed; one of the WINDOW before it is a repetition and gets its
    verdict again, and its payload where it only reads; any other number changes nothing. ``open`` is the one
    request that does not come through ``i``: between two requests, and at once while pixels wait for the
    core, it resets the core, empties the buffer, and begins a session with number 0.

    A byte is taken in the second cycle in which it is wanted and offered.

    While the core is busy nothing is written or started; pixels are then taken at its pace, and dropped where
    no run is in progress. An offered pixel is withdrawn only when the run has ended or is reset.

    Parameters
    ----------
    accelerator, clock_hz
        What the answer to OPEN tells.

    Members
    -------
    i
        Bytes of whole requests.
    open, open_number
        One cycle: an OPEN has come, with this number.
    clear
        One cycle: empty the buffer.
    o
        Bytes of answers.
    core
        See :func:`core_signature`.
    damaged, framing_errors
        Counts for the status.
    """

    def __init__(self, accelerator: Accelerator, *, clock_hz: int):
        self._accelerator, self._clock_hz = accelerator, clock_hz
        super().__init__(
            {
                "i": In(stream.Signature(MESSAGE_BYTE)),
                "open": In(1),
                "open_number": In(8),
                "clear": Out(1),
                "o": Out(stream.Signature(MESSAGE_BYTE)),
                "core": Out(core_signature()),
                "damaged": In(16),
                "framing_errors": In(16),
            }
        )

    def elaborate(self, platform):
        m = Module()
        self._registers(m)
        self._cycle_counter(m)
        self._verdicts(m)
        self._load_reply(m)
        with m.FSM():
            self._head(m)
            self._write(m)
            self._pixels(m)
            self._read(m)
            self._answer(m)
            self._open(m)
        return m

    def _registers(self, m: Module) -> None:
        self._kind = Signal(8)
        self._number = Signal(8)
        self._expected = Signal(8)
        self._session = Signal()
        self._opening = Signal()
        self._opened_number = Signal(8)
        # The request has no more bytes; what will be said of it; it is executed, not repeated.
        self._ended = Signal()
        self._verdict = Signal(VERDICT_BITS)
        self._fresh = Signal()
        self._bytes = Signal(8 * WORD_BYTES)
        self._place = Signal(range(WORD_BYTES))
        self._target = Signal(range(max(Target) + 1))
        self._address = Signal(24)
        self._reply = Signal(8 * ANSWER_BYTES)
        self._left = Signal(range(ANSWER_BYTES + 1))
        # What becomes of the reply in the next cycle.
        self._load = {name: Signal(name=f"load_{name}") for name in ("answer", "identity", "cell", "rest")}
        m.d.sync += [flag.eq(0) for flag in self._load.values()]
        self._cells = Signal(range(RESPONSE_CELLS + 1))
        self._wait = Signal(range(max(RESET_CYCLES, CELL_CYCLES)))
        # What is taken goes far: a register says so, a cycle after the state that wants it has seen it
        # offered.
        self._wanted = Signal()
        self._taken = Signal()
        m.d.sync += self._taken.eq(self._wanted & self.i.valid & ~self._taken)
        m.d.comb += [self.i.ready.eq(self._taken), self.core.response_address.eq(self._address)]
        with m.If(self._taken):
            m.d.sync += [
                self._bytes.eq(Cat(self._bytes[8:], self.i.payload.byte)),
                self._ended.eq(self.i.payload.last),
            ]
        with m.If(self.open):
            m.d.sync += [self._opening.eq(1), self._opened_number.eq(self.open_number)]

    def _cycle_counter(self, m: Module) -> None:
        """Cycles from start to done of the latest run."""
        self._cycles = Signal(32)
        running = Signal()
        with m.If(self.core.start):
            m.d.sync += [self._cycles.eq(0), running.eq(1)]
        with m.Elif(running):
            m.d.sync += self._cycles.eq(self._cycles + 1)
        with m.If(self.core.done):
            m.d.sync += running.eq(0)
        with m.If(self.core.reset):
            m.d.sync += [self._cycles.eq(0), running.eq(0)]

    def _verdicts(self, m: Module) -> None:
        """Those of the latest requests, for their repetitions."""
        m.submodules.verdicts = verdicts = memory.Memory(shape=VERDICT_BITS, depth=WINDOW, init=[])
        self._earlier, self._keep = verdicts.read_port(domain="comb"), verdicts.write_port()
        slot = self._number[: (WINDOW - 1).bit_length()]
        m.d.comb += [self._earlier.addr.eq(slot), self._keep.addr.eq(slot), self._keep.data.eq(self._verdict)]

    def _head(self, m: Module) -> None:
        """Kind and number, and what they ask for."""
        # How many numbers the request's lies before the latest: all ones for the number expected.
        before = Signal(8)
        with m.State("idle"):
            m.d.sync += [self._place.eq(0), self._fresh.eq(0)]
            m.d.comb += self._wanted.eq(~self._opening)
            with m.If(self._opening):
                m.next = "reset"
            with m.Elif(self._taken):
                m.d.sync += self._kind.eq(self.i.payload.byte)
                m.next = "number"
        with m.State("number"):
            m.d.comb += self._wanted.eq(1)
            m.d.sync += [
                self._number.eq(self.i.payload.byte),
                before.eq(self._expected - self.i.payload.byte - 1),
            ]
            with m.If(self._taken):
                m.next = "judge"
        with m.State("judge"):
            m.d.sync += self._verdict.eq(Verdict.OUT_OF_ORDER)
            m.next = "skip"
            with m.If(~self._session):
                m.d.sync += self._verdict.eq(Verdict.CLOSED)
            with m.Elif(before.all()):
                m.d.sync += [
                    self._verdict.eq(Verdict.DONE),
                    self._fresh.eq(1),
                    self._expected.eq(self._expected + 1),
                ]
                m.next = "execute"
            with m.Elif(before < WINDOW):
                m.d.sync += self._verdict.eq(self._earlier.data)
                with m.If((self._kind == Kind.STATUS) | (self._kind == Kind.RESPONSE)):
                    m.next = "execute"
        with m.State("execute"):
            with m.Switch(self._kind):
                with m.Case(Kind.WRITE):
                    m.next = "write head"
                with m.Case(Kind.START):
                    m.next = "start"
                with m.Case(Kind.PIXELS, Kind.LAST_PIXELS):
                    m.next = "pixel bytes"
                with m.Case(Kind.STATUS):
                    m.next = "skip"
                with m.Case(Kind.RESPONSE):
                    m.next = "response"
                with m.Default():
                    m.d.sync += self._verdict.eq(Verdict.MALFORMED)
                    m.next = "skip"
        with m.State("start"):
            m.next = "skip"
            with m.If(self.core.busy):
                m.d.sync += self._verdict.eq(Verdict.BUSY)
            with m.Else():
                m.d.comb += self.core.start.eq(1)
        with m.State("skip"):
            m.d.comb += self._wanted.eq(~self._ended)
            with m.If(self._ended):
                m.next = "answer"

    def _collect(self, m: Module, count: int, *, then: str) -> None:
        """In a state: takes ``count`` bytes, the first into the lowest of the last taken; a request that
        ends before is malformed.
        """
        with m.If(self._ended):
            with m.If(self._place != 0):
                m.d.sync += self._verdict.eq(Verdict.MALFORMED)
            m.next = "answer"
        with m.Else():
            m.d.comb += self._wanted.eq(1)
            with m.If(self._taken):
                m.d.sync += self._place.eq(self._place + 1)
                with m.If(self._place == count - 1):
                    m.d.sync += self._place.eq(0)
                    m.next = then

    def _write(self, m: Module) -> None:
        """An address, then words."""
        head = self._fields(WRITE_HEAD)
        with m.State("write head"):
            self._collect(m, WRITE_HEAD.itemsize, then="write address")
            with m.If(self._ended):
                m.d.sync += self._verdict.eq(Verdict.MALFORMED)
        with m.State("write address"):
            m.d.sync += [
                self._address.eq(Cat(head["address"], head["lane"])),
                self._target.eq(head["target"]),
            ]
            m.next = "write bytes"
            with m.If(self.core.busy):
                m.d.sync += self._verdict.eq(Verdict.BUSY)
                m.next = "skip"
            with m.Elif(head["target"] > max(Target)):
                m.d.sync += self._verdict.eq(Verdict.MALFORMED)
                m.next = "skip"
        with m.State("write bytes"):
            self._collect(m, WORD_BYTES, then="write word")
        with m.State("write word"):
            m.d.comb += self.core.write.valid.eq(1)
            with m.If(self.core.write.ready):
                m.d.sync += self._address.eq(self._address + 1)
                m.next = "write bytes"
        word = self.core.write.payload
        m.d.comb += [
            word.address.eq(self._address),
            Value.cast(word.target).eq(self._target),
            word.data.eq(self._bytes),
        ]

    def _pixels(self, m: Module) -> None:
        """Three bytes each, at the core's pace."""
        pixel = self.core.pixels.payload
        m.d.comb += [
            Cat(pixel.red, pixel.green, pixel.blue).eq(self._bytes[-8 * PIXEL_BYTES :]),
            pixel.last.eq((self._kind == Kind.LAST_PIXELS) & self._ended),
        ]
        with m.State("pixel bytes"):
            self._collect(m, PIXEL_BYTES, then="pixel")
        with m.State("pixel"):
            with m.If(~self.core.busy | self._opening):
                m.d.sync += self._verdict.eq(Verdict.NOT_RUNNING)
                m.next = "skip"
            with m.Else():
                m.d.comb += self.core.pixels.valid.eq(1)
                with m.If(self.core.pixels.ready):
                    m.next = "pixel bytes"

    def _read(self, m: Module) -> None:
        """The response: cells, after the answer's head."""
        request = self._fields(RESPONSE_REQUEST)
        with m.State("response"):
            self._collect(m, RESPONSE_REQUEST.itemsize, then="response range")
            with m.If(self._ended):
                m.d.sync += self._verdict.eq(Verdict.MALFORMED)
        with m.State("response range"):
            m.d.sync += [self._address.eq(request["address"]), self._verdict.eq(Verdict.DONE)]
            m.next = "skip"
            with m.If(~self._ended | (request["cells"] > RESPONSE_CELLS)):
                m.d.sync += self._verdict.eq(Verdict.MALFORMED)
            with m.Elif(self.core.busy):
                m.d.sync += self._verdict.eq(Verdict.BUSY)
            with m.Else():
                m.d.sync += self._cells.eq(request["cells"])
        with m.State("cell"):
            m.d.sync += self._wait.eq(self._wait - 1)
            with m.If(self._wait == 0):
                m.d.sync += [
                    self._load["cell"].eq(1),
                    self._left.eq(CELL_BYTES),
                    self._cells.eq(self._cells - 1),
                ]
                m.d.sync += self._address.eq(self._address + 1)
                m.next = "load"

    def _answer(self, m: Module) -> None:
        """The head, and the payload that goes with the kind."""
        with m.State("answer"):
            m.d.comb += self._keep.en.eq(self._fresh)
            told = (self._kind == Kind.STATUS) & (self._verdict == Verdict.DONE)
            self._say(m, "answer", Mux(told, STATUS.itemsize, 0))
        with m.State("load"):
            m.next = "send"
        with m.State("send"):
            m.d.comb += [
                self.o.valid.eq(1),
                self.o.payload.byte.eq(self._reply[:8]),
                self.o.payload.last.eq((self._left == 1) & (self._cells == 0)),
            ]
            m.d.sync += self._wait.eq(CELL_CYCLES - 1)
            with m.If(self.o.ready):
                m.d.sync += [self._load["rest"].eq(1), self._left.eq(self._left - 1)]
                m.next = "load"
                with m.If(self._left == 1):
                    m.next = "idle"
                    with m.If(self._cells != 0):
                        m.next = "cell"

    def _load_reply(self, m: Module) -> None:
        """A cycle after the state that asks for it; the reply is long, and registers drive it, what comes
        from the core's far ends too.
        """
        status = self._packed(
            STATUS,
            busy=self.core.busy,
            error=self.core.error,
            step=self.core.step,
            cycles=self._cycles,
            peak_position=self.core.peak_position,
            peak_value=self.core.peak_value,
            damaged=self.damaged,
            framing_errors=self.framing_errors,
        )
        sizes = self._accelerator
        identity = self._packed(
            IDENTITY,
            version=VERSION,
            window=WINDOW,
            payload_bytes=PAYLOAD_BYTES,
            fingerprint=int(sizes.fingerprint, 16),
            clock_hz=self._clock_hz,
            lanes=sizes.lanes,
            program_words=sizes.program_words,
            weight_words=sizes.weight_words,
            response_words=sizes.response_words,
        )
        loads = {
            "answer": self._told(self._verdict, delay(m, status, 1, "status")),
            "identity": self._told(Const(Verdict.DONE, VERDICT_BITS), identity),
            "cell": delay(m, self.core.response_data, 1, "cell"),
            "rest": self._reply[8:],
        }
        for name, value in loads.items():
            with m.If(self._load[name]):
                m.d.sync += self._reply.eq(value)

    def _say(self, m: Module, what: str, count) -> None:
        m.d.sync += [self._load[what].eq(1), self._left.eq(ANSWER_HEAD_BYTES + count)]
        m.next = "load"

    def _told(self, verdict, payload) -> Cat:
        return Cat(
            self._kind | ANSWER, self._number, verdict, Const(0, 8 - len(verdict)), self._expected, payload
        )

    def _open(self, m: Module) -> None:
        """The core and the buffer are reset; the session begins."""
        # From a register: the core's reset goes far.
        reset = Signal()
        m.d.sync += reset.eq(0)
        m.d.comb += self.core.reset.eq(reset)
        with m.State("reset"):
            m.d.comb += self.clear.eq(1)
            m.d.sync += [
                reset.eq(1),
                self._opening.eq(0),
                self._expected.eq(0),
                self._session.eq(1),
                self._wait.eq(RESET_CYCLES - 1),
            ]
            m.d.sync += [self._kind.eq(Kind.OPEN), self._number.eq(self._opened_number), self._cells.eq(0)]
            m.next = "reset wait"
        with m.State("reset wait"):
            m.d.sync += [reset.eq(1), self._wait.eq(self._wait - 1)]
            with m.If(self._wait == 0):
                m.next = "identify"
        with m.State("identify"):
            self._say(m, "identity", IDENTITY.itemsize)

    def _fields(self, record) -> dict:
        """The bytes taken last, as the record they are."""
        fields, position = {}, len(self._bytes) - 8 * record.itemsize
        for name in record.names:
            width = 8 * record[name].itemsize
            fields[name] = self._bytes[position : position + width]
            position += width
        return fields

    def _packed(self, record, **values) -> Cat:
        """A record's fields in their places."""
        parts = []
        for name in record.names:
            width = 8 * record[name].itemsize
            value = Const(values[name], width) if isinstance(values[name], int) else values[name]
            parts.append(Cat(value, Const(0, width - len(value))))
        return Cat(parts)
