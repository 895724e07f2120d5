"""The feature-map memory."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.block_ram import BlockRam
from rtl.skew import delay
from spec.accelerator import MAP_BANK_WORDS, Accelerator


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
        See :class:`rtl.block_ram.BlockRam`.

    Members
    -------
    read_address, read_data
        ``read_data`` is the word at ``read_address`` of :attr:`LATENCY` cycles ago.
    write_enable, write_address, write_data
        The word is stored at the end of the cycle.
    """

    # Address register, block RAM; and a register for each bank's word.
    BANK_LATENCY = 1 + BlockRam.LATENCY

    def __init__(self, *, depth: int, width: int, technology: str = "generic"):
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
        read, write, word = self.read_address, (self.write_enable, self.write_address, self.write_data), 0
        for index, start in enumerate(self._starts):
            read = delay(m, read, 1, f"read_address_{index}")
            write = [delay(m, value, 1, f"write_{name}_{index}") for name, value in zip(("enable", "address", "data"), write, strict=True)]
            word = self._bank(m, index, start, read, write, word)
        m.d.comb += self.read_data.eq(word)
        return m

    def _bank(self, m: Module, index: int, start: int, read: Signal, write: list, word) -> Signal:
        """``word``, found by the banks before, or this bank's."""
        words = min(MAP_BANK_WORDS, self._depth - start)
        m.submodules[f"bank_{index}"] = bank = BlockRam(width=self._width, depth=words, technology=self._technology)

        def within(address):
            here = address >> MAP_BANK_WORDS.bit_length() - 1 == index
            return here if words == MAP_BANK_WORDS else here & (address % MAP_BANK_WORDS < words)

        enable, address, data = write
        here = delay(m, within(read), BlockRam.LATENCY, f"here_{index}")
        found = Signal(self._width, name=f"found_{index}", reset_less=True)
        m.d.comb += [
            bank.read_address.eq(read),
            bank.write_address.eq(address),
            bank.write_data.eq(data),
            bank.write_enable.eq(enable & within(address)),
        ]
        m.d.sync += found.eq(Mux(here, bank.read_data, word))
        return found
