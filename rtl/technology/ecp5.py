"""Lattice ECP5: DSP blocks MULT18X18D and block RAMs DP16KD, instantiated."""

from amaranth.hdl import Cat, ClockSignal, Const, Elaboratable, Instance, Module, Signal

from siammixer.arch.area import BLOCK_RAM_SHAPES, ECP5_85F
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.primitives.multiplier import PORT_BITS, Multiplier, MultiplierRow
from siammixer.rtl.technology.technology import Technology

ADDRESS_BITS, DATA_BITS = 14, 18


class Ecp5Multiplier(Multiplier):
    """A :class:`siammixer.rtl.primitives.multiplier.Multiplier`, with its parameters and ports, that is one
    MULT18X18D with all its registers.
    """

    def elaborate(self, platform):
        m = Module()
        # Operands sit at the top of the 18-bit ports: no sign bits to fan out.
        a_pad, b_pad = PORT_BITS - len(self.a), PORT_BITS - len(self.b)
        a = Signal(PORT_BITS)
        b = Signal(PORT_BITS)
        p = Signal(2 * PORT_BITS)
        m.submodules.mult18x18d = self._instance(a, b, p)
        m.d.comb += [
            a.eq(Cat(Const(0, a_pad), self.a)),
            b.eq(Cat(Const(0, b_pad), self.b)),
            self.p.eq(p[a_pad + b_pad :].as_signed()),
        ]
        return m

    def _instance(self, a: Signal, b: Signal, p: Signal) -> Elaboratable:
        registers = {}
        for register in ("INPUTA", "INPUTB", "PIPELINE", "OUTPUT"):
            registers |= {
                f"p_REG_{register}_CLK": "CLK0",
                f"p_REG_{register}_CE": "CE0",
                f"p_REG_{register}_RST": "RST0",
            }
        return Instance(
            "MULT18X18D",
            *[("i", f"A{bit}", a[bit]) for bit in range(PORT_BITS)],
            *[("i", f"B{bit}", b[bit]) for bit in range(PORT_BITS)],
            *[("o", f"P{bit}", p[bit]) for bit in range(2 * PORT_BITS)],
            i_SIGNEDA=Const(1),
            i_SIGNEDB=Const(1),
            i_SOURCEA=Const(0),
            i_SOURCEB=Const(0),
            i_CLK0=ClockSignal(),
            i_CE0=Const(1),
            i_RST0=Const(0),
            p_GSR="DISABLED",
            **registers,
        )


class Ecp5BlockRam(BlockRam):
    """A :class:`siammixer.rtl.primitives.block_ram.BlockRam`, with its ports, of DP16KDs side by side.

    Their own output registers are the second cycle of reading: without them the RAM alone takes 5.7 ns.

    Parameters
    ----------
    width
        Bits of a word.
    depth
        Words, at most 16384.
    """

    def __init__(self, *, width: int, depth: int):
        deepest = BLOCK_RAM_SHAPES[-1][0]
        if depth > deepest:
            raise ValueError(f"depth must be at most {deepest} words in ecp5, not {depth}")
        super().__init__(width=width, depth=depth)

    def elaborate(self, platform):
        """Blocks side by side, as wide as the depth lets them be."""
        m = Module()
        bits = next(bits for words, bits in BLOCK_RAM_SHAPES if words >= self._depth)
        for start in range(0, self._width, bits):
            part = slice(start, min(start + bits, self._width))
            m.submodules[f"block_{start // bits}"] = self._block(m, bits, part)
        return m

    def _block(self, m: Module, bits: int, part: slice) -> Elaboratable:
        """A DP16KD that holds some bits of every word: written through port A, read through port B."""
        # Narrower words have more address bits, below the others. A word of 18 bits has two there that
        # enable its bytes.
        unused = {18: 4, 9: 3, 4: 2, 2: 1, 1: 0}[bits]
        low = Const(0b11 if bits == 18 else 0, unused)
        write_address = Signal(ADDRESS_BITS)
        read_address = Signal(ADDRESS_BITS)
        write_data = Signal(DATA_BITS)
        read_data = Signal(DATA_BITS)
        m.d.comb += [
            write_address.eq(Cat(low, self.write_address)),
            read_address.eq(Cat(low, self.read_address)),
            write_data.eq(self.write_data[part]),
            self.read_data[part].eq(read_data),
        ]
        return Instance(
            "DP16KD",
            *_port_pins("A", bits, write_address, write_data),
            *_port_pins("B", bits, read_address, Const(0, DATA_BITS)),
            *[("o", f"DOB{bit}", read_data[bit]) for bit in range(DATA_BITS)],
            i_WEA=self.write_enable,
            i_WEB=Const(0),
            p_RESETMODE="SYNC",
            p_ASYNC_RESET_RELEASE="SYNC",
            p_GSR="DISABLED",
        )


def _port_pins(port: str, bits: int, address, data) -> list[tuple]:
    """Pins and settings of one port of a DP16KD but for its write enable and its output."""
    return [
        *[("i", f"AD{port}{bit}", address[bit]) for bit in range(ADDRESS_BITS)],
        *[("i", f"DI{port}{bit}", data[bit]) for bit in range(DATA_BITS)],
        *[("i", f"CS{port}{bit}", Const(0)) for bit in range(3)],
        ("i", f"CLK{port}", ClockSignal()),
        ("i", f"CE{port}", Const(1)),
        ("i", f"OCE{port}", Const(1)),
        ("i", f"RST{port}", Const(0)),
        ("p", f"DATA_WIDTH_{port}", bits),
        ("p", f"REGMODE_{port}", "OUTREG"),
        ("p", f"WRITEMODE_{port}", "NORMAL"),
        ("p", f"CSDECODE_{port}", "0b000"),
    ]


class Ecp5(Technology):
    """An ECP5 with so many DSP blocks.

    Parameters
    ----------
    dsp_blocks
        Multipliers MULT18X18D of the device.
    """

    name = "ecp5"

    def __init__(self, *, dsp_blocks: int):
        self.dsp_blocks = dsp_blocks

    def multiplier(self, a_bits: int, b_bits: int) -> Multiplier:
        return Ecp5Multiplier(a_bits, b_bits)

    def multiplier_row(self, count: int) -> MultiplierRow:
        return MultiplierRow(count, make=Ecp5Multiplier)

    def block_ram(self, *, width: int, depth: int, one_port: bool = False) -> BlockRam:
        return Ecp5BlockRam(width=width, depth=depth)


LFE5U_85F = Ecp5(dsp_blocks=ECP5_85F["DSP"])
