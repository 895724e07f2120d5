"""The core waits after a reset until nothing that was in its pipelines is left."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Flush(wiring.Component):
    """Keeps the core from being used until its pipelines are empty.

    Most registers of the datapath have no reset: they would cost more wires than all else. So what they held
    before a reset of one cycle still arrives somewhere after it. It does no harm while nothing else is going
    on.

    Parameters
    ----------
    cycles
        From the end of a reset until the pipelines are empty, at least 1.

    Members
    -------
    start : In(1)
        The host starts a run.
    run : Out(1)
        A run is started: in the same cycle or, where the host started it too early, in the last cycle of
        ``active``.
    early : Out(1)
        In the cycle of ``run``: the host started it too early.
    active : Out(1, init=1)
        The pipelines may still hold something. A register; high for ``cycles`` cycles after a reset.
    """

    def __init__(self, cycles: int):
        self._cycles = cycles
        super().__init__({"start": In(1), "run": Out(1), "early": Out(1), "active": Out(1, init=1)})

    def elaborate(self, platform):
        m = Module()
        left = Signal(range(self._cycles), init=self._cycles - 1)
        begun = Signal()
        with m.If(~self.active):
            m.d.comb += self.run.eq(self.start)
        with m.Else():
            m.d.sync += [left.eq(left - 1), begun.eq(begun | self.start)]
            with m.If(left == 0):
                m.d.comb += [self.early.eq(begun | self.start), self.run.eq(self.early)]
                m.d.sync += self.active.eq(0)
        return m
