"""The tracker behind a serial line: the complete design, but for a board's pins, clock and reset."""

from amaranth.hdl import Module, Mux, ResetInserter, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import Accelerator
from siammixer.rtl.accelerator import SiamMixer
from siammixer.rtl.link.link import Link
from siammixer.rtl.link.uart import UartReceiver, UartTransmitter, bit_cycles
from siammixer.rtl.technology.technology import GENERIC, Technology

ACTIVITY_SECONDS = 0.05


class TrackerDevice(wiring.Component):
    """The core, the link and a UART; one clock, one reset.

    Parameters
    ----------
    accelerator
        Sizes of the core.
    clock_hz
        Frequency of the clock, in Hz.
    baud
        Bits per second of the line; :func:`siammixer.rtl.link.uart.bit_cycles` says what the clock can make.
    technology
        Parts that multipliers and memories are built of.

    Members
    -------
    rx : In(1, init=1)
        The serial line from the host, high while idle; in any phase to the clock.
    tx : Out(1, init=1)
        The serial line to the host, high while idle.
    busy : Out(1)
        A run is in progress; for an LED.
    error : Out(1)
        The latest run ended with an error; for an LED.
    active : Out(1)
        Requests arrive: high for 50 ms after each; for an LED.
    """

    def __init__(
        self, accelerator: Accelerator, *, clock_hz: float, baud: int, technology: Technology = GENERIC
    ):
        self._accelerator, self._clock_hz, self._technology = accelerator, clock_hz, technology
        self._bit_cycles = bit_cycles(clock_hz, baud)
        super().__init__(
            {"rx": In(1, init=1), "tx": Out(1, init=1), "busy": Out(1), "error": Out(1), "active": Out(1)}
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.receiver = receiver = UartReceiver(self._bit_cycles)
        m.submodules.transmitter = transmitter = UartTransmitter(self._bit_cycles)
        m.submodules.link = link = Link(
            self._accelerator, clock_hz=self._clock_hz, technology=self._technology
        )
        core = SiamMixer(self._accelerator, self._technology, trace=False)
        # A register between: link and core lie far from each other, and the board's reset from both.
        core_reset = Signal()
        m.d.sync += core_reset.eq(link.core_reset)
        m.submodules.core = ResetInserter(core_reset)(core)
        m.d.comb += [
            receiver.rx.eq(self.rx),
            self.tx.eq(transmitter.tx),
            link.framing_error.eq(receiver.framing_error),
        ]
        wiring.connect(m, receiver.o, link.i)
        wiring.connect(m, link.o, transmitter.i)
        wiring.connect(m, link.core, core.host)
        m.d.sync += [self.busy.eq(core.host.busy), self.error.eq(~core.host.busy & (core.host.error != 0))]
        lit = Signal(range(round(ACTIVITY_SECONDS * self._clock_hz) + 1))
        m.d.sync += [
            lit.eq(Mux(link.active, round(ACTIVITY_SECONDS * self._clock_hz), lit - (lit != 0))),
            self.active.eq(lit != 0),
        ]
        return m
