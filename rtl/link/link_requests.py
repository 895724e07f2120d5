"""Executes a host's requests, one after the other, on the core."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.link import IDENTITY, WINDOW, Kind, Verdict
from siammixer.rtl.host import CONTROL
from siammixer.rtl.link.answer import Answer
from siammixer.rtl.link.execution import Execution
from siammixer.rtl.link.link_frame import MESSAGE_BYTE
from siammixer.rtl.link.request_registers import RESET_CYCLES, VERDICT_BITS, RequestRegisters
from siammixer.rtl.technology.technology import GENERIC, Technology


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
    accelerator
        Sizes that the answer to OPEN tells.
    clock_hz
        The clock that the answer to OPEN tells, in Hz.
    technology
        Parts that its memory is built of.

    Members
    -------
    i : In(stream.Signature(MESSAGE_BYTE))
        Bytes of whole requests.
    open : In(1)
        One cycle: an OPEN has come.
    open_number : In(8)
        Its number.
    clear : Out(1)
        One cycle: the buffer is to be emptied.
    o : Out(stream.Signature(MESSAGE_BYTE))
        Bytes of answers.
    core : Out(CONTROL)
        The core's interface (:class:`siammixer.rtl.host.HostSignature`).
    core_reset : Out(1)
        The core's reset.
    damaged : In(16)
        Messages dropped since the session began, for the status.
    framing_errors : In(16)
        Bytes that the line could not tell since the session began, for the status.
    """

    def __init__(self, accelerator: Accelerator, *, clock_hz: int, technology: Technology = GENERIC):
        self._accelerator, self._clock_hz, self._technology = accelerator, clock_hz, technology
        super().__init__(
            {
                "i": In(stream.Signature(MESSAGE_BYTE)),
                "open": In(1),
                "open_number": In(8),
                "clear": Out(1),
                "o": Out(stream.Signature(MESSAGE_BYTE)),
                "core": Out(CONTROL),
                "core_reset": Out(1),
                "damaged": In(16),
                "framing_errors": In(16),
            }
        )

    def elaborate(self, platform):
        m = Module()
        r = RequestRegisters()
        answer = Answer(r, self._accelerator, self._clock_hz)
        wanted = self._take(m, r)
        execution = Execution(r, self.core, wanted)
        self._cycle_counter(m, r)
        earlier, keep = self._verdicts(m, r)
        answer.load(m, self.core, self.damaged, self.framing_errors)
        with m.FSM():
            self._head(m, r, wanted)
            self._judge(m, r, earlier)
            self._execute(m, r, wanted)
            execution.start(m)
            execution.write(m)
            execution.pixels(m)
            execution.read(m)
            answer.states(m, keep, self.o)
            self._open(m, r, answer)
        return m

    def _take(self, m: Module, r: RequestRegisters) -> Signal:
        """Takes bytes where the signal that is returned wants them, and notes an OPEN; what the states ask
        of long registers is answered in registers.
        """
        wanted = Signal()
        # A byte is offered for a cycle before it is taken, so the number is known when `judge` asks.
        m.d.sync += [
            r.is_next.eq(r.before.all()),
            r.is_recent.eq(r.before < WINDOW),
            r.last_left.eq(r.left == 1),
            r.cells_left.eq(r.cells != 0),
            r.core_busy.eq(self.core.busy),
        ]
        m.d.sync += r.taken.eq(wanted & self.i.valid & ~r.taken)
        m.d.comb += [self.i.ready.eq(r.taken), self.core.response_address.eq(r.address)]
        with m.If(r.taken):
            m.d.sync += [r.bytes.eq(Cat(r.bytes[8:], self.i.payload.byte)), r.ended.eq(self.i.payload.last)]
        with m.If(self.open):
            m.d.sync += [r.opening.eq(1), r.opened_number.eq(self.open_number)]
        return wanted

    def _cycle_counter(self, m: Module, r: RequestRegisters) -> None:
        """Cycles from start to done of the latest run."""
        with m.If(self.core.start):
            m.d.sync += [r.cycles.eq(0), r.running.eq(1)]
        with m.Elif(r.running):
            m.d.sync += r.cycles.eq(r.cycles + 1)
        with m.If(self.core.done):
            m.d.sync += r.running.eq(0)
        with m.If(self.core_reset):
            m.d.sync += [r.cycles.eq(0), r.running.eq(0)]

    def _verdicts(self, m: Module, r: RequestRegisters) -> tuple:
        """Read and write port of the latest requests' verdicts, for their repetitions."""
        m.submodules.verdicts = verdicts = self._technology.logic_ram(shape=VERDICT_BITS, depth=WINDOW)
        earlier, keep = verdicts.read_port(domain="comb"), verdicts.write_port()
        slot = r.number[: (WINDOW - 1).bit_length()]
        m.d.comb += [earlier.addr.eq(slot), keep.addr.eq(slot), keep.data.eq(r.verdict)]
        return earlier, keep

    def _head(self, m: Module, r: RequestRegisters, wanted: Signal) -> None:
        """The states that take kind and number."""
        with m.State("idle"):
            m.d.sync += [r.place.eq(0), r.fresh.eq(0)]
            m.d.comb += wanted.eq(~r.opening)
            with m.If(r.opening):
                m.next = "reset"
            with m.Elif(r.taken):
                m.d.sync += r.kind.eq(self.i.payload.byte)
                m.next = "number"
        with m.State("number"):
            m.d.comb += wanted.eq(1)
            m.d.sync += [
                r.number.eq(self.i.payload.byte),
                r.before.eq(r.expected - self.i.payload.byte - 1),
            ]
            with m.If(r.taken):
                m.next = "judge"

    def _judge(self, m: Module, r: RequestRegisters, earlier) -> None:
        """The state that tells by the number what becomes of the request."""
        with m.State("judge"):
            m.d.sync += r.verdict.eq(Verdict.OUT_OF_ORDER)
            m.next = "skip"
            with m.If(~r.session):
                m.d.sync += r.verdict.eq(Verdict.CLOSED)
            with m.Elif(r.is_next):
                m.d.sync += [r.verdict.eq(Verdict.DONE), r.fresh.eq(1), r.expected.eq(r.expected + 1)]
                m.next = "execute"
            with m.Elif(r.is_recent):
                m.d.sync += r.verdict.eq(earlier.data)
                with m.If((r.kind == Kind.STATUS) | (r.kind == Kind.RESPONSE)):
                    m.next = "execute"

    def _execute(self, m: Module, r: RequestRegisters, wanted: Signal) -> None:
        """The states that begin what the kind asks for, and that skip what is left of a request."""
        with m.State("execute"), m.Switch(r.kind):
            with m.Case(Kind.WRITE):
                m.next = "write head"
            with m.Case(Kind.START):
                m.next = "start bytes"
            with m.Case(Kind.PIXELS, Kind.LAST_PIXELS):
                m.next = "pixel bytes"
            with m.Case(Kind.STATUS):
                m.next = "skip"
            with m.Case(Kind.RESPONSE):
                m.next = "response"
            with m.Default():
                m.d.sync += r.verdict.eq(Verdict.MALFORMED)
                m.next = "skip"
        with m.State("skip"):
            m.d.comb += wanted.eq(~r.ended)
            with m.If(r.ended):
                m.next = "answer"

    def _open(self, m: Module, r: RequestRegisters, answer: Answer) -> None:
        """The states that reset the core and the buffer; the session begins."""
        m.d.sync += r.reset.eq(0)
        m.d.comb += self.core_reset.eq(r.reset)
        with m.State("reset"):
            m.d.comb += self.clear.eq(1)
            m.d.sync += [
                r.reset.eq(1),
                r.opening.eq(0),
                r.expected.eq(0),
                r.session.eq(1),
                r.wait.eq(RESET_CYCLES - 1),
                r.kind.eq(Kind.OPEN),
                r.number.eq(r.opened_number),
                r.cells.eq(0),
            ]
            m.next = "reset wait"
        with m.State("reset wait"):
            m.d.sync += [r.reset.eq(1), r.wait.eq(r.wait - 1)]
            with m.If(r.wait == 0):
                m.next = "flush"
        with m.State("flush"):
            with m.If(~r.core_busy):
                m.next = "identify"
        with m.State("identify"):
            answer.say(m, "identity", IDENTITY.itemsize)
