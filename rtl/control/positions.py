"""Counts through the positions of one step, a cycle ahead of the walker."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import LANE_CYCLES, Accelerator
from siammixer.arch.instruction import FIELDS
from siammixer.rtl.control.instruction import RECORD

# One cycle's work, and where it stands in the step's loops.
#
# go: there is a position. load: there is none, a bias and multiplier is loaded. fill: neither, a filler goes
# into the transposer. window: nor that, a window of a fused step is multiplied. slot, block, column: of the
# position. whole: a window is whole here, or the result of a fused step makes one whole (always, where there
# are no windows); full_row: it is in a row that has such windows. first_slot, residual_slot: the slot is the
# first; it is the one whose word is the residual. multiplies, last_mac: the slot multiplies; it is the last
# that does. last_slot, last_block, last_column, last_row: the slot, block, ... is the last.
POSITION = data.StructLayout(
    {
        "go": 1,
        "load": 1,
        "fill": 1,
        "window": 1,
        "slot": FIELDS["slots"],
        "block": FIELDS["blocks"],
        "column": FIELDS["columns"],
        "whole": 1,
        "full_row": 1,
        "first_slot": 1,
        "residual_slot": 1,
        "multiplies": 1,
        "last_mac": 1,
        "last_slot": 1,
        "last_block": 1,
        "last_column": 1,
        "last_row": 1,
    }
)


class Positions(wiring.Component):
    """Runs one step: from ``begin`` until ``busy`` falls, the positions of its loops, one a cycle.

    The nesting, outermost first: block, row, column, slot where ``planes``; row, column, block, slot
    otherwise. A position waits while ``wait``. Loads come before the first position, ``record.pad`` fillers
    after every plane of a transposed step, and after its last one as many more as empty the transposer. In a
    fused step a window that is due comes before the next position's first slot, and after the last position
    LANE_CYCLES cycles are left to the last window.

    Parameters
    ----------
    accelerator
        Sizes.

    Members
    -------
    begin
        Start with ``record``, which stays the same while ``busy``; ``busy`` from the next cycle.
    record
        The step (siammixer.arch.instruction).
    windowed, planes, loads
        What its kind means: it slides windows; its blocks are outermost; it has biases.
    wait, abort
        The position must wait; give the step up.
    due, window
        A fused step's window is to be multiplied (siammixer.rtl.datapath.fused); combinational: in this
        cycle.
    position
        :data:`POSITION` of one cycle ago; nothing is set in it when that was not busy.
    slot, used
        Combinational, for what has to be taken in the very cycle: the slot, and that the last slot of
        a position's last block is done (of a step that is not ``windowed``).
    """

    def __init__(self, accelerator: Accelerator):
        self._lanes = accelerator.lanes
        super().__init__(
            {
                "begin": In(1),
                "record": In(RECORD),
                "windowed": In(1),
                "planes": In(1),
                "loads": In(1),
                "wait": In(1),
                "abort": In(1),
                "due": In(1),
                "window": Out(1),
                "busy": Out(1),
                "position": Out(POSITION),
                "slot": Out(FIELDS["slots"]),
                "used": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        loading = Signal()
        running = Signal()
        filling = Signal()
        ending = Signal()
        slot, block, column, row = (
            Signal(FIELDS[f"{name}s"], name=name, reset_less=True)
            for name in ("slot", "block", "column", "row")
        )
        # Counted with the counters, so that what depends on them need not compare.
        ends = {
            name: Signal(name=f"last_{name}", reset_less=True) for name in ("slot", "block", "column", "row")
        }
        last_slot, last_block, last_column, last_row = ends.values()
        first_slot = Signal(reset_less=True)
        full_column = Signal(reset_less=True)
        limit = self._limits(m)
        fillers = Signal.like(limit.fillers, reset_less=True)
        now = Signal(POSITION)
        m.d.comb += [
            self.busy.eq(loading | running),
            now.load.eq(loading),
            now.fill.eq(running & filling & ~self.record.fused),
            now.window.eq(running & self.due & now.first_slot),
            now.go.eq(running & ~filling & ~self.wait & ~now.window),
            self.window.eq(now.window),
            *(
                now[name].eq(counter)
                for name, counter in (("slot", slot), ("block", block), ("column", column))
            ),
            *(now[f"last_{name}"].eq(ends[name]) for name in ("block", "column", "row")),
            self.slot.eq(slot),
            self.used.eq(now.go & last_slot & last_block),
        ]
        m.d.sync += self.position.eq(now)
        self._compare(m, now, row, first_slot, last_slot, full_column, limit)

        plane_ends = Signal()
        m.d.comb += plane_ends.eq(now.last_column & now.last_row & (self.planes | now.last_block))
        with m.If(loading):
            last_load = block == limit.loads
            m.d.sync += block.eq(Mux(last_load, 0, block + 1))
            with m.If(last_load):
                m.d.sync += [loading.eq(0), running.eq(1), last_block.eq(limit.only_block)]
        with m.If(now.go):
            next_block = (block == limit.blocks) | limit.only_block
            m.d.sync += [
                slot.eq(Mux(now.last_slot, 0, slot + 1)),
                first_slot.eq(now.last_slot),
                last_slot.eq(Mux(now.last_slot, limit.only_slot, slot == limit.slots)),
            ]
            with m.If(now.last_slot):
                with m.If(~self.planes):
                    m.d.sync += [block.eq(Mux(now.last_block, 0, block + 1)), last_block.eq(next_block)]
                with m.If(self.planes | now.last_block):
                    m.d.sync += [
                        column.eq(Mux(last_column, 0, column + 1)),
                        last_column.eq((column == limit.columns) | limit.only_column),
                        # From the kernel's last column on, at every stride.
                        full_column.eq(
                            ~last_column
                            & (column >= Mux(self.record.kernel_5, 3, 1))
                            & (~limit.stride_2 | column[0])
                        ),
                    ]
                    with m.If(last_column):
                        m.d.sync += row.eq(Mux(last_row, 0, row + 1))
                        m.d.sync += last_row.eq((row == limit.rows) | limit.only_row)
                with m.If(plane_ends):
                    m.d.sync += [
                        ending.eq(now.last_block),
                        fillers.eq(Mux(now.last_block, limit.fillers, self.record.pad)),
                    ]
                    with m.If(self.record.transposed | self.record.fused):
                        m.d.sync += filling.eq(now.last_block | (self.record.pad != 0))
                    with m.Elif(now.last_block):
                        m.d.sync += running.eq(0)
                    with m.If(self.planes):
                        m.d.sync += [block.eq(block + 1), last_block.eq(next_block)]
        with m.If(running & filling):
            m.d.sync += fillers.eq(fillers - 1)
            with m.If(fillers == 1):
                m.d.sync += [filling.eq(0), running.eq(~ending)]
        with m.If(self.begin):
            m.d.sync += [
                *(counter.eq(0) for counter in (slot, block, column, row)),
                loading.eq(self.loads),
                running.eq(~self.loads),
            ]
            m.d.sync += [
                *(end.eq(limit[f"only_{name}"]) for name, end in ends.items()),
                first_slot.eq(1),
                full_column.eq(0),
            ]
        with m.If(self.abort):
            m.d.sync += [loading.eq(0), running.eq(0), filling.eq(0), self.position.eq(0)]
        return m

    def _limits(self, m: Module) -> Signal:
        """The record's limits, in registers: the record stands a cycle before the step's first.

        The place before the last of each loop, and whether there is only one; the last mac, load and filler;
        the windows' stride.
        """
        record = self.record
        loops = ("slots", "blocks", "columns", "rows")
        only = {f"only_{name[:-1]}": 1 for name in loops}
        fillers = range(max(2 * self._lanes, LANE_CYCLES + 1))
        limits = {name: FIELDS[name] for name in (*loops, "macs")} | {
            "loads": FIELDS["blocks"],
            "fillers": fillers,
            "stride_2": 1,
        }
        limit = Signal(data.StructLayout(limits | only), reset_less=True)
        m.d.sync += [
            *(limit[name].eq(record[name] - 2) for name in loops),
            *(limit[f"only_{name[:-1]}"].eq(record[name] == 1) for name in loops),
            limit.macs.eq(record.macs - 1),
            limit.stride_2.eq(Mux(record.fused, record.fused_stride_2, record.stride_2)),
            # A fused step has the constants of two layers.
            limit.loads.eq((record.blocks << record.fused) - 1),
            limit.fillers.eq(Mux(record.fused, LANE_CYCLES, record.pad + self._lanes)),
        ]
        return limit

    def _compare(
        self, m: Module, now, row: Signal, first_slot: Signal, last_slot: Signal, full_column: Signal, limit
    ) -> None:
        """Where this cycle stands in its loops."""
        record = self.record
        reach = Mux(record.kernel_5, 4, 2)
        full_row = Signal(reset_less=True)
        missing = Signal()
        # A window is whole from the kernel's last row and column on, at every stride. A row's first column
        # never has one, so that it need not be known there yet whether the row has.
        m.d.sync += full_row.eq((row >= reach) & ~(limit.stride_2 & row[0]))
        m.d.comb += [
            now.full_row.eq(full_row),
            now.whole.eq(~(self.windowed | record.fused) | (full_row & full_column)),
            missing.eq(self.windowed & ~(full_row & full_column)),
            now.first_slot.eq(first_slot),
            now.residual_slot.eq(now.slot == record.residual_slot),
            now.multiplies.eq(~missing & (now.slot < record.macs)),
            now.last_mac.eq(now.slot == limit.macs),
            now.last_slot.eq(missing | last_slot),
        ]
