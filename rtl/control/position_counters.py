"""Counts through the positions of one step, a cycle ahead of the address generator."""

from __future__ import annotations

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import LANE_CYCLES, Accelerator
from siammixer.arch.instruction import FIELDS
from siammixer.rtl.control.instruction import INSTRUCTION

LOOPS = ("slot", "block", "column", "row")

POSITION = data.StructLayout(
    {
        "go": 1,  # there is a position
        "load": 1,  # there is none: a bias and multiplier are loaded
        "fill": 1,  # there is none: a filler goes into the transposer
        "window": 1,  # there is none: a window of a fused step is multiplied
        "slot": FIELDS["slots"],  # counters of the position
        "block": FIELDS["blocks"],
        "column": FIELDS["columns"],
        # A window is whole here, or the result of a fused step makes one whole; always, where there are no
        # windows.
        "whole": 1,
        "full_row": 1,  # the row has such windows
        "first_slot": 1,  # the slot is the first
        "residual_slot": 1,  # the slot's word is the residual
        "multiplies": 1,  # the slot multiplies
        "last_mac": 1,  # the slot is the last that does
        "next_slot": 1,  # there is a position, and its slot is not the last
        "next_position": 1,  # there is one, and its slot is the last; then on to the
        "next_block": 1,  # next block at the same place of the plane
        "next_column": 1,  # next place of the plane, or, after its last one, elsewhere
        "next_row": 1,  # next row, after the plane's last one elsewhere; with next_column
        "next_plane": 1,  # next plane; with next_row
        "last_block": 1,  # the block is the last
    }
)
"""One cycle's work, and where it stands in the step's loops."""

WORK = ("go", "load", "fill", "window")
"""The members of POSITION that say that there is any."""


class PositionCounters(wiring.Component):
    """Runs one step: from ``begin`` until ``busy`` falls, the positions of its loops, one a cycle.

    The nesting, outermost first: block, row, column, slot where ``planes``; row, column, block, slot
    otherwise. A position waits while ``wait``. Loads come before the first position, ``instruction.pad``
    fillers after every plane of a transposed step, and after its last one as many more as empty the
    transposer. In a fused step a window that is due comes before the next position's first slot, and after
    the last position LANE_CYCLES cycles are left to the last window.

    Parameters
    ----------
    accelerator
        Sizes.

    Members
    -------
    begin : In(1)
        The step of ``instruction`` starts; ``busy`` from the next cycle.
    instruction : In(INSTRUCTION)
        The step (siammixer.arch.instruction); it stays the same while ``busy``.
    windowed : In(1)
        The step slides windows over a map.
    planes : In(1)
        The step's blocks are outermost.
    loads : In(1)
        The step has biases and multipliers.
    wait : In(1)
        The position must wait.
    abort : In(1)
        The step is given up.
    due : In(1)
        A fused step's window is to be multiplied (siammixer.rtl.datapath.fused).
    window : Out(1)
        It is multiplied in this cycle; combinational.
    busy : Out(1)
        Loads, positions or fillers are still to come.
    position : Out(POSITION)
        The position of one cycle ago. When that cycle was not busy, or the step was given up in it, none of
        WORK is set, and the rest means nothing.
    slot : Out(FIELDS["slots"])
        This cycle's slot; combinational, for what has to be taken in the very cycle.
    used : Out(1)
        The last slot of a position's last block is done, of a step that is not ``windowed``; combinational.
    """

    def __init__(self, accelerator: Accelerator):
        self._lanes = accelerator.lanes
        super().__init__(
            {
                "begin": In(1),
                "instruction": In(INSTRUCTION),
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
        r = _Registers(self._lanes)
        now = Signal(POSITION)
        self._limit(m, r.limit)
        self._tell(m, r, now)
        self._compare(m, r, now)
        with m.If(r.loading):
            self._load(m, r)
        with m.If(now.go):
            self._next_slot(m, r)
            with m.If(r.last_slot):
                self._next_position(m, r, now)
        with m.If(r.running & r.filling):
            self._fill(m, r)
        with m.If(self.begin):
            self._begin(m, r)
        with m.If(self.abort):
            going_on = (r.loading, r.running, r.filling, *r.work.values())
            m.d.sync += [signal.eq(0) for signal in going_on]
        return m

    def _limit(self, m: Module, limit) -> None:
        """The instruction's limits, in registers: it stands a cycle before the step's first."""
        instruction = self.instruction
        m.d.sync += [
            *(limit[f"{name}s"].eq(instruction[f"{name}s"] - 2) for name in LOOPS),
            *(limit[f"only_{name}"].eq(instruction[f"{name}s"] == 1) for name in LOOPS),
            limit.macs.eq(instruction.macs - 1),
            limit.stride_2.eq(Mux(instruction.fused, instruction.fused_stride_2, instruction.stride_2)),
            # A fused step has the constants of two layers.
            limit.loads.eq((instruction.blocks << instruction.fused) - 1),
            limit.fillers.eq(Mux(instruction.fused, LANE_CYCLES, instruction.pad + self._lanes)),
            limit.pads.eq(instruction.pad != 0),
            limit.only_pad.eq(instruction.pad == 1),
        ]

    def _tell(self, m: Module, r: _Registers, now) -> None:
        """The position of this cycle, in ``position`` a cycle later."""
        m.d.comb += [
            self.busy.eq(r.loading | r.running),
            now.load.eq(r.loading),
            now.fill.eq(r.running & r.filling & ~self.instruction.fused),
            now.window.eq(r.running & self.due & now.first_slot),
            now.go.eq(r.running & ~r.filling & ~self.wait & ~now.window),
            self.window.eq(now.window),
            *(now[name].eq(r.counters[name]) for name in ("slot", "block", "column")),
            now.last_block.eq(r.last["block"]),
            self.slot.eq(r.counters["slot"]),
            self.used.eq(now.go & r.last["slot"] & r.last["block"]),
        ]
        # Only whether there is work has to be cleared: one position more of a step that is given up moves
        # addresses that the next one begins anew, and its result is gone before that begins.
        m.d.sync += r.place.eq(now)
        m.d.sync += [work.eq(now[name]) for name, work in r.work.items()]
        m.d.comb += self.position.eq(r.place)
        m.d.comb += [self.position[name].eq(work) for name, work in r.work.items()]

    def _compare(self, m: Module, r: _Registers, now) -> None:
        """This cycle's place in its loops, from comparisons."""
        instruction, row = self.instruction, r.counters["row"]
        reach = Mux(instruction.kernel_5, 4, 2)
        missing = Signal()
        # A window is whole from the kernel's last row and column on, at every stride. A row's first column
        # never has one, so that it need not be known there yet whether the row has.
        m.d.sync += r.full_row.eq((row >= reach) & ~(r.limit.stride_2 & row[0]))
        whole = r.full_row & r.full_column
        m.d.comb += [
            now.full_row.eq(r.full_row),
            now.whole.eq(~(self.windowed | instruction.fused) | whole),
            missing.eq(self.windowed & ~whole),
            now.first_slot.eq(r.first_slot),
            now.residual_slot.eq(now.slot == instruction.residual_slot),
            now.multiplies.eq(~missing & (now.slot < instruction.macs)),
            now.last_mac.eq(now.slot == r.limit.macs),
            r.last_slot.eq(missing | r.last["slot"]),
            now.next_slot.eq(now.go & ~r.last_slot),
            now.next_position.eq(now.go & r.last_slot),
            now.next_block.eq(now.next_position & ~self.planes & ~now.last_block),
            now.next_column.eq(now.next_position & (self.planes | now.last_block)),
            now.next_row.eq(now.next_column & r.last["column"]),
            now.next_plane.eq(now.next_row & r.last["row"] & self.planes),
        ]

    def _load(self, m: Module, r: _Registers) -> None:
        """One bias and multiplier after the other; then the first position."""
        block = r.counters["block"]
        last_load = block == r.limit.loads
        m.d.sync += block.eq(Mux(last_load, 0, block + 1))
        with m.If(last_load):
            m.d.sync += [r.loading.eq(0), r.running.eq(1), r.last["block"].eq(r.limit.only_block)]

    def _next_slot(self, m: Module, r: _Registers) -> None:
        slot, limit = r.counters["slot"], r.limit
        m.d.sync += [
            slot.eq(Mux(r.last_slot, 0, slot + 1)),
            r.first_slot.eq(r.last_slot),
            r.last["slot"].eq(Mux(r.last_slot, limit.only_slot, slot == limit.slots)),
        ]

    def _next_position(self, m: Module, r: _Registers, now) -> None:
        """After a position's last slot: on to the next block, column, row, or plane."""
        instruction, block = self.instruction, r.counters["block"]
        next_is_last = (block == r.limit.blocks) | r.limit.only_block
        plane_ends = r.last["column"] & r.last["row"] & (self.planes | now.last_block)
        with m.If(~self.planes):
            m.d.sync += [block.eq(Mux(now.last_block, 0, block + 1)), r.last["block"].eq(next_is_last)]
        with m.If(self.planes | now.last_block):
            self._next_column(m, r)
        with m.If(plane_ends):
            m.d.sync += [
                r.ending.eq(now.last_block),
                r.fillers.eq(Mux(now.last_block, r.limit.fillers, instruction.pad)),
                # After the last plane there is more than one.
                r.last_filler.eq(~now.last_block & r.limit.only_pad),
            ]
            with m.If(instruction.transposed | instruction.fused):
                m.d.sync += r.filling.eq(now.last_block | r.limit.pads)
            with m.Elif(now.last_block):
                m.d.sync += r.running.eq(0)
            with m.If(self.planes):
                m.d.sync += [block.eq(block + 1), r.last["block"].eq(next_is_last)]

    def _next_column(self, m: Module, r: _Registers) -> None:
        limit, column, row = r.limit, r.counters["column"], r.counters["row"]
        last_column, last_row = r.last["column"], r.last["row"]
        m.d.sync += [
            column.eq(Mux(last_column, 0, column + 1)),
            last_column.eq((column == limit.columns) | limit.only_column),
            # From the kernel's last column on, at every stride.
            r.full_column.eq(
                ~last_column
                & (column >= Mux(self.instruction.kernel_5, 3, 1))
                & (~limit.stride_2 | column[0])
            ),
        ]
        with m.If(last_column):
            m.d.sync += row.eq(Mux(last_row, 0, row + 1))
            m.d.sync += last_row.eq((row == limit.rows) | limit.only_row)

    def _fill(self, m: Module, r: _Registers) -> None:
        """One filler after the other; then the next plane, or the end."""
        m.d.sync += [r.fillers.eq(r.fillers - 1), r.last_filler.eq(r.fillers == 2)]
        with m.If(r.last_filler):
            m.d.sync += [r.filling.eq(0), r.running.eq(~r.ending)]

    def _begin(self, m: Module, r: _Registers) -> None:
        m.d.sync += [
            *(counter.eq(0) for counter in r.counters.values()),
            r.loading.eq(self.loads),
            r.running.eq(~self.loads),
            *(last.eq(r.limit[f"only_{name}"]) for name, last in r.last.items()),
            r.first_slot.eq(1),
            r.full_column.eq(0),
        ]


class _Registers:
    """The counters' registers, and what is worked out from them on the way."""

    def __init__(self, lanes: int):
        # What is going on: biases and multipliers are loaded; positions or fillers come; fillers come; the
        # step ends after them.
        self.loading = Signal()
        self.running = Signal()
        self.filling = Signal()
        self.ending = Signal()
        # The position's counters. Whether each is the last is counted with them, so that what depends on
        # them need not compare.
        self.counters = {name: Signal(FIELDS[f"{name}s"], name=name, reset_less=True) for name in LOOPS}
        self.last = {name: Signal(name=f"last_{name}", reset_less=True) for name in LOOPS}
        self.first_slot = Signal(reset_less=True)
        # The column, and the row, are such that a window can be whole.
        self.full_column = Signal(reset_less=True)
        self.full_row = Signal(reset_less=True)
        # The instruction's limits: the place before the last of each loop, and whether there is only one; the
        # last mac, load and filler; whether planes have fillers, and whether one; the windows' stride.
        fillers = range(max(2 * lanes, LANE_CYCLES + 1))
        limits = {f"{name}s": FIELDS[f"{name}s"] for name in LOOPS} | {
            "macs": FIELDS["macs"],
            "loads": FIELDS["blocks"],
            "fillers": fillers,
            "pads": 1,
            "stride_2": 1,
        }
        only = {f"only_{name}": 1 for name in (*LOOPS, "pad")}
        self.limit = Signal(data.StructLayout(limits | only), reset_less=True)
        # Fillers left, and whether it is the last.
        self.fillers = Signal(fillers, reset_less=True)
        self.last_filler = Signal(reset_less=True)
        # The position of one cycle ago: whether there is work, and the rest of it.
        self.work = {name: Signal(name=name) for name in WORK}
        self.place = Signal(POSITION, reset_less=True)
        # Combinational: the slot is the last, or the window is not whole and nothing is to be done.
        self.last_slot = Signal()
