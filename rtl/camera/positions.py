"""The samples along one axis of a crop."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.ir.window import BLEND_BITS, STEP_BITS
from siammixer.rtl.camera.layouts import ROUND_POSITION


class Positions(wiring.Component):
    """Tells, sample after sample, between which two pixels of an axis a sample lies, and how far.

    Sample n lies at ``first + n * step``, rounded to 1/2**BLEND_BITS pixel, half up. The first is there
    :attr:`LATENCY` cycles after ``load``; after ``advance`` the next is there in the next cycle.

    Parameters
    ----------
    position_bits
        Bits of a position, signed. No sample that is asked for may lie beyond.
    step_bits
        Bits of the step.
    limit
        Most pixels of the axis.

    Members
    -------
    load : In(1)
        Begin anew, with the first sample.
    first : In(signed(position_bits))
        Position of the first sample in 1/2**STEP_BITS pixel, 0 being the middle of the first pixel; in the
        cycle of ``load``.
    step : In(step_bits)
        From sample to sample; it stays while samples are asked for, as does ``count``.
    count : In(range(limit + 1))
        Pixels of the axis, at least 1.
    advance : In(1)
        Go on to the next sample. Only while ``valid``.
    valid : Out(1)
        There is a sample.
    place : Out(range(limit + 1))
        The pixel right of the sample (below it, on the other axis), or where the sample lies upon a pixel the
        one after that: the sample lies between pixels ``place - 1`` and ``place``. Of these, -1 and ``count``
        lie outside the image. Samples further outside have 0 or ``count``, and ``outside``.
    outside : Out(1)
        Both pixels lie outside the image.
    part : Out(BLEND_BITS)
        How far the sample lies from the pixel before ``place``, in 1/2**BLEND_BITS.
    next_place : Out(range(limit + 1))
        ``place`` of the sample after this.
    """

    # The position, the sample after the one asked for, the sample.
    LATENCY = 3

    def __init__(self, position_bits: int, step_bits: int, limit: int):
        self._position_bits = position_bits
        super().__init__(
            {
                "load": In(1),
                "first": In(signed(position_bits)),
                "step": In(step_bits),
                "count": In(range(limit + 1)),
                "advance": In(1),
                "valid": Out(1),
                "place": Out(range(limit + 1)),
                "outside": Out(1),
                "part": Out(BLEND_BITS),
                "next_place": Out(range(limit + 1)),
            }
        )

    def elaborate(self, platform):
        m = Module()
        position = Signal(signed(self._position_bits + 1))
        next_outside = Signal()
        next_part = Signal(BLEND_BITS)
        filling = Signal(self.LATENCY - 1)
        moves = Signal()
        pixel = position >> STEP_BITS  # the pixel before the sample
        before, behind = pixel < -1, pixel >= self.count
        m.d.comb += moves.eq(self.advance | filling.any())
        m.d.sync += filling.eq(filling >> 1)
        with m.If(moves):
            m.d.sync += [
                position.eq(position + self.step),
                next_outside.eq(before | behind),
                self.next_place.eq(Mux(before, 0, Mux(behind, self.count, pixel + 1))),
                next_part.eq(position[STEP_BITS - BLEND_BITS : STEP_BITS]),
                self.place.eq(self.next_place),
                self.outside.eq(next_outside),
                self.part.eq(next_part),
            ]
        with m.If(filling == 1):
            m.d.sync += self.valid.eq(1)
        with m.If(self.load):
            m.d.sync += [
                position.eq(self.first + ROUND_POSITION),
                filling.eq(1 << (self.LATENCY - 2)),
                self.valid.eq(0),
            ]
        return m
