"""The answer to a request: what it says, and the states that send it."""

from amaranth.hdl import Cat, Const, Module, Mux

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.link import (
    ANSWER,
    ANSWER_HEAD_BYTES,
    CELL_BYTES,
    IDENTITY,
    PAYLOAD_BYTES,
    STATUS,
    VERSION,
    WINDOW,
    Kind,
    Verdict,
)
from siammixer.rtl.link.records import packed
from siammixer.rtl.link.request_registers import CELL_CYCLES, VERDICT_BITS, RequestRegisters
from siammixer.rtl.primitives.skew import delay


class Answer:
    """Loads the reply register and sends it byte after byte.

    A part of :class:`siammixer.rtl.link.link_requests.Requests`, in whose module and state machine its logic
    stands.

    Parameters
    ----------
    registers
        Registers of the requests.
    accelerator
        Sizes that the answer to OPEN tells.
    clock_hz
        The clock that the answer to OPEN tells, in Hz.
    """

    def __init__(self, registers: RequestRegisters, accelerator: Accelerator, clock_hz: int):
        self._registers, self._accelerator, self._clock_hz = registers, accelerator, clock_hz

    def load(self, m: Module, core, damaged, framing_errors) -> None:
        """A cycle after the state that asks for it; the reply is long, and registers drive it, what comes
        from the core's far ends too.

        Parameters
        ----------
        core
            The core's interface (siammixer.rtl.host).
        damaged, framing_errors
            16-bit counts for the status.
        """
        r = self._registers
        status = packed(
            STATUS,
            busy=core.busy,
            error=core.error,
            step=core.step,
            cycles=r.cycles,
            peak_position=core.peak_position,
            peak_value=core.peak_value,
            damaged=damaged,
            framing_errors=framing_errors,
        )
        done = Const(Verdict.DONE, VERDICT_BITS)
        loads = {
            "answer": self._told(r.verdict, delay(m, status, 1, "status")),
            "identity": self._told(done, self._identity()),
            "cell": delay(m, core.response_data, 1, "cell"),
            "rest": r.reply[8:],
        }
        for name, value in loads.items():
            with m.If(r.load[name]):
                m.d.sync += r.reply.eq(value)
        m.d.sync += [flag.eq(0) for flag in r.load.values()]

    def _told(self, verdict, payload) -> Cat:
        r = self._registers
        return Cat(r.kind | ANSWER, r.number, verdict, Const(0, 8 - len(verdict)), r.expected, payload)

    def _identity(self) -> Cat:
        sizes = self._accelerator
        return packed(
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

    def say(self, m: Module, what: str, payload_bytes) -> None:
        """In a state: the head and so many bytes of "answer" or "identity" are sent."""
        r = self._registers
        m.d.sync += [r.load[what].eq(1), r.left.eq(ANSWER_HEAD_BYTES + payload_bytes)]
        m.next = "load"

    def states(self, m: Module, keep, o) -> None:
        """The states from "answer", which says the verdict, to the last byte sent, and then "idle"; "cell"
        waits for a cell of the response.

        Parameters
        ----------
        keep
            Write port of the verdicts of the latest requests.
        o
            Stream of the answers' bytes.
        """
        r = self._registers
        with m.State("cell"):
            m.d.sync += r.wait.eq(r.wait - 1)
            with m.If(r.wait == 0):
                m.d.sync += [
                    r.load["cell"].eq(1),
                    r.left.eq(CELL_BYTES),
                    r.cells.eq(r.cells - 1),
                    r.address.eq(r.address + 1),
                ]
                m.next = "load"
        with m.State("answer"):
            m.d.comb += keep.en.eq(r.fresh)
            told = (r.kind == Kind.STATUS) & (r.verdict == Verdict.DONE)
            self.say(m, "answer", Mux(told, STATUS.itemsize, 0))
        with m.State("load"):
            m.next = "send"
        with m.State("send"):
            m.d.comb += [
                o.valid.eq(1),
                o.payload.byte.eq(r.reply[:8]),
                o.payload.last.eq(r.last_left & ~r.cells_left),
            ]
            m.d.sync += r.wait.eq(CELL_CYCLES - 1)
            with m.If(o.ready):
                m.d.sync += [r.load["rest"].eq(1), r.left.eq(r.left - 1)]
                m.next = "load"
                with m.If(r.last_left):
                    m.next = "idle"
                    with m.If(r.cells_left):
                        m.next = "cell"
