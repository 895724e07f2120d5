"""The response and its peak."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.rtl.datapath.lane import CHAIN_BITS
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.primitives.skew import delay
from siammixer.rtl.technology.technology import GENERIC, Technology


class Response(wiring.Component):
    """Sums the correlation over blocks of channels and finds the largest cell.

    ``add`` adds the ``value`` of the next cycle to cell ``address``; with ``first`` the cell starts from it.
    With ``last`` the cell is complete and takes part in the peak, which ``clear`` resets; of equal cells the
    first in order of completion wins. A cell may be added to again after :attr:`AGAIN` cycles. One addition
    per cycle.

    ``read_data`` is the cell at ``read_address``, three cycles later, while nothing is added.

    Parameters
    ----------
    depth
        Cells.
    technology
        Parts that its memory is built of.
    bits
        Of a sum that is kept: sums that fit are whole, and so is the peak among them.

    Members
    -------
    add : In(1)
        The ``value`` of the next cycle is added to a cell.
    first : In(1)
        The cell starts from it.
    last : In(1)
        The cell is complete with it.
    address : In(16)
        The cell.
    value : In(signed(CHAIN_BITS))
        What is added, a cycle after its ``add``.
    clear : In(1)
        The peak is forgotten.
    peak_position : Out(16)
        Address of the peak, LATENCY cycles after its last value.
    peak_value : Out(signed(CHAIN_BITS))
        Value of the peak, in the same cycle.
    read_address : In(16)
        The cell that the host reads.
    read_data : Out(signed(CHAIN_BITS))
        That cell, three cycles later.
    """

    AGAIN = 5
    LATENCY = AGAIN + 2

    def __init__(self, depth: int, technology: Technology = GENERIC, bits: int = CHAIN_BITS):
        self._depth, self._technology, self._bits = depth, technology, bits
        super().__init__(
            {
                "add": In(1),
                "first": In(1),
                "last": In(1),
                "address": In(16),
                "value": In(signed(CHAIN_BITS)),
                "clear": In(1),
                "peak_position": Out(16),
                "peak_value": Out(signed(CHAIN_BITS)),
                "read_address": In(16),
                "read_data": Out(signed(CHAIN_BITS)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.cells = cells = self._technology.block_ram(width=self._bits, depth=self._depth)
        m.d.comb += [
            cells.read_address.eq(
                delay(m, Mux(self.add, self.address, self.read_address), 1, "read_address")
            ),
            self.read_data.eq(cells.read_data.as_signed()),
        ]

        # The old value, in a register since the block RAM can lie far from here, then the sum; the cell is
        # written and compared after it.
        old = delay(m, cells.read_data.as_signed(), 1, "old")
        add, first, last, address = (
            delay(m, getattr(self, name), 2 + BlockRam.LATENCY, name)
            for name in ("add", "first", "last", "address")
        )
        value = delay(m, self.value, 1 + BlockRam.LATENCY, "value")
        written = Signal()
        complete = Signal()
        cell = Signal(16, reset_less=True)
        total = Signal(signed(self._bits), reset_less=True)
        m.d.sync += [
            written.eq(add),
            complete.eq(add & last),
            cell.eq(address),
            total.eq(Mux(first, 0, old) + value),
        ]
        m.d.comb += [cells.write_enable.eq(written), cells.write_address.eq(cell), cells.write_data.eq(total)]

        self._find_peak(m, total, cell, complete)
        return m

    def _find_peak(self, m: Module, total: Signal, cell: Signal, complete: Signal) -> None:
        """The largest of the complete sums.

        The sum lies beside the memory that it is written to, the peak may lie elsewhere: a sum becomes a
        candidate two cycles later. In between it is compared with the peak, and with the candidate before it,
        which may become the peak in that very cycle.
        """
        names = ("candidate", total), ("place", cell), ("counts", complete)
        coming, coming_place, coming_counts = (
            delay(m, signal, 1, f"coming_{name}") for name, signal in names
        )
        candidate, place, counts = (
            delay(m, signal, 1, name)
            for name, signal in (("candidate", coming), ("place", coming_place), ("counts", coming_counts))
        )
        found, wins, won = Signal(), Signal(), Signal(reset_less=True)
        above_candidate, above_peak = Signal(reset_less=True), Signal(reset_less=True)
        m.d.sync += [
            above_candidate.eq(coming > candidate),
            above_peak.eq(coming > self.peak_value),
            won.eq(wins),
        ]
        m.d.comb += wins.eq(counts & (~found | Mux(won, above_candidate, above_peak)))
        with m.If(wins):
            m.d.sync += [found.eq(1), self.peak_position.eq(place), self.peak_value.eq(candidate)]
        with m.If(self.clear):
            m.d.sync += found.eq(0)
