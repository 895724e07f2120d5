"""OmniVision's serial camera control bus, as far as it takes to set a camera up."""

from collections.abc import Sequence
from math import ceil

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from siammixer.arch.ov7670 import RegisterWrite
from siammixer.ir.errors import InputError

# What the camera allows, and the shortest third in which what it answers passes the synchroniser.
SLOWEST_HZ, FASTEST_HZ = 100_000, 400_000
SHORTEST_THIRD = 4
# A byte and its acknowledgement, three times, and the bit in which the bus is given back.
BITS = 3 * 9 + 1
# The bits that are left when a byte is acknowledged.
ACKNOWLEDGED = range(BITS - 9, 0, -9)
# Before them the start, after them the pause that the bus must have.
WRITE_THIRDS = 1 + 3 * BITS + 2


def third_cycles(clock_hz: float, bus_hz: int) -> int:
    """Clock cycles of a third of a bit, so that the bus is not faster than ``bus_hz``.

    Raises
    ------
    InputError
        Where the bus cannot be that fast, or the clock is too slow for it.
    """
    if not SLOWEST_HZ <= bus_hz <= FASTEST_HZ:
        raise InputError(f"bus_hz must be {SLOWEST_HZ} to {FASTEST_HZ}, not {bus_hz}")
    third = clock_hz / bus_hz / 3
    if third < SHORTEST_THIRD:
        raise InputError(
            f"bus_hz must be at most {int(clock_hz / 3 / SHORTEST_THIRD)} at a clock of {clock_hz:g} Hz, not "
            f"{bus_hz}"
        )
    return ceil(third)


class SccbSetup(wiring.Component):
    """Writes a camera's registers over SCCB, once after each reset.

    After ``pause`` cycles it makes the writes in their order: each is the camera's address, the register and
    the value, and takes WRITE_THIRDS thirds of a bit. After one that must settle ``pause`` cycles follow
    instead of the last two thirds. ``done`` then stays high. A bit is three thirds: the clock low, the data
    changed, the clock high. So all times of the bus are kept up to FASTEST_HZ, at which a low clock lasts
    1.67 us and everything else 0.83 us.

    A byte that nobody acknowledges is an error: the write ends there as any other, the bus is free, ``error``
    is high, and after ``pause`` all begins again, with the first write. So a camera that is connected later
    is set up too. Data that are low before a write are an error as well: who holds them low would acknowledge
    everything. ``error`` is low again with ``done``.

    Parameters
    ----------
    writes
        The registers and their values, at least one.
    address
        The byte that begins each write.
    third
        Cycles of a third of a bit, at least SHORTEST_THIRD (:func:`third_cycles`).
    pause
        Cycles, at least two thirds of a bit, before the first write and after one that must settle.

    Members
    -------
    clock : Out(1, init=1)
        SIO_C, which only this side drives.
    data_low : Out(1)
        SIO_D is pulled low; else it is let go, and a resistor pulls it high.
    data : In(1, init=1)
        SIO_D as it is, in any phase to the clock.
    done : Out(1)
        Everything is written, and all of it was acknowledged.
    error : Out(1)
        The last attempt ended because nobody acknowledged.
    """

    def __init__(self, writes: Sequence[RegisterWrite], *, address: int, third: int, pause: int):
        self._writes, self._address, self._third, self._pause = tuple(writes), address, third, pause
        super().__init__(
            {
                "clock": Out(1, init=1),
                "data_low": Out(1),
                "data": In(1, init=1),
                "done": Out(1),
                "error": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        line = Signal(init=1)
        m.submodules.synchronizer = FFSynchronizer(self.data, line, init=1)
        write, index = self._table(m)
        timer = Signal(range(self._pause), init=self._pause - 1)
        bits, left = Signal(BITS), Signal(range(BITS))
        refused = Signal()
        step = timer == 0
        m.d.sync += timer.eq(Mux(step, self._third - 1, timer - 1))
        with m.FSM():
            with m.State("free"):
                with m.If(step):
                    # The data fall while the clock is high: a start. Where somebody holds them low already,
                    # it is none; but the clock goes on, which ends a transfer that was broken off.
                    m.d.sync += [self.data_low.eq(1), refused.eq(~line), left.eq(BITS - 1)]
                    m.d.sync += bits.eq(self._bits(write))
                    m.next = "start"
            with m.State("start"):
                with m.If(step):
                    m.d.sync += self.clock.eq(0)
                    m.next = "low"
            with m.State("low"):
                with m.If(step):
                    m.d.sync += self.data_low.eq(~bits[-1])
                    m.next = "changed"
            with m.State("changed"):
                with m.If(step):
                    m.d.sync += self.clock.eq(1)
                    m.next = "high"
            with m.State("high"):
                with m.If(step):
                    m.d.sync += [bits.eq(bits << 1), left.eq(left - 1), self.clock.eq(0)]
                    m.next = "low"
                    with m.If(Cat(left == bit for bit in ACKNOWLEDGED).any() & line):
                        # The bits that are left are given up, but for the last one, which is 0.
                        m.d.sync += [bits.eq(0), left.eq(0), refused.eq(1)]
                    with m.If(left == 0):
                        # The data rise while the clock is high: a stop.
                        m.d.sync += [self.clock.eq(1), self.data_low.eq(0)]
                        self._next(m, write, index, refused, timer)
            with m.State("done"):
                pass
        return m

    def _table(self, m):
        """The write that is next, and its number."""
        layout = data.StructLayout({"value": 8, "register": 8, "settle": 1})
        m.submodules.writes = table = Memory(
            shape=layout,
            depth=len(self._writes),
            init=[
                {"value": write.value, "register": write.register, "settle": write.settle}
                for write in self._writes
            ],
        )
        read = table.read_port(domain="comb")
        index = Signal(range(len(self._writes)))
        m.d.comb += read.addr.eq(index)
        return read.data, index

    def _bits(self, write):
        """The bits of a write, the highest one first: a 1 lets the data go, for the camera to acknowledge."""
        acknowledge = Const(1, 1)
        fields = (Const(self._address, 8), write.register, write.value)
        return Cat(Const(0, 1), *(part for field in reversed(fields) for part in (acknowledge, field)))

    def _next(self, m, write, index, refused, timer):
        """Goes on after a write."""
        m.next = "free"
        m.d.sync += timer.eq(Mux(write.settle | refused, self._pause - 1, 2 * self._third - 1))
        with m.If(refused):
            m.d.sync += [self.error.eq(1), index.eq(0)]
        with m.Elif(index == len(self._writes) - 1):
            m.d.sync += [self.done.eq(1), self.error.eq(0)]
            m.next = "done"
        with m.Else():
            m.d.sync += index.eq(index + 1)
