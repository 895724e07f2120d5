"""The link: a host's framed requests on a byte stream, executed on the core."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.link import BUFFER_BYTES, RECEIVE_SECONDS, Kind
from siammixer.rtl.host import CONTROL
from siammixer.rtl.link.link_buffer import MessageBuffer
from siammixer.rtl.link.link_frame import FrameReceiver, FrameTransmitter
from siammixer.rtl.link.link_requests import Requests
from siammixer.rtl.technology.technology import GENERIC, Technology


class Link(wiring.Component):
    """Everything between a byte stream and the core's ports (docs/link.md).

    Whatever arrives, a request is executed once, whole and in its order, or not at all. Bytes in cannot wait;
    requests wait in a buffer that has room for a whole window of them. Nothing is sent but answers.

    Parameters
    ----------
    accelerator
        Sizes of the core.
    clock_hz
        Frequency of the clock, in Hz: for the time-out of a message that stops, and told to the host.
    technology
        Parts that its memories are built of.

    Members
    -------
    i : In(stream.Signature(8))
        Bytes of the line.
    o : Out(stream.Signature(8))
        Bytes for the line.
    framing_error : In(1)
        One cycle for each byte that the line could not tell; counted.
    core : Out(CONTROL)
        The core's interface (:class:`siammixer.rtl.host.HostSignature`).
    core_reset : Out(1)
        The core's reset.
    active : Out(1)
        One cycle for each request that arrives.
    """

    def __init__(self, accelerator: Accelerator, *, clock_hz: float, technology: Technology = GENERIC):
        self._accelerator, self._clock_hz, self._technology = accelerator, round(clock_hz), technology
        super().__init__(
            {
                "i": In(stream.Signature(8)),
                "o": Out(stream.Signature(8)),
                "framing_error": In(1),
                "core": Out(CONTROL),
                "core_reset": Out(1),
                "active": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.receiver = receiver = FrameReceiver(round(RECEIVE_SECONDS * self._clock_hz))
        m.submodules.buffer = buffer = MessageBuffer(BUFFER_BYTES, self._technology)
        m.submodules.requests = requests = Requests(
            self._accelerator, clock_hz=self._clock_hz, technology=self._technology
        )
        m.submodules.transmitter = transmitter = FrameTransmitter()
        wiring.connect(m, wiring.flipped(self.i), receiver.i)
        wiring.connect(m, receiver.o, buffer.i)
        wiring.connect(m, buffer.o, requests.i)
        wiring.connect(m, requests.o, transmitter.i)
        wiring.connect(m, transmitter.o, wiring.flipped(self.o))
        wiring.connect(m, requests.core, wiring.flipped(self.core))

        # An OPEN does not wait in the buffer, which may be full of what it puts an end to, and is emptied
        # then.
        whole = receiver.o.valid & receiver.o.payload.last
        m.d.comb += [
            buffer.drop.eq(receiver.drop),
            buffer.clear.eq(requests.clear),
            requests.open.eq(whole & (receiver.kind == Kind.OPEN)),
            requests.open_number.eq(receiver.number),
            self.active.eq(whole),
            self.core_reset.eq(requests.core_reset),
            requests.damaged.eq(self._counted(m, receiver.drop | buffer.overflow, requests.clear, "damaged")),
            requests.framing_errors.eq(
                self._counted(m, self.framing_error, requests.clear, "framing_errors")
            ),
        ]
        return m

    def _counted(self, m: Module, event, clear, name: str) -> Signal:
        """How often, since the session began; stops at the largest."""
        count = Signal(16, name=name)
        m.d.sync += count.eq(Mux(clear, 0, count + (event & ~count.all())))
        return count
