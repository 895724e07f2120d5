"""Ends a wait that would last for ever."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Watchdog(wiring.Component):
    """``bark`` is set for one cycle when ``waiting`` has been set for ``cycles`` cycles without a pause, and
    again after as many more.

    Parameters
    ----------
    cycles
        At least 2; a power of two needs no comparison.

    Members
    -------
    waiting : In(1)
        Something is waited for.
    bark : Out(1)
        It has been waited for too long; a register.
    """

    def __init__(self, cycles: int):
        if cycles < 2:
            raise ValueError(f"cycles must be at least 2, not {cycles}")
        self._cycles = cycles
        super().__init__({"waiting": In(1), "bark": Out(1)})

    def elaborate(self, platform):
        m = Module()
        left = Signal(range(self._cycles), init=self._cycles - 1)
        m.d.sync += [left.eq(self._cycles - 1), self.bark.eq(0)]
        with m.If(self.waiting):
            m.d.sync += [left.eq(left - 1), self.bark.eq(left == 0)]
            with m.If(left == 0):
                m.d.sync += left.eq(self._cycles - 1)
        return m
