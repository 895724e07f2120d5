"""Goes through the positions of one step and issues one cycle's work after the other."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import TAPS, Accelerator
from siammixer.arch.instruction import FIELDS, Kind
from siammixer.rtl.control.address_bounds import AddressBounds
from siammixer.rtl.control.addresses import Addresses
from siammixer.rtl.control.decode import Decoded
from siammixer.rtl.control.instruction import INSTRUCTION
from siammixer.rtl.control.issue import issue_layout, write_layout
from siammixer.rtl.control.position_counters import PositionCounters
from siammixer.rtl.datapath.fused import FusedWindows
from siammixer.rtl.datapath.transposed import TransposedWrites
from siammixer.rtl.datapath.window import ALTERNATE
from siammixer.rtl.technology.technology import GENERIC, Technology


class AddressGenerator(wiring.Component):
    """Runs one step: from ``begin`` until ``busy`` falls it issues one piece of work per cycle.

    The nesting, outermost first: block, row, column, slot for windows of a map, the words to
    transpose, and pointwise steps that are transposed or fused; row, column, block, slot for the others.
    Only a missing pixel window makes it wait.

    Before the first position it issues ``blocks`` loads of biases and multipliers (none for the
    transposition and the template, twice as many for a fused step). A transposed step issues its ``pad``
    fillers at the end of every block, and after the last one as many more as empty the transposer. A fused
    step issues a cycle for each window that its results make whole
    (:class:`siammixer.rtl.datapath.fused.FusedWindows`), between two of its sums.

    :class:`siammixer.rtl.control.position_counters.PositionCounters` counts, and a cycle later the addresses
    follow: two short paths instead of a long one. So the first cycle after ``begin`` issues nothing.

    Parameters
    ----------
    accelerator
        Sizes.
    technology
        Parts that its queue is built of.

    Members
    -------
    begin : In(1)
        The step of ``instruction`` starts; ``busy`` from the next cycle.
    instruction : In(INSTRUCTION)
        The step (siammixer.arch.instruction). It stands from the cycle before ``begin`` and while ``busy``.
    patch_offset : In(16)
        It is added to the write address where the instruction says so, and stands as ``instruction`` does.
    abort : In(1)
        The step is given up.
    window_ready : In(1)
        A pixel window is there to multiply.
    channel : Out(2)
        Channel of the pixel window that is multiplied; combinational, a cycle before its ``issue``.
    pop : Out(1)
        The pixel window is used up; combinational, a cycle before its ``issue``.
    busy : Out(1)
        The step is not over.
    waiting : Out(1)
        It waits for a pixel window.
    issue : Out(issue_layout(accelerator))
        This cycle's work; combinational. Nothing is set in it while not ``busy``.
    write : Out(write_layout())
        What becomes of the word of the ``issue`` before: a cycle later, since nothing needs it sooner.
    outside : Out(6)
        Any bit of it: an address of an ``issue`` two cycles ago lies past the end of its memory.
    """

    def __init__(self, accelerator: Accelerator, technology: Technology = GENERIC):
        self._accelerator, self._technology = accelerator, technology
        super().__init__(
            {
                "begin": In(1),
                "instruction": In(INSTRUCTION),
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
        self._decoded = Decoded()
        self._addresses = Addresses(accelerator.lanes)

    def elaborate(self, platform):
        m = Module()
        lanes = self._accelerator.lanes
        m.submodules.positions = positions = PositionCounters(self._accelerator)
        m.submodules.transposed = transposed = TransposedWrites(lanes)
        m.submodules.fused = fused = FusedWindows(self._technology)
        m.submodules.bounds = bounds = AddressBounds(self._accelerator)
        at = positions.position
        self._decoded.decode(m, self.instruction, self.patch_offset)
        self._count(m, positions, fused)
        with m.If(at.load):
            self._issue_load(m, at)
        with m.If(at.go):
            self._issue_position(m, at)
        self._addresses.advance(m, self.instruction, self._decoded, at)
        with m.If(at.window):
            self._issue_window(m, fused)
        takes = self._push(m, at, fused)
        self._write(m, at, fused, transposed)
        self._check_bounds(m, bounds, at, fused, takes)
        # The counters' first position comes a cycle after them, so the addresses need not begin with them.
        begun = Signal()
        m.d.sync += begun.eq(self.begin)
        with m.If(begun):
            self._addresses.begin(m, self.instruction, self._decoded.write_start)
        return m

    def _count(self, m: Module, positions: PositionCounters, fused: FusedWindows) -> None:
        """The counters go through the positions; ``issue`` follows them."""
        decoded, at = self._decoded, positions.position
        convolving = decoded.any_of(Kind.CONVOLUTION)
        m.d.comb += [
            positions.begin.eq(self.begin),
            positions.instruction.eq(self.instruction),
            positions.windowed.eq(decoded.windowed),
            positions.planes.eq(decoded.planes),
            positions.loads.eq(
                decoded.any_of(Kind.CONVOLUTION, Kind.DEPTHWISE, Kind.POINTWISE, Kind.CORRELATE)
            ),
            positions.wait.eq(convolving & ~self.window_ready),
            positions.abort.eq(self.abort),
            positions.due.eq(fused.due),
            fused.taken.eq(positions.window),
            self.pop.eq(convolving & positions.used),
            self.channel.eq(positions.slot),
            self.waiting.eq(positions.busy & positions.wait),
            self.busy.eq(positions.busy | at.go | at.load | at.fill | at.window),
            self.issue.lane.relu.eq(self.instruction.relu),
            self.issue.lane.constant.eq(at.block),
        ]

    def _issue_load(self, m: Module, at) -> None:
        """A bias and multiplier go into the lanes."""
        lane = self.issue.lane
        m.d.comb += [lane.load.eq(1), lane.weight.eq(self.instruction.constant_base + at.block)]

    def _issue_position(self, m: Module, at) -> None:
        """The work of one position of the step's loops."""
        instruction, issue, lane = self.instruction, self.issue, self.issue.lane
        decoded, addresses = self._decoded, self._addresses
        pointwise, storing, correlating = (
            decoded.any_of(kind) for kind in (Kind.POINTWISE, Kind.STORE_TEMPLATE, Kind.CORRELATE)
        )
        finishes = at.multiplies & at.last_mac
        residual = instruction.residual & pointwise & at.residual_slot
        gear = pointwise & at.multiplies & ~residual
        residual_address = addresses.residual_pixel + at.block
        m.d.comb += [
            issue.read_address.eq(Mux(residual, residual_address, addresses.read_pixel + addresses.word)),
            issue.residual_read.eq(residual | decoded.transposing),
            issue.residual_centre.eq(instruction.residual & decoded.windowed & at.multiplies & at.first_slot),
            issue.end.eq(addresses.end),
            lane.windowed.eq(decoded.windowed),
            lane.kernel_5.eq(instruction.kernel_5),
            lane.group.eq(at.slot),
            lane.weight.eq(addresses.weight),
            lane.multiply.eq(at.multiplies & ~storing),
            lane.store.eq(at.multiplies & storing),
            lane.first.eq(at.first_slot),
            lane.last.eq(at.last_mac),
            issue.result.eq((finishes & ~storing & ~correlating & ~instruction.fused) | decoded.transposing),
            issue.residual_write.eq(instruction.residual | decoded.transposing),
            issue.respond.eq(finishes & correlating),
            issue.respond_first.eq(at.block == 0),
            issue.respond_last.eq(at.last_block),
        ]
        # A group of nine needs a new word when it ends beyond the newest.
        needed = at.first_slot | (addresses.end < TAPS)
        m.d.comb += issue.advance.eq(gear & needed if self._accelerator.lanes > TAPS else gear)

    def _issue_window(self, m: Module, fused: FusedWindows) -> None:
        """One multiplication of a fused step's window: a sum of one slot."""
        lane = self.issue.lane
        m.d.comb += [
            lane.windowed.eq(1),
            lane.group.eq(Mux(self._decoded.alternate, ALTERNATE, 0)),
            lane.weight.eq(fused.at.weight),
            lane.constant.eq(fused.at.constant),
            *(signal.eq(1) for signal in (lane.multiply, lane.first, lane.last, self.issue.result)),
        ]

    def _push(self, m: Module, at, fused: FusedWindows) -> Signal:
        """Words of a map go into the lanes' windows, or a fused step's results when they are there; returns
        whether it is a word of the map.
        """
        instruction, decoded, lane = self.instruction, self._decoded, self.issue.lane
        takes = Signal()
        m.d.comb += [
            fused.clear.eq(self.begin),
            fused.result.eq(at.next_position & instruction.fused),
            fused.whole.eq(at.whole),
            fused.row_ends.eq(at.next_row),
            fused.place.address.eq(self._addresses.write_block),
            # Two windows can follow each other at once, so their sums are done where they begin to wait.
            fused.place.weight.eq(decoded.window_weights + at.block),
            fused.place.constant.eq(instruction.blocks + at.block),
            fused.multiply.eq(at.window),
            takes.eq(at.go & decoded.windowed & at.first_slot),
            lane.push.eq(fused.push | takes),
            lane.fused.eq(instruction.fused),
        ]
        return takes

    def _write(self, m: Module, at, fused: FusedWindows, transposed: TransposedWrites) -> None:
        """The result is written, or the word that leaves the transposer, and to which address."""
        instruction, issue = self.instruction, self.issue
        result = Signal()
        write_block = Signal(16, reset_less=True)
        m.d.sync += [
            result.eq(issue.result),
            write_block.eq(Mux(instruction.fused, fused.at.address, self._addresses.write_block)),
        ]
        m.d.comb += [
            transposed.begin.eq(self.begin),
            transposed.instruction.eq(instruction),
            transposed.shift.eq(instruction.transposed & (issue.result | at.fill)),
            self.write.shift.eq(transposed.shifted),
            self.write.turn.eq(transposed.turn),
            self.write.write.eq(Mux(instruction.transposed, transposed.write, result)),
            self.write.address.eq(Mux(instruction.transposed, transposed.address, write_block)),
        ]

    def _check_bounds(self, m: Module, bounds: AddressBounds, at, fused: FusedWindows, takes: Signal) -> None:
        """An address that reaches past a memory's end is told, not folded back."""
        instruction, issue, lane = self.instruction, self.issue, self.issue.lane
        column = Signal(FIELDS["columns"])
        constant = instruction.constant_base + at.block
        m.d.comb += [
            column.eq(Mux(instruction.fused, fused.column, at.column)),
            lane.column.eq(column),
            bounds.read.eq(issue.advance | issue.residual_read | takes),
            bounds.read_address.eq(issue.read_address),
            bounds.respond.eq(issue.respond),
            bounds.uses.eq(lane.multiply | lane.store | at.load),
            bounds.weight.eq(Mux(at.load, constant, Mux(at.window, fused.at.weight, self._addresses.weight))),
            bounds.load.eq(at.load),
            bounds.block.eq(at.block),
            bounds.push.eq(lane.push),
            bounds.column.eq(column),
            bounds.kernel_5.eq(instruction.kernel_5),
            bounds.write.eq(self.write),
            self.outside.eq(bounds.outside),
        ]
