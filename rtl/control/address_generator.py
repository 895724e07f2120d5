"""Walks the positions of one step and issues one cycle's work after the other."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import TAPS, Accelerator
from siammixer.arch.instruction import FIELDS, Kind
from siammixer.rtl.control.instruction import RECORD
from siammixer.rtl.control.issue import issue_layout, write_layout
from siammixer.rtl.control.positions import Positions
from siammixer.rtl.datapath.fused import FusedWindows
from siammixer.rtl.datapath.transposed import TransposedWrites
from siammixer.rtl.datapath.window import ALTERNATE


class Walker(wiring.Component):
    """Runs one step: from ``begin`` until ``busy`` falls it issues one piece of work per cycle.

    The nesting, outermost first: block, row, column, slot for windows of a map, the words to
    transpose, and pointwise steps that are transposed or fused; row, column, block, slot for the others.
    Only a missing pixel window makes it wait.

    Before the first position it issues ``blocks`` loads of biases and multipliers (none for the
    transposition and the template, twice as many for a fused step). A transposed step issues its ``pad``
    fillers at the end of every block, and after the last one as many more as empty the transposer. A fused
    step issues a cycle for each window that its results make whole
    (:class:`siammixer.rtl.datapath.fused.FusedWindows`), between two of its sums.

    :class:`siammixer.rtl.control.positions.Positions` counts, and a cycle later the addresses follow: two
    short paths instead of a long one. So the first cycle after ``begin`` issues nothing.

    Parameters
    ----------
    accelerator
        Sizes.

    Members
    -------
    begin
        Start with ``record``; ``busy`` from the next cycle.
    record
        The step (siammixer.arch.instruction). It stands from the cycle before ``begin`` and while ``busy``.
    patch_offset
        Added to the write address where the record says so; stands as ``record`` does.
    abort
        Give the step up.
    window_ready
        A pixel window is there to multiply.
    channel, pop
        Channel of the pixel window that is multiplied, and that the window is used up: combinational, and
        a cycle before the ``issue`` they belong to.
    waiting
        It waits for a pixel window.
    issue
        Combinational; nothing is set in it while not ``busy``.
    write
        What becomes of the word of the ``issue`` before: a cycle later, since nothing needs it sooner.
    outside
        Some bit of it: an address of an ``issue`` two cycles ago lies past the end of its memory.
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
                "channel": Out(2),
                "pop": Out(1),
                "busy": Out(1),
                "waiting": Out(1),
                "issue": Out(issue_layout(accelerator)),
                "write": Out(write_layout()),
                "outside": Out(6),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.submodules.positions = positions = Positions(self._accelerator)
        m.submodules.transposed = self._transposed = TransposedWrites(self._accelerator.lanes)
        m.submodules.fused = self._fused = fused = FusedWindows()
        self._at = at = positions.position
        self._decode(m)
        self._declare_addresses()
        m.d.comb += [
            positions.begin.eq(self.begin),
            positions.record.eq(self.record),
            positions.windowed.eq(self._windowed),
            positions.planes.eq(self._planes),
            positions.loads.eq(self._is(Kind.CONVOLUTION, Kind.DEPTHWISE, Kind.POINTWISE, Kind.CORRELATE)),
            positions.wait.eq(self._is(Kind.CONVOLUTION) & ~self.window_ready),
            positions.abort.eq(self.abort),
            positions.due.eq(fused.due),
            fused.taken.eq(positions.window),
            self.pop.eq(self._is(Kind.CONVOLUTION) & positions.used),
            self.channel.eq(positions.slot),
            self.waiting.eq(positions.busy & positions.wait),
            self.busy.eq(positions.busy | at.go | at.load | at.fill | at.window),
            self.issue.lane.relu.eq(self.record.relu),
            self.issue.lane.constant.eq(at.block),
        ]
        with m.If(at.load):
            m.d.comb += [
                self.issue.lane.load.eq(1),
                self.issue.lane.weight.eq(self.record.constant_base + at.block),
            ]
        with m.If(at.go):
            self._issue(m)
            self._advance(m)
        with m.If(at.window):
            self._issue_window(m)
        self._push(m)
        self._write(m)
        self._check_bounds(m)
        with m.If(self.begin):
            self._begin(m)
        return m

    def _is(self, *kinds: Kind):
        """Whether the record is of one of these kinds."""
        result = self._kinds[kinds[0]]
        for kind in kinds[1:]:
            result |= self._kinds[kind]
        return result

    def _decode(self, m: Module) -> None:
        """What the record says, in registers: it stands a cycle before its step begins, and while it runs."""
        record = self.record
        self._kinds = {kind: Signal(name=f"is_{kind.name.lower()}") for kind in Kind}
        self._write_start = Signal(16)
        m.d.sync += [is_kind.eq(record.kind == kind) for kind, is_kind in self._kinds.items()]
        m.d.sync += self._write_start.eq(record.write_base + Mux(record.patch_output, self.patch_offset, 0))
        self._windowed = Signal()
        self._transposing = Signal()
        self._planes = Signal()
        m.d.comb += [
            self._windowed.eq(self._is(Kind.DEPTHWISE, Kind.STORE_TEMPLATE, Kind.CORRELATE)),
            self._transposing.eq(self._is(Kind.TRANSPOSE)),
            self._planes.eq(self._windowed | record.transposed | (record.fused & self._is(Kind.POINTWISE))),
        ]
        # Of the windows of a fused step: whether two blocks' columns alternate, and where their weights
        # begin.
        self._alternate = Signal()
        self._window_weights = Signal(16)
        m.d.sync += [
            self._alternate.eq((record.kind == Kind.CONVOLUTION) & (record.blocks != 1)),
            self._window_weights.eq(record.constant_base + (record.blocks << 1)),
        ]

    def _declare_addresses(self) -> None:
        # Of the plane, of the row, of the pixel, and (to write) of the block.
        self._read_plane = _address()
        self._read_row = _address()
        self._read_pixel = _address()
        self._write_plane = _address()
        self._write_row = _address()
        self._write_pixel = _address()
        self._write_block = _address()
        self._residual_pixel = _address()
        self._weight = _address()
        self._weight_block = _address()
        # Of what goes into the windows, and that it is a word of the map.
        self._column = Signal(FIELDS["columns"])
        self._takes = Signal()
        # The gearbox's word of this pixel and where the group ends in it.
        self._word = Signal(FIELDS["slots"], reset_less=True)
        self._end = Signal(range(self._accelerator.lanes), reset_less=True)

    def _begin(self, m: Module) -> None:
        record = self.record
        m.d.sync += [
            *(
                address.eq(record.read_base)
                for address in (self._read_plane, self._read_row, self._read_pixel)
            ),
            *(
                address.eq(self._write_start)
                for address in (self._write_plane, self._write_row, self._write_pixel, self._write_block)
            ),
            self._residual_pixel.eq(record.residual_base),
            *(address.eq(record.weight_base) for address in (self._weight, self._weight_block)),
            self._word.eq(0),
            self._end.eq(TAPS - 1),
        ]

    def _issue(self, m: Module) -> None:
        record, at, issue, lane = self.record, self._at, self.issue, self.issue.lane
        pointwise, storing, correlating = (
            self._is(Kind.POINTWISE),
            self._is(Kind.STORE_TEMPLATE),
            self._is(Kind.CORRELATE),
        )
        finishes = at.multiplies & at.last_mac
        residual = record.residual & pointwise & at.residual_slot
        gear = pointwise & at.multiplies & ~residual
        m.d.comb += [
            issue.read_address.eq(
                Mux(residual, self._residual_pixel + at.block, self._read_pixel + self._word)
            ),
            issue.residual_read.eq(residual | self._transposing),
            issue.residual_centre.eq(record.residual & self._windowed & at.multiplies & at.first_slot),
            issue.end.eq(self._end),
            lane.windowed.eq(self._windowed),
            lane.kernel_5.eq(record.kernel_5),
            lane.group.eq(at.slot),
            lane.weight.eq(self._weight),
            lane.multiply.eq(at.multiplies & ~storing),
            lane.store.eq(at.multiplies & storing),
            lane.first.eq(at.first_slot),
            lane.last.eq(at.last_mac),
            issue.result.eq((finishes & ~storing & ~correlating & ~record.fused) | self._transposing),
            issue.residual_write.eq(record.residual | self._transposing),
            issue.respond.eq(finishes & correlating),
            issue.respond_first.eq(at.block == 0),
            issue.respond_last.eq(at.last_block),
        ]
        # A group of nine needs a new word when it ends beyond the newest.
        if self._accelerator.lanes > TAPS:
            m.d.comb += issue.advance.eq(gear & (at.first_slot | (self._end < TAPS)))
        else:
            m.d.comb += issue.advance.eq(gear)

    def _issue_window(self, m: Module) -> None:
        """One multiplication of a fused step's window: a sum of one slot."""
        lane = self.issue.lane
        m.d.comb += [
            lane.windowed.eq(1),
            lane.group.eq(Mux(self._alternate, ALTERNATE, 0)),
            lane.weight.eq(self._fused.at.weight),
            lane.constant.eq(self._fused.at.constant),
            *(signal.eq(1) for signal in (lane.multiply, lane.first, lane.last, self.issue.result)),
        ]

    def _push(self, m: Module) -> None:
        """What goes into the lanes' windows: words of a map, or the results of a fused step when they are
        there.
        """
        at, fused, lane = self._at, self._fused, self.issue.lane
        m.d.comb += [
            fused.clear.eq(self.begin),
            fused.result.eq(at.go & at.last_slot & self.record.fused),
            fused.whole.eq(at.whole),
            fused.row_ends.eq(at.last_column & (self._planes | at.last_block)),
            fused.place.address.eq(self._write_block),
            # Two windows can follow each other at once, so their sums are done where they begin to wait.
            fused.place.weight.eq(self._window_weights + at.block),
            fused.place.constant.eq(self.record.blocks + at.block),
            fused.multiply.eq(at.window),
            self._column.eq(Mux(self.record.fused, fused.column, at.column)),
            self._takes.eq(at.go & self._windowed & at.first_slot),
            lane.push.eq(fused.push | self._takes),
            lane.column.eq(self._column),
            lane.fused.eq(self.record.fused),
        ]

    def _check_bounds(self, m: Module) -> None:
        """Addresses and counts are wider than the memories are deep: what reaches past an end is told, not
        folded back.
        """
        a, issue, lane, at = self._accelerator, self.issue, self.issue.lane, self._at
        widest = Mux(self.record.kernel_5, min(a.line_width, a.line_width_5), a.line_width)
        read = Signal()
        responds = Signal()
        uses = Signal()
        loads = Signal()
        pushes = Signal()
        constant = Signal()
        read_address = Signal.like(issue.read_address)
        weight = Signal(17)
        column = Signal.like(self._column)
        # From registers: to work out an address takes a cycle.
        m.d.sync += [
            read.eq(issue.advance | issue.residual_read | self._takes),
            read_address.eq(issue.read_address),
            responds.eq(issue.respond),
            uses.eq(lane.multiply | lane.store | at.load),
            weight.eq(
                Mux(
                    at.load,
                    self.record.constant_base + at.block,
                    Mux(at.window, self._fused.at.weight, self._weight),
                )
            ),
            loads.eq(at.load),
            constant.eq(at.block >= a.constants),
            pushes.eq(lane.push),
            column.eq(self._column),
            self.outside.eq(
                Cat(
                    read & (read_address >= a.map_words),
                    self.write.write & (self.write.address >= a.map_words),
                    responds & (self.write.address >= a.response_words),
                    uses & (weight >= a.weight_words),
                    loads & constant,
                    pushes & (column >= widest),
                )
            ),
        ]

    def _write(self, m: Module) -> None:
        """Where the result is written, or the word that leaves the transposer."""
        issue, transposed = self.issue, self._transposed
        result = Signal()
        write_block = _address()
        m.d.sync += [
            result.eq(issue.result),
            write_block.eq(Mux(self.record.fused, self._fused.at.address, self._write_block)),
        ]
        m.d.comb += [
            transposed.begin.eq(self.begin),
            transposed.record.eq(self.record),
            transposed.shift.eq(self.record.transposed & (issue.result | self._at.fill)),
            self.write.shift.eq(transposed.shifted),
            self.write.turn.eq(transposed.turn),
            self.write.write.eq(Mux(self.record.transposed, transposed.write, result)),
            self.write.address.eq(Mux(self.record.transposed, transposed.address, write_block)),
        ]

    def _advance(self, m: Module) -> None:
        """On to the next position's addresses."""
        at = self._at
        with m.If(~at.last_slot):
            self._next_slot(m)
        with m.Else():
            m.d.sync += [self._word.eq(0), self._end.eq(TAPS - 1)]
            with m.If(self._planes):
                m.d.sync += self._weight.eq(self._weight_block)
                self._next_column(m)
                with m.If(at.last_column & at.last_row):
                    self._next_plane(m)
            with m.Elif(~at.last_block):
                m.d.sync += [
                    self._write_block.eq(self._write_block + 1),
                    self._weight.eq(self._weight + at.multiplies),
                ]
            with m.Else():
                m.d.sync += self._weight.eq(self.record.weight_base)
                self._next_column(m)

    def _next_slot(self, m: Module) -> None:
        m.d.sync += self._weight.eq(self._weight + self._at.multiplies)
        with m.If(self._is(Kind.POINTWISE)):
            if self._accelerator.lanes > TAPS:
                m.d.sync += self._end.eq(self._end + TAPS)
                m.d.sync += self._word.eq(self._word + (self._end >= self._accelerator.lanes - TAPS))
            else:
                m.d.sync += self._word.eq(self._word + 1)

    def _next_column(self, m: Module) -> None:
        """On to the next position of the plane; results are written where there are any."""
        record, at = self.record, self._at
        write_pixel = Mux(at.whole, self._write_pixel + record.write_pixel, self._write_pixel)
        m.d.sync += [self._read_pixel.eq(self._read_pixel + record.read_pixel)]
        m.d.sync += [self._write_pixel.eq(write_pixel), self._write_block.eq(write_pixel)]
        m.d.sync += self._residual_pixel.eq(self._residual_pixel + record.residual_pixel)
        with m.If(at.last_column):
            read_row = self._read_row + record.read_row
            write_row = Mux(
                ~(self._windowed | record.fused) | at.full_row,
                self._write_row + record.write_row,
                self._write_row,
            )
            m.d.sync += [address.eq(read_row) for address in (self._read_row, self._read_pixel)]
            m.d.sync += [
                address.eq(write_row) for address in (self._write_row, self._write_pixel, self._write_block)
            ]

    def _next_plane(self, m: Module) -> None:
        """On to the next block: of channels of a map, or of outputs of a pointwise step."""
        record = self.record
        read, weight = self._read_plane + ~self._is(Kind.POINTWISE), self._weight_block + record.macs
        write = self._write_plane + ~self._is(Kind.CORRELATE)
        m.d.sync += [address.eq(read) for address in (self._read_plane, self._read_row, self._read_pixel)]
        m.d.sync += [
            address.eq(write)
            for address in (self._write_plane, self._write_row, self._write_pixel, self._write_block)
        ]
        m.d.sync += self._residual_pixel.eq(record.residual_base)
        m.d.sync += [address.eq(weight) for address in (self._weight, self._weight_block)]


def _address() -> Signal:
    return Signal(
        16, reset_less=True, src_loc_at=1
    )  # named as what it is assigned to; set when a step begins
