"""Nine channels per cycle out of words of ``lanes`` channels."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import TAPS, Accelerator


class Gearbox(wiring.Component):
    """Cuts a pixel's channels, which arrive as words, into groups of ``accelerator.group``.

    With ``advance`` the word ``i`` becomes the newest. ``o`` is the group that ends at channel
    ``end`` of the newest word, where ``end`` belongs to the same cycle as ``advance``; it may
    begin in the word before. Narrow accelerators take whole words: ``o`` is then the newest
    word, filled up with zeros.

    One group per cycle, :attr:`LATENCY` cycles, no back-pressure, no reset.

    Parameters
    ----------
    accelerator
        Sizes.

    Members
    -------
    advance : In(1)
        ``i`` becomes the newest word.
    i : In(8 * accelerator.lanes)
        The next word, ``lanes`` INT8 channels.
    end : In(range(accelerator.lanes))
        The channel of the newest word that the group ends at.
    o : Out(8 * TAPS)
        TAPS INT8 activations, the first channel in the lowest byte.
    """

    # The newest words, their bytes moved by whole fours, by the rest.
    LATENCY = 3

    def __init__(self, accelerator: Accelerator):
        self._lanes = accelerator.lanes
        super().__init__(
            {
                "advance": In(1),
                "i": In(8 * accelerator.lanes),
                "end": In(range(accelerator.lanes)),
                "o": Out(8 * TAPS),
            }
        )

    def elaborate(self, platform):
        m = Module()
        newest = Signal.like(self.i, reset_less=True)
        before = Signal.like(self.i, reset_less=True)
        end = Signal.like(self.end, reset_less=True)
        group = Signal.like(self.o, reset_less=True)
        m.d.sync += end.eq(self.end)
        with m.If(self.advance):
            m.d.sync += [newest.eq(self.i), before.eq(newest)]
        # The group's first byte, counted in before|newest, is end + lanes - (TAPS - 1).
        both = newest if self._lanes < TAPS else Cat(before, newest)[8 * (self._lanes - TAPS + 1) :]
        fine = Signal(2, reset_less=True)
        near = Signal(8 * (TAPS + 3), reset_less=True)
        if self._lanes < TAPS:
            m.d.sync += [near.eq(both), group.eq(near)]
        else:
            m.d.sync += [fine.eq(end[:2]), near.eq(both >> (end[2:] << 5)), group.eq(near >> (fine << 3))]
        m.d.comb += self.o.eq(group)
        return m
