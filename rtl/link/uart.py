"""A serial line: eight data bits, no parity, one stop bit."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

from siammixer.ir.errors import InputError

# Shortest bit: the receiver samples within half a cycle of a bit's middle, and sees an edge up to a cycle
# late.
SHORTEST_BIT = 4
# Each end may be wrong by this much of a bit's length: at its stop bit a byte is then off by two fifths of a
# bit.
LARGEST_ERROR = 0.02
DATA_BITS = 8


def bit_cycles(clock_hz: float, baud: int) -> int:
    """Clock cycles of a bit.

    Raises
    ------
    InputError
        Where the clock makes no bit of that length: shorter than four cycles, or wrong by more than 2 %.
    """
    cycles = round(clock_hz / baud) if baud > 0 else 0
    if cycles < SHORTEST_BIT:
        raise InputError(
            f"baud must be 1 to {int(clock_hz / SHORTEST_BIT)} at a clock of {clock_hz:g} Hz, not {baud}"
        )
    if abs(clock_hz / cycles / baud - 1) > LARGEST_ERROR:
        raise InputError(
            f"baud must be within 2 % of {clock_hz / cycles:.0f}, the clock of {clock_hz:g} Hz divided by "
            f"{cycles}, not {baud}"
        )
    return cycles


class UartReceiver(wiring.Component):
    """Bytes out of a serial line.

    A byte is taken where its start bit falls, and sampled in the middle of each bit; it is offered in ``o``
    for one cycle, half a stop bit before it ends. A line that is low in the middle of the stop bit is a
    framing error: the byte is dropped, and nothing more is received until the line is high again. A start bit
    that is over before its middle is a disturbance and is ignored. The sender's bits may be longer or shorter
    by 4 %, whatever the bytes before (2 % at the shortest bit, four cycles).

    Parameters
    ----------
    cycles
        Clock cycles of a bit, at least SHORTEST_BIT.

    Members
    -------
    rx : In(1, init=1)
        The line, high while idle; any phase to the clock.
    o : Out(stream.Signature(8))
        Bytes, one cycle each: they cannot wait.
    framing_error : Out(1)
        One cycle for each byte dropped.
    """

    # From the line to the receiver: two synchronising registers.
    LATENCY = 2

    def __init__(self, cycles: int):
        self._cycles = cycles
        super().__init__({"rx": In(1, init=1), "o": Out(stream.Signature(8)), "framing_error": Out(1)})

    def elaborate(self, platform):
        m = Module()
        line = Signal(init=1)
        m.submodules.synchronizer = FFSynchronizer(self.rx, line, init=1, stages=self.LATENCY)
        timer = Signal(range(self._cycles))
        left = Signal(range(DATA_BITS))
        middle = timer == 0
        m.d.sync += timer.eq(Mux(middle, self._cycles - 1, timer - 1))
        with m.FSM():
            with m.State("idle"):
                # The line has been low for a cycle when this is seen.
                m.d.sync += timer.eq(self._cycles // 2 - 1)
                with m.If(~line):
                    m.next = "start"
            with m.State("start"):
                m.d.sync += left.eq(DATA_BITS - 1)
                with m.If(middle):
                    m.next = "data"
                    with m.If(line):
                        m.next = "idle"
            with m.State("data"):
                with m.If(middle):
                    m.d.sync += [self.o.payload.eq(Cat(self.o.payload[1:], line)), left.eq(left - 1)]
                    with m.If(left == 0):
                        m.next = "stop"
            with m.State("stop"):
                with m.If(middle):
                    m.d.comb += [self.o.valid.eq(line), self.framing_error.eq(~line)]
                    m.next = "idle"
                    with m.If(~line):
                        m.next = "broken"
            with m.State("broken"):
                with m.If(line):
                    m.next = "idle"
        return m


class UartTransmitter(wiring.Component):
    """Bytes onto a serial line, back to back while there are any: ten bits of ``cycles`` each.

    Parameters
    ----------
    cycles
        Clock cycles of a bit.

    Members
    -------
    i : In(stream.Signature(8))
        Bytes; one is taken when the one before it has been sent.
    tx : Out(1, init=1)
        The line, high while idle.
    """

    def __init__(self, cycles: int):
        self._cycles = cycles
        super().__init__({"i": In(stream.Signature(8)), "tx": Out(1, init=1)})

    def elaborate(self, platform):
        m = Module()
        timer = Signal(range(self._cycles))
        left = Signal(range(DATA_BITS + 3))
        bits = Signal(DATA_BITS + 1, init=-1)
        # When the line is idle or a byte's last cycle has come: from a register, since it decides much.
        ready = Signal(init=1)
        m.d.comb += self.i.ready.eq(ready)
        # Registered: the line must not show how its logic settles.
        m.d.sync += self.tx.eq(bits[0])
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [bits.eq(Cat(0, self.i.payload)), left.eq(DATA_BITS + 2), timer.eq(self._cycles - 1)]
            m.d.sync += ready.eq(0)
        with m.Elif(timer != 0):
            m.d.sync += [timer.eq(timer - 1), ready.eq((left == 0) | ((left == 1) & (timer == 1)))]
        with m.Elif(left != 0):
            # Ones follow the data: the stop bit, and the idle line.
            m.d.sync += [bits.eq(Cat(bits[1:], 1)), left.eq(left - 1), timer.eq(self._cycles - 1)]
            m.d.sync += ready.eq((left == 1) | ((left == 2) & (self._cycles == 1)))
        return m
