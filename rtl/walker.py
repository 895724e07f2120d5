"""Walks the positions of one step and issues one cycle's work after the other."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.issue import issue_layout
from spec.accelerator import TAPS, Accelerator
from spec.program import FIELDS, RECORD_WORDS, Kind

RECORD = data.StructLayout({**FIELDS, "unused": 32 * RECORD_WORDS - sum(FIELDS.values())})


class Walker(wiring.Component):
    """Runs one step: from ``begin`` until ``busy`` falls it issues one piece of work per cycle.

    The nesting, outermost first, by kind: windows of a map - block, row, column, slot; pixel
    windows and pointwise - row, column, block, slot; transposer - row, column. Only a missing
    pixel window makes it wait.

    Before the first position it issues ``blocks`` loads of biases and multipliers (none for
    the transposer and the template).

    Parameters
    ----------
    accelerator
        Sizes.

    Members
    -------
    begin
        Start with ``record``, which stays the same while ``busy``; ``busy`` from the next cycle.
    record
        The step (spec.program).
    patch_offset
        Added to the write address where the record says so.
    abort
        Give the step up.
    window_ready
        A pixel window is there to multiply.
    issue
        Combinational; nothing is set in it while not ``busy``.
    """

    def __init__(self, accelerator: Accelerator):
        self._accelerator = accelerator
        super().__init__(
            {
                "begin": In(1),
                "record": In(RECORD),
                "patch_offset": In(16),
                "abort": In(1),
                "window_ready": In(1),
                "busy": Out(1),
                "issue": Out(issue_layout(accelerator)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        self._decode(m)
        self._declare_positions()
        loading = Signal()
        running = Signal()
        go = Signal()
        m.d.comb += [
            self.busy.eq(loading | running),
            go.eq(running & (self.window_ready | ~self._is(Kind.CONVOLUTION))),
        ]
        self._load_constants(m, loading, running)
        self._compare(m)
        with m.If(go):
            self._issue(m)
            self._advance(m, running)
        with m.If(self.begin):
            m.d.sync += [loading.eq(self._has_constants), running.eq(~self._has_constants)]
            self._begin(m)
        with m.If(self.abort):
            m.d.sync += [loading.eq(0), running.eq(0)]
        return m

    def _is(self, *kinds: Kind):
        """Whether the record is of one of these kinds."""
        result = self.record.kind == kinds[0]
        for kind in kinds[1:]:
            result |= self.record.kind == kind
        return result

    def _decode(self, m: Module) -> None:
        """What the record's kind means; the record does not change while its step runs."""
        self._windowed, self._transposing, self._has_constants = Signal(), Signal(), Signal()
        self._start_write = Signal(16)
        m.d.comb += [
            self._windowed.eq(self._is(Kind.DEPTHWISE, Kind.STORE_TEMPLATE, Kind.CORRELATE)),
            self._transposing.eq(self._is(Kind.TRANSPOSE)),
            self._has_constants.eq(self._is(Kind.CONVOLUTION, Kind.DEPTHWISE, Kind.POINTWISE, Kind.CORRELATE)),
            self._start_write.eq(self.record.write_base + Mux(self.record.patch_output, self.patch_offset, 0)),
        ]

    def _declare_positions(self) -> None:
        self._slot, self._block = Signal(6), Signal(6)
        self._column, self._row = Signal(10), Signal(10)
        # Addresses: of the row, of the pixel, and (to write) of the block.
        self._read_row, self._read_pixel = Signal(16), Signal(16)
        self._write_row, self._write_pixel, self._write = Signal(16), Signal(16), Signal(16)
        self._weight, self._weight_block = Signal(16), Signal(16)
        # The gearbox's word of this pixel and where the group ends in it.
        self._word, self._end = Signal(6), Signal(range(self._accelerator.lanes))

    def _begin(self, m: Module) -> None:
        record = self.record
        m.d.sync += [
            *(counter.eq(0) for counter in (self._slot, self._block, self._column, self._row, self._word)),
            *(address.eq(record.read_base) for address in (self._read_row, self._read_pixel)),
            *(address.eq(self._start_write) for address in (self._write_row, self._write_pixel, self._write)),
            *(address.eq(record.weight_base) for address in (self._weight, self._weight_block)),
            self._end.eq(TAPS - 1),
        ]

    def _load_constants(self, m: Module, loading: Signal, running: Signal) -> None:
        lane = self.issue.lane
        m.d.comb += lane.relu.eq(self.record.relu)
        with m.If(loading):
            m.d.comb += [lane.load.eq(1), lane.constant.eq(self._block), lane.weight.eq(self.record.constant_base + self._block)]
            m.d.sync += self._block.eq(self._block + 1)
            with m.If(self._block == self.record.blocks - 1):
                m.d.sync += [self._block.eq(0), loading.eq(0), running.eq(1)]

    def _compare(self, m: Module) -> None:
        """Where this cycle stands in its loops."""
        record = self.record
        reach = Mux(record.kernel_5, 4, 2)
        full_row, full_column = Signal(), Signal()
        self._full_row, self._position, self._multiplies = full_row, Signal(), Signal()
        self._last_slot, self._last_mac, self._last_block = Signal(), Signal(), Signal()
        self._last_column, self._last_row = Signal(), Signal()
        self._filling, self._residual = Signal(), Signal()
        lanes = self._accelerator.lanes
        m.d.comb += [
            # A window is whole from the kernel's last row and column on, at every stride.
            full_row.eq((self._row >= reach) & ~(record.stride_2 & self._row[0])),
            full_column.eq((self._column >= reach) & ~(record.stride_2 & self._column[0])),
            self._position.eq(~self._windowed | (full_row & full_column)),
            self._multiplies.eq(self._position & (self._slot < record.macs)),
            self._last_mac.eq(self._slot == record.macs - 1),
            self._last_slot.eq(~self._position | (self._slot == record.slots - 1)),
            self._last_block.eq(self._block == record.blocks - 1),
            self._last_row.eq(self._row == record.rows - 1),
            self._filling.eq(self._transposing & (self._column < lanes)),
            self._residual.eq(record.residual & self._position & Mux(self._transposing, ~self._filling, self._slot == record.residual_slot)),
        ]
        with m.If(self._transposing & self._last_row):
            m.d.comb += self._last_column.eq(self._column == lanes - 1 + record.tail)
        with m.Else():
            m.d.comb += self._last_column.eq(self._column == record.columns - 1)

    def _issue(self, m: Module) -> None:
        record, issue, lane = self.record, self.issue, self.issue.lane
        residual_base = Mux(self._windowed, self._read_pixel, self._write)
        storing, correlating = self._is(Kind.STORE_TEMPLATE), self._is(Kind.CORRELATE)
        finishes = self._multiplies & self._last_mac & ~self._transposing
        gear = self._is(Kind.POINTWISE) & self._multiplies & ~self._residual
        m.d.comb += [
            issue.read_address.eq(Mux(self._residual, residual_base + record.residual_offset, self._read_pixel + self._word)),
            issue.residual_read.eq(self._residual),
            issue.end.eq(self._end),
            issue.fill.eq(self._filling),
            issue.drain.eq(self._transposing & ~self._filling),
            issue.channel.eq(self._slot),
            issue.pop.eq(self._is(Kind.CONVOLUTION) & self._last_slot & self._last_block),
            lane.push.eq(self._windowed & (self._slot == 0)),
            lane.column.eq(self._column),
            lane.windowed.eq(self._windowed),
            lane.group.eq(self._slot),
            lane.weight.eq(self._weight),
            lane.multiply.eq(self._multiplies & ~self._transposing & ~storing),
            lane.store.eq(self._multiplies & storing),
            lane.first.eq(self._slot == 0),
            lane.last.eq(self._last_mac),
            lane.constant.eq(self._block),
            issue.write.eq((finishes & ~storing & ~correlating) | issue.drain),
            issue.write_address.eq(self._write),
            issue.residual_write.eq(record.residual),
            issue.respond.eq(finishes & correlating),
            issue.respond_first.eq(self._block == 0),
            issue.respond_last.eq(self._last_block),
        ]
        # A group of nine needs a new word when it ends beyond the newest.
        if self._accelerator.lanes > TAPS:
            m.d.comb += issue.advance.eq(gear & ((self._slot == 0) | (self._end < TAPS)))
        else:
            m.d.comb += issue.advance.eq(gear)

    def _advance(self, m: Module, running: Signal) -> None:
        """The next cycle's position."""
        last = self._last_slot
        with m.If(~last):
            self._next_slot(m)
        with m.Else():
            m.d.sync += [self._slot.eq(0), self._word.eq(0), self._end.eq(TAPS - 1)]
            with m.If(self._windowed | self._transposing):
                self._next_column(m)
                with m.If(self._last_column & self._last_row):
                    self._next_plane(m)
                    with m.If(self._last_block | self._transposing):
                        m.d.sync += running.eq(0)
            with m.Elif(~self._last_block):
                m.d.sync += [self._block.eq(self._block + 1), self._write.eq(self._write + 1)]
                m.d.sync += self._weight.eq(self._weight + self._multiplies)
            with m.Else():
                m.d.sync += [self._block.eq(0), self._weight.eq(self.record.weight_base)]
                self._next_column(m)
                with m.If(self._last_column & self._last_row):
                    m.d.sync += running.eq(0)

    def _next_slot(self, m: Module) -> None:
        m.d.sync += self._slot.eq(self._slot + 1)
        with m.If(self._multiplies):
            m.d.sync += self._weight.eq(self._weight + 1)
        with m.If(self._is(Kind.POINTWISE)):
            if self._accelerator.lanes > TAPS:
                m.d.sync += self._end.eq(self._end + TAPS)
                with m.If(self._end >= self._accelerator.lanes - TAPS):
                    m.d.sync += self._word.eq(self._word + 1)
            else:
                m.d.sync += self._word.eq(self._word + 1)

    def _next_column(self, m: Module) -> None:
        """On to the next position of the plane; results are written where there are any."""
        record = self.record
        read_pixel = Mux(self._transposing & ~self._filling, self._read_pixel, self._read_pixel + record.read_pixel)
        wrote = Mux(self._transposing, ~self._filling, self._position)
        write_pixel = Mux(wrote, self._write_pixel + record.write_pixel, self._write_pixel)
        m.d.sync += [self._column.eq(self._column + 1), self._read_pixel.eq(read_pixel)]
        m.d.sync += [self._write_pixel.eq(write_pixel), self._write.eq(write_pixel)]
        with m.If(self._windowed):
            m.d.sync += self._weight.eq(self._weight_block)
        with m.If(self._last_column):
            read_row = self._read_row + record.read_row
            write_row = Mux(~self._windowed | self._full_row, self._write_row + record.write_row, self._write_row)
            m.d.sync += [self._column.eq(0), self._row.eq(self._row + 1)]
            m.d.sync += [self._read_row.eq(read_row), self._read_pixel.eq(read_row)]
            m.d.sync += [address.eq(write_row) for address in (self._write_row, self._write_pixel, self._write)]

    def _next_plane(self, m: Module) -> None:
        """On to the next block of channels of a map."""
        block = self._block + 1
        read, weight = self.record.read_base + block, self._weight_block + self.record.macs
        write = self._start_write + Mux(self._is(Kind.CORRELATE), 0, block)
        m.d.sync += [self._block.eq(block), self._row.eq(0)]
        m.d.sync += [address.eq(read) for address in (self._read_row, self._read_pixel)]
        m.d.sync += [address.eq(write) for address in (self._write_row, self._write_pixel, self._write)]
        m.d.sync += [address.eq(weight) for address in (self._weight, self._weight_block)]
