"""An ASIC: block RAMs that SRAM macros can be, small memories of flip-flops."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import memory

from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.technology.technology import Technology


class TwoPortRam(BlockRam):
    """A :class:`siammixer.rtl.primitives.block_ram.BlockRam`, with its parameters and ports, for macros that
    read and write in one cycle.

    It is several memories side by side, each a power of two wide: macros are, and what is left of a wide one
    is dear.
    """

    def elaborate(self, platform):
        m = Module()
        output, found = Signal(self._width, reset_less=True), []
        start = 0
        for part in _powers(self._width):
            # Yosys need not keep what is read in the cycle of its write: BlockRam promises nothing there.
            words = memory.Memory(shape=part, depth=self._depth, init=[], attrs={"no_rw_check": 1})
            m.submodules[f"words_{start}"] = words
            read, write = words.read_port(), words.write_port()
            self._address(m, read, write)
            m.d.comb += [
                write.data.eq(self.write_data[start : start + part]),
                write.en.eq(self.write_enable),
            ]
            found.append(read.data)
            start += part
        m.d.sync += output.eq(Cat(found))
        m.d.comb += self.read_data.eq(output)
        return m

    def _address(self, m: Module, read, write) -> None:
        m.d.comb += [read.addr.eq(self.read_address), read.en.eq(1), write.addr.eq(self.write_address)]


class OnePortRam(TwoPortRam):
    """The same for macros that read or write: a cycle that writes reads nothing, whatever its address.

    ``read_data`` then is undefined LATENCY cycles later.
    """

    def _address(self, m: Module, read, write) -> None:
        address = Mux(self.write_enable, self.write_address, self.read_address)
        m.d.comb += [read.addr.eq(address), write.addr.eq(address), read.en.eq(~self.write_enable)]


class Asic(Technology):
    """Memories for SRAM macros, with one port where that is enough, and small ones of flip-flops."""

    name = "asic"

    def block_ram(self, *, width: int, depth: int, one_port: bool = False) -> BlockRam:
        return (OnePortRam if one_port else TwoPortRam)(width=width, depth=depth)

    def logic_ram(self, *, shape, depth: int, registered: bool = False) -> memory.Memory:
        return memory.Memory(shape=shape, depth=depth, init=[], attrs={"ram_style": "logic"})


def _powers(width: int) -> list[int]:
    """The powers of two that add up to ``width``, the largest first."""
    return [1 << bit for bit in reversed(range(width.bit_length())) if width >> bit & 1]


ASIC = Asic()
