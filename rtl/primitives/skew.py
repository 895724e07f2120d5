"""Delays: of a signal, and of each byte of a word by its own number of cycles."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


def delay(m: Module, value, cycles: int, name: str):
    """``value`` of so many cycles ago (not cleared by reset); keeps its shape."""
    for age in range(1, cycles + 1):
        stage = Signal.like(value, name=f"{name}_{age}", reset_less=True)
        m.d.sync += stage.eq(value)
        value = stage
    return value


class Skew(wiring.Component):
    """Byte n of ``o`` is byte n of ``i``, ``delays[n]`` cycles ago.

    Parameters
    ----------
    delays
        Cycles of each byte, the lowest byte's first.

    Members
    -------
    i : In(8 * len(delays))
        Word in.
    o : Out(8 * len(delays))
        Word out, each byte of its own age.
    """

    def __init__(self, delays):
        self._delays = tuple(delays)
        width = 8 * len(self._delays)
        super().__init__({"i": In(width), "o": Out(width)})

    def elaborate(self, platform):
        m = Module()
        for index, cycles in enumerate(self._delays):
            m.d.comb += self.o.word_select(index, 8).eq(
                self._delayed(m, self.i.word_select(index, 8), index, cycles)
            )
        return m

    def _delayed(self, m: Module, byte, index: int, cycles: int):
        if cycles == 0:
            return byte
        # One wide shift register: as cheap as a chain in hardware, cheaper to simulate.
        stages = Signal(8 * cycles, name=f"stages_{index}", reset_less=True)
        m.d.sync += stages.eq(byte | (stages << 8))
        return stages[-8:]
