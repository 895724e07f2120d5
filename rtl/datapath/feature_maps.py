"""The feature-map memory."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import MAP_BANK_WORDS, Accelerator
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.primitives.skew import delay
from siammixer.rtl.technology.technology import GENERIC, Technology


def map_latency(accelerator: Accelerator) -> int:
    """Cycles from an address to its word, of the accelerator's feature-map memory."""
    return FeatureMapMemory.BANK_LATENCY + accelerator.map_banks


class FeatureMapMemory(wiring.Component):
    """A read and a write port to words of INT8 channels, built of banks.

    A word written is read back by any address given in a later cycle; what is read in the cycle of
    its write is undefined. Reading takes :attr:`LATENCY` cycles, one word each cycle; addresses
    past the end read as zero and write nowhere. Not cleared by reset.

    Addresses and words go from bank to bank, a bank a cycle, reads and writes alike: each bank is
    driven by registers of its own and adds its word, or not, to what the ones before it found.

    Parameters
    ----------
    depth, width
        Words, and bits of a word.
    technology
        Parts that its banks are built of.

    Members
    -------
    read_address : In(16)
        Word to read.
    read_data : Out(width)
        The word at ``read_address`` of LATENCY cycles ago.
    write_enable : In(1)
        ``write_data`` is stored.
    write_address : In(16)
        Where it is stored.
    write_data : In(width)
        The word to store.
    """

    # Address register, block RAM; and a register for each bank's word.
    BANK_LATENCY = 1 + BlockRam.LATENCY

    def __init__(self, *, depth: int, width: int, technology: Technology = GENERIC):
        self._depth, self._width, self._technology = depth, width, technology
        self._starts = range(0, depth, MAP_BANK_WORDS)
        self.LATENCY = self.BANK_LATENCY + len(self._starts)
        super().__init__(
            {
                "read_address": In(16),
                "read_data": Out(width),
                "write_enable": In(1),
                "write_address": In(16),
                "write_data": In(width),
            }
        )

    def elaborate(self, platform):
        m = Module()
        read, word = self.read_address, 0
        enable, address, data = self.write_enable, self.write_address, self.write_data
        for index, start in enumerate(self._starts):
            words = min(MAP_BANK_WORDS, self._depth - start)
            m.submodules[f"bank_{index}"] = bank = self._technology.block_ram(width=self._width, depth=words)
            # Whether an address is this bank's is found out before it is there, not between its register and
            # the RAM.
            here = delay(m, _within(read, index, words), 1 + BlockRam.LATENCY, f"here_{index}")
            write_here = delay(m, enable & _within(address, index, words), 1, f"write_here_{index}")
            read = delay(m, read, 1, f"read_address_{index}")
            enable, address, data = (
                delay(m, value, 1, f"write_{name}_{index}")
                for name, value in (("enable", enable), ("address", address), ("data", data))
            )
            found = Signal(self._width, name=f"found_{index}", reset_less=True)
            m.d.comb += [
                bank.read_address.eq(read),
                bank.write_address.eq(address),
                bank.write_data.eq(data),
                bank.write_enable.eq(write_here),
            ]
            m.d.sync += found.eq(Mux(here, bank.read_data, word))
            word = found
        m.d.comb += self.read_data.eq(word)
        return m


def _within(address, bank: int, words: int):
    """Whether the word at ``address`` lies in a bank of so many words."""
    here = address >> MAP_BANK_WORDS.bit_length() - 1 == bank
    return here if words == MAP_BANK_WORDS else here & (address % MAP_BANK_WORDS < words)
