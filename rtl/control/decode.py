"""The meaning of a step's instruction to the address generator."""

from amaranth.hdl import Module, Mux, Signal

from siammixer.arch.instruction import Kind


class Decoded:
    """The meaning of an instruction, which stands from the cycle before its step begins until the step ends.

    A part of :class:`siammixer.rtl.control.address_generator.AddressGenerator`, in whose module its logic
    stands.
    """

    def __init__(self):
        # All are registers that follow the instruction: none need be reset. The kind, one bit each; whether
        # windows slide over a map, whether words are only transposed, whether the blocks are outermost,
        # whether each row has results; where the step's first result is written, the patch offset added; of a
        # fused step's windows, whether two blocks' columns alternate, and their weights' first word.
        self.kinds = {kind: Signal(name=f"is_{kind.name.lower()}", reset_less=True) for kind in Kind}
        self.windowed = Signal(reset_less=True)
        self.transposing = Signal(reset_less=True)
        self.planes = Signal(reset_less=True)
        self.every_row = Signal(reset_less=True)
        self.write_start = Signal(16, reset_less=True)
        self.alternate = Signal(reset_less=True)
        self.window_weights = Signal(16, reset_less=True)

    def decode(self, m: Module, instruction, patch_offset) -> None:
        """Adds the logic that fills the signals from an instruction, a layout of
        :mod:`siammixer.rtl.control.instruction`, and the offset of the patch that is being computed.
        """
        m.d.sync += [is_kind.eq(instruction.kind == kind) for kind, is_kind in self.kinds.items()]
        m.d.sync += [
            self.write_start.eq(instruction.write_base + Mux(instruction.patch_output, patch_offset, 0)),
            self.alternate.eq((instruction.kind == Kind.CONVOLUTION) & (instruction.blocks != 1)),
            self.window_weights.eq(instruction.constant_base + (instruction.blocks << 1)),
        ]
        kind = instruction.kind
        windowed = (kind == Kind.DEPTHWISE) | (kind == Kind.STORE_TEMPLATE) | (kind == Kind.CORRELATE)
        fused_planes = instruction.fused & (kind == Kind.POINTWISE)
        m.d.sync += [
            self.windowed.eq(windowed),
            self.transposing.eq(kind == Kind.TRANSPOSE),
            self.planes.eq(windowed | instruction.transposed | fused_planes),
            self.every_row.eq(~(windowed | instruction.fused)),
        ]

    def any_of(self, *kinds: Kind):
        """Whether the instruction is of one of these kinds."""
        result = self.kinds[kinds[0]]
        for kind in kinds[1:]:
            result |= self.kinds[kind]
        return result
