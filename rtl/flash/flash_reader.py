"""An SPI flash, read from one address on."""

from amaranth.hdl import Array, Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.flash import ADDRESS, ADDRESS_BITS, READ, WAKE, FlashTiming
from siammixer.ir.errors import InputError

SPI = wiring.Signature({"cs_n": Out(1, init=1), "clk": Out(1), "mosi": Out(1), "miso": In(1)})
"""The pins of a flash, as whoever reads it drives them; all outputs are registers.

Members
-------
cs_n : Out(1, init=1)
    Selects the flash while it is low.
clk : Out(1)
    The line's clock, low while nothing is sent (mode 0).
mosi : Out(1)
    To the flash, which takes it at the clock's rising edge.
miso : In(1)
    From the flash, which changes it at the clock's falling edge.
"""

# What is sent before data come: WAKE alone, then READ and the address, the highest byte first.
_WAKE, _READ, _DATA = 0, 1, 2 + ADDRESS_BITS // 8


class FlashReader(wiring.Component):
    """Sends the bytes of a flash from one address on, for as long as ``run`` is high.

    A run begins with ``wait_cycles`` in which the flash is not selected; WAKE; as many cycles again, in which
    it wakes up; READ and the address. Then a byte leaves every ``byte_cycles``
    (:meth:`siammixer.arch.flash.FlashTiming.read_cycles` tells when). A byte that is not taken stops the
    line's clock, for as long as it likes. Nothing is lost at any pace, and nothing tells whether there is a
    flash: without one all bytes are alike. A bit is sampled one cycle before the falling edge that ends it:
    it has 2 x half_cycles - 1 cycles from the falling edge before, for its way there and back.

    Where ``run`` goes low, in the middle of whatever, the flash is left at once.

    Parameters
    ----------
    timing
        Of the line.
    address
        First byte to be read, below 2**24.

    Members
    -------
    run : In(1)
        Read. An offer of ``o`` ends with it.
    o : Out(stream.Signature(8))
        The bytes.
    pins : Out(SPI)
        The flash. On an ECP5 that reads its own configuration's flash, ``clk`` leaves by the primitive
        USRMCLK and the others by their pins: that is the board's business.
    """

    def __init__(self, timing: FlashTiming, address: int = ADDRESS):
        if not 0 <= address < 1 << ADDRESS_BITS:
            raise InputError(f"an address in the flash must be 0 to {(1 << ADDRESS_BITS) - 1}, not {address}")
        self._timing = timing
        self._sent = [WAKE, READ, *address.to_bytes(ADDRESS_BITS // 8, "big")]
        super().__init__({"run": In(1), "o": Out(stream.Signature(8)), "pins": Out(SPI)})

    def elaborate(self, platform):
        m = Module()
        pins, half, wait = self.pins, self._timing.half_cycles, self._timing.wait_cycles
        byte = Signal(8)
        bits = Signal(range(8))
        step = Signal(range(_DATA + 1))
        full = Signal()
        waited = Signal(range(wait))
        timer = Signal(range(half))
        miso = Signal()
        m.d.sync += miso.eq(pins.miso)
        m.d.comb += [self.o.payload.eq(byte), self.o.valid.eq(full), pins.mosi.eq(byte[-1])]
        with m.If(~self.run):
            m.d.sync += [pins.cs_n.eq(1), pins.clk.eq(0)]
            m.d.sync += [step.eq(_WAKE), bits.eq(0), full.eq(0), waited.eq(0)]
        with m.Elif(pins.cs_n):
            m.d.sync += [waited.eq(waited + 1), timer.eq(0), byte.eq(self._byte(step))]
            with m.If(waited == wait - 1):
                m.d.sync += pins.cs_n.eq(0)
        with m.Elif(~full | self.o.ready):
            m.d.sync += [full.eq(0), timer.eq(timer + 1)]
            with m.If(timer == half - 1):
                m.d.sync += [timer.eq(0), pins.clk.eq(~pins.clk)]
                with m.If(pins.clk):
                    m.d.sync += [byte.eq(Cat(miso, byte)), bits.eq(bits + 1)]
                    with m.If(bits == 7):
                        self._next(m, step, byte, full)
        return m

    def _next(self, m: Module, step: Signal, byte: Signal, full: Signal) -> None:
        """A byte was sent, or is there. While the flash wakes up nothing waits for it: the count of cycles
        begins at 0, where the wait before it has ended.
        """
        with m.If(step == _DATA):
            m.d.sync += full.eq(1)
        with m.Else():
            m.d.sync += [step.eq(step + 1), byte.eq(self._byte(step + 1)), self.pins.cs_n.eq(step == _WAKE)]

    def _byte(self, step) -> Signal:
        """The byte that is sent in a step; while data come it does not matter."""
        return Array(self._sent)[step]
