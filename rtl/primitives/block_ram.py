"""A memory of block RAMs with their output registers."""

from amaranth.hdl import Cat, ClockSignal, Const, Elaboratable, Instance, Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.area import BLOCK_RAM_SHAPES
from siammixer.rtl.primitives.multiplier import TECHNOLOGIES

ADDRESS_BITS, DATA_BITS = 14, 18


class BlockRam(wiring.Component):
    """A read and a write port to one memory; ``read_data`` is the word at ``read_address`` of
    :attr:`LATENCY` cycles ago.

    One read and one write per cycle, no back-pressure, no reset. What is read in the very cycle in
    which it is written is undefined: block RAMs promise nothing there, and to make sure of it
    costs a comparator and a word of multiplexers.

    Parameters
    ----------
    width, depth
        Bits of a word, and words; at most 16384 words in "ecp5".
    technology
        "ecp5" instantiates DP16KDs, whose own output registers are the second cycle: without them
        the RAM alone takes 5.7 ns. The others describe the behaviour.

    Members
    -------
    read_address, read_data
        The read port.
    write_enable, write_address, write_data
        The word is stored at the end of the cycle.
    """

    # The RAM and its output register.
    LATENCY = 2

    def __init__(self, *, width: int, depth: int, technology: str = "generic"):
        if technology not in TECHNOLOGIES:
            raise ValueError(f"technology must be one of {TECHNOLOGIES}, not {technology!r}")
        deepest = BLOCK_RAM_SHAPES[-1][0]
        if technology == "ecp5" and depth > deepest:
            raise ValueError(f"depth must be at most {deepest} words in ecp5, not {depth}")
        self._width, self._depth, self._technology = width, depth, technology
        super().__init__(
            {
                "read_address": In(range(depth)),
                "read_data": Out(width),
                "write_enable": In(1),
                "write_address": In(range(depth)),
                "write_data": In(width),
            }
        )

    def elaborate(self, platform):
        m = Module()
        if self._technology == "ecp5":
            self._blocks(m)
            return m
        m.submodules.words = words = memory.Memory(shape=self._width, depth=self._depth, init=[])
        read, write = words.read_port(), words.write_port()
        output = Signal(self._width, reset_less=True)
        m.d.comb += [
            read.addr.eq(self.read_address),
            read.en.eq(1),
            write.addr.eq(self.write_address),
            write.data.eq(self.write_data),
            write.en.eq(self.write_enable),
            self.read_data.eq(output),
        ]
        m.d.sync += output.eq(read.data)
        return m

    def _blocks(self, m: Module) -> None:
        """Blocks side by side, as wide as the depth lets them be."""
        bits = next(bits for words, bits in BLOCK_RAM_SHAPES if words >= self._depth)
        for start in range(0, self._width, bits):
            part = slice(start, min(start + bits, self._width))
            m.submodules[f"block_{start // bits}"] = self._block(m, bits, part)

    def _block(self, m: Module, bits: int, part: slice) -> Elaboratable:
        """A DP16KD that holds some bits of every word: written through port A, read through port B."""
        # Narrower words have more address bits, below the others. A word of 18 bits has two there that
        # enable its bytes.
        unused = {18: 4, 9: 3, 4: 2, 2: 1, 1: 0}[bits]
        low = Const(0b11 if bits == 18 else 0, unused)
        addresses = {
            "A": Signal(ADDRESS_BITS, name="write_address"),
            "B": Signal(ADDRESS_BITS, name="read_address"),
        }
        data = Signal(DATA_BITS, name="write_data")
        word = Signal(DATA_BITS, name="read_data")
        m.d.comb += [
            addresses["A"].eq(Cat(low, self.write_address)),
            addresses["B"].eq(Cat(low, self.read_address)),
            data.eq(self.write_data[part]),
            self.read_data[part].eq(word),
        ]
        pins = []
        for port, address in addresses.items():
            pins += [("i", f"AD{port}{bit}", address[bit]) for bit in range(ADDRESS_BITS)]
            pins += [
                ("i", f"DI{port}{bit}", data[bit] if port == "A" else Const(0)) for bit in range(DATA_BITS)
            ]
            pins += [("i", f"CS{port}{bit}", Const(0)) for bit in range(3)]
            pins += [
                ("i", f"CLK{port}", ClockSignal()),
                ("i", f"CE{port}", Const(1)),
                ("i", f"OCE{port}", Const(1)),
                ("i", f"RST{port}", Const(0)),
            ]
            pins += [
                ("p", f"DATA_WIDTH_{port}", bits),
                ("p", f"REGMODE_{port}", "OUTREG"),
                ("p", f"WRITEMODE_{port}", "NORMAL"),
            ]
            pins += [("p", f"CSDECODE_{port}", "0b000")]
        return Instance(
            "DP16KD",
            *pins,
            *[("o", f"DOB{bit}", word[bit]) for bit in range(DATA_BITS)],
            i_WEA=self.write_enable,
            i_WEB=Const(0),
            p_RESETMODE="SYNC",
            p_ASYNC_RESET_RELEASE="SYNC",
            p_GSR="DISABLED",
        )
