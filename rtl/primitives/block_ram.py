"""A memory with the timing of block RAMs and their output registers."""

from amaranth.hdl import Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out


class BlockRam(wiring.Component):
    """A read and a write port to one memory; ``read_data`` is the word at ``read_address`` of
    :attr:`LATENCY` cycles ago.

    One read and one write per cycle, no back-pressure, no reset. What is read in the very cycle in
    which it is written is undefined: block RAMs promise nothing there, and to make sure of it
    costs a comparator and a word of multiplexers.

    Parameters
    ----------
    width
        Bits of a word.
    depth
        Words.

    Members
    -------
    read_address : In(range(depth))
        Word to read.
    read_data : Out(width)
        The word at ``read_address`` of LATENCY cycles ago.
    write_enable : In(1)
        ``write_data`` is stored at the end of the cycle.
    write_address : In(range(depth))
        Where it is stored.
    write_data : In(width)
        The word to store.
    """

    # The RAM and its output register.
    LATENCY = 2

    def __init__(self, *, width: int, depth: int):
        self._width, self._depth = width, depth
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
