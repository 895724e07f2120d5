"""The addresses of a step's position, and how they follow from position to position."""

from amaranth.hdl import Module, Mux, Signal

from siammixer.arch.accelerator import TAPS
from siammixer.arch.instruction import FIELDS, Kind
from siammixer.rtl.control.decode import Decoded


class Addresses:
    """Registers that hold the addresses of the current position; set when a step begins, not by reset.

    A part of :class:`siammixer.rtl.control.address_generator.AddressGenerator`, in whose module its logic
    stands.

    Parameters
    ----------
    lanes
        Channels of a word.
    """

    def __init__(self, lanes: int):
        self._lanes = lanes
        # Words to read: the plane's first, the row's first, the pixel's.
        self.read_plane = Signal(16, reset_less=True)
        self.read_row = Signal(16, reset_less=True)
        self.read_pixel = Signal(16, reset_less=True)
        # Words to write: the plane's first, the row's first, the pixel's, the block's.
        self.write_plane = Signal(16, reset_less=True)
        self.write_row = Signal(16, reset_less=True)
        self.write_pixel = Signal(16, reset_less=True)
        self.write_block = Signal(16, reset_less=True)
        # The pixel's residual.
        self.residual_pixel = Signal(16, reset_less=True)
        # Weights: the slot's, the block's first.
        self.weight = Signal(16, reset_less=True)
        self.weight_block = Signal(16, reset_less=True)
        # The gearbox's word of this pixel, and the channel that the group ends at in it.
        self.word = Signal(FIELDS["slots"], reset_less=True)
        self.end = Signal(range(lanes), reset_less=True)

    @property
    def _reads(self) -> tuple[Signal, ...]:
        return self.read_plane, self.read_row, self.read_pixel

    @property
    def _writes(self) -> tuple[Signal, ...]:
        return self.write_plane, self.write_row, self.write_pixel, self.write_block

    def begin(self, m: Module, instruction, write_start: Signal) -> None:
        """The first position's addresses."""
        m.d.sync += [
            *(address.eq(instruction.read_base) for address in self._reads),
            *(address.eq(write_start) for address in self._writes),
            self.residual_pixel.eq(instruction.residual_base),
            *(address.eq(instruction.weight_base) for address in (self.weight, self.weight_block)),
            self.word.eq(0),
            self.end.eq(TAPS - 1),
        ]

    def advance(self, m: Module, instruction, decoded: Decoded, at) -> None:
        """On from the position ``at``, where there is one, to the next one's addresses."""
        with m.If(at.next_slot):
            self._next_slot(m, decoded, at)
        with m.If(at.next_position):
            m.d.sync += [self.word.eq(0), self.end.eq(TAPS - 1)]
        with m.If(at.next_block):
            m.d.sync += [
                self.write_block.eq(self.write_block + 1),
                self.weight.eq(self.weight + at.multiplies),
            ]
        with m.If(at.next_column):
            m.d.sync += self.weight.eq(Mux(decoded.planes, self.weight_block, instruction.weight_base))
            self._next_column(m, instruction, decoded, at)
        with m.If(at.next_plane):
            self._next_plane(m, instruction, decoded)

    def _next_slot(self, m: Module, decoded: Decoded, at) -> None:
        next_weight = self.weight + at.multiplies
        m.d.sync += self.weight.eq(next_weight)
        with m.If(decoded.any_of(Kind.POINTWISE)):
            if self._lanes > TAPS:
                m.d.sync += self.end.eq(self.end + TAPS)
                m.d.sync += self.word.eq(self.word + (self.end >= self._lanes - TAPS))
            else:
                m.d.sync += self.word.eq(self.word + 1)

    def _next_column(self, m: Module, instruction, decoded: Decoded, at) -> None:
        """On to the next position of the plane; results are written where there are any."""
        write_pixel = Mux(at.whole, self.write_pixel + instruction.write_pixel, self.write_pixel)
        m.d.sync += [
            self.read_pixel.eq(self.read_pixel + instruction.read_pixel),
            self.write_pixel.eq(write_pixel),
            self.write_block.eq(write_pixel),
            self.residual_pixel.eq(self.residual_pixel + instruction.residual_pixel),
        ]
        with m.If(at.next_row):
            row_of_results = decoded.every_row | at.full_row
            read_row = self.read_row + instruction.read_row
            write_row = Mux(row_of_results, self.write_row + instruction.write_row, self.write_row)
            m.d.sync += [address.eq(read_row) for address in self._reads[1:]]
            m.d.sync += [address.eq(write_row) for address in self._writes[1:]]

    def _next_plane(self, m: Module, instruction, decoded: Decoded) -> None:
        """On to the next block: of channels of a map, or of outputs of a pointwise step."""
        read = self.read_plane + ~decoded.any_of(Kind.POINTWISE)
        write = self.write_plane + ~decoded.any_of(Kind.CORRELATE)
        weight = self.weight_block + instruction.macs
        m.d.sync += [
            *(address.eq(read) for address in self._reads),
            *(address.eq(write) for address in self._writes),
            self.residual_pixel.eq(instruction.residual_base),
            *(address.eq(weight) for address in (self.weight, self.weight_block)),
        ]
