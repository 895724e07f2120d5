"""The feature-map memory."""

from amaranth.hdl import Array, Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

BANK_WORDS = 2048


class FeatureMapMemory(wiring.Component):
    """A read and a write port to words of INT8 channels, built of banks.

    A word written is read back by any address given in a later cycle. Reading takes
    :attr:`LATENCY` cycles, one word each cycle; addresses past the end read as zero and write
    nowhere. Not cleared by reset.

    Parameters
    ----------
    depth, width
        Words, and bits of a word.

    Members
    -------
    read_address, read_data
        ``read_data`` is the word at ``read_address`` of :attr:`LATENCY` cycles ago.
    write_enable, write_address, write_data
        The word is stored at the end of the cycle.
    """

    # Address register, block RAM, its output register, multiplexer register.
    LATENCY = 4

    def __init__(self, *, depth: int, width: int):
        self._depth, self._width = depth, width
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
        offset_bits = (BANK_WORDS - 1).bit_length()
        outputs = []
        address = Signal(16, reset_less=True)
        m.d.sync += address.eq(self.read_address)
        for index, start in enumerate(range(0, self._depth, BANK_WORDS)):
            words = min(BANK_WORDS, self._depth - start)
            m.submodules[f"bank_{index}"] = bank = memory.Memory(shape=self._width, depth=words, init=[])
            read, write = bank.read_port(), bank.write_port()
            output = Signal(self._width, name=f"output_{index}", reset_less=True)
            m.d.comb += [
                read.addr.eq(address[:offset_bits]),
                read.en.eq(1),
                write.addr.eq(self.write_address[:offset_bits]),
                write.data.eq(self.write_data),
                write.en.eq(self.write_enable & (self.write_address >= start) & (self.write_address < start + words)),
            ]
            m.d.sync += output.eq(read.data)
            outputs.append(output)
        # The bank number travels with the word through the RAM and its output register.
        bank_1 = Signal(16 - offset_bits, reset_less=True)
        bank_2 = Signal(16 - offset_bits, reset_less=True)
        beyond_1 = Signal(reset_less=True)
        beyond_2 = Signal(reset_less=True)
        m.d.sync += [
            bank_1.eq(address[offset_bits:]),
            bank_2.eq(bank_1),
            beyond_1.eq(address >= self._depth),
            beyond_2.eq(beyond_1),
        ]
        word = Signal(self._width, reset_less=True)
        with m.If(beyond_2):
            m.d.sync += word.eq(0)
        with m.Else():
            m.d.sync += word.eq(Array(outputs)[bank_2])
        m.d.comb += self.read_data.eq(word)
        return m
