"""From a target's box to the window around it, a bit a cycle."""

from __future__ import annotations

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.camera import Camera
from siammixer.ir.window import CENTRE_BITS, STEP_BITS
from siammixer.rtl.camera.layouts import half_up


class WindowSetup(wiring.Component):
    """Computes a window's step and its first sample's position, as siammixer.tracking.crop has them.

    With target sizes ``width`` and ``height``: context = isqrt((3 width + height)(width + 3 height)) // 2,
    ``step`` = max(1, context * 2**(STEP_BITS - CENTRE_BITS) / exemplar_side, rounded half up); with
    ``from_step`` it is ``step_given``. The position is the centre, less half a pixel, less
    (side - 1) * step // 2. Products, the root and the quotient take a bit a cycle: no multiplier.

    ``done`` is high :attr:`latency` cycles after ``start`` (:attr:`latency_from_step` with ``from_step``);
    the results stand from then until the next ``start``. The inputs stay until ``done``.

    Parameters
    ----------
    camera
        Sizes.

    Members
    -------
    start : In(1)
        Begin; only while not ``busy``.
    from_step : In(1)
        The step is given; in the cycle of ``start``.
    x : In(signed(camera.centre_bits))
        The centre, in 1/2**CENTRE_BITS pixel of the frame.
    y : In(signed(camera.centre_bits))
        Likewise.
    width : In(camera.size_bits)
        The target's width in 1/2**CENTRE_BITS pixel, at least 1.
    height : In(camera.size_bits)
        Its height.
    step_given : In(camera.step_bits)
        The window's step, at least 1.
    side : In(range(camera.side + 1))
        Crop pixels along an edge, at least 1.
    busy : Out(1)
        It computes.
    done : Out(1)
        One cycle: the results are there.
    step : Out(camera.step_bits)
        Pixels of the frame per crop pixel, in 1/2**STEP_BITS.
    left : Out(signed(camera.position_bits))
        Position of the first column's sample in 1/2**STEP_BITS pixel, 0 being the middle of the first pixel.
    top : Out(signed(camera.position_bits))
        Position of the first row's.
    """

    def __init__(self, camera: Camera):
        self._camera = camera
        # Bits of 3 width + height, of what is divided, and of side - 1: cycles of product and root, of the
        # quotient, of the reach.
        self._factor = camera.size_bits + 2
        self._dividend = self._factor + STEP_BITS - CENTRE_BITS
        self._reach = camera.side.bit_length()
        super().__init__(
            {
                "start": In(1),
                "from_step": In(1),
                "x": In(signed(camera.centre_bits)),
                "y": In(signed(camera.centre_bits)),
                "width": In(camera.size_bits),
                "height": In(camera.size_bits),
                "step_given": In(camera.step_bits),
                "side": In(range(camera.side + 1)),
                "busy": Out(1),
                "done": Out(1),
                "step": Out(camera.step_bits),
                "left": Out(signed(camera.position_bits)),
                "top": Out(signed(camera.position_bits)),
            }
        )

    @property
    def latency(self) -> int:
        """Cycles from ``start`` to ``done``."""
        return 2 * self._factor + self._dividend + 3 + self.latency_from_step

    @property
    def latency_from_step(self) -> int:
        """Cycles from ``start`` to ``done`` with ``from_step``."""
        return self._reach + 3

    def elaborate(self, platform):
        m = Module()
        r = _Registers(self._factor, self._dividend, self._camera.step_bits)

        def begin(value: Value, value_bits: int, steps: int) -> None:
            m.d.sync += [
                r.bits.eq(value << (len(r.bits) - value_bits)),
                *(r.total.eq(0), r.result.eq(0), r.left.eq(steps)),
            ]

        m.d.comb += self.busy.eq(1)
        m.d.sync += [self.done.eq(0), r.left.eq(r.left - 1)]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.busy.eq(0)
                begin(_three_times(self.width) + self.height, self._factor, self._factor)
                m.d.sync += r.factor.eq(self.width + _three_times(self.height))
                with m.If(self.start):
                    m.d.sync += self.step.eq(self.step_given)
                    m.next = "PRODUCT"
                    with m.If(self.from_step):
                        m.next = "STEP"
            with m.State("PRODUCT"):
                m.d.comb += [r.moves.eq(1), r.multiplies.eq(1)]
                with m.If(r.left == 1):
                    m.next = "CONTEXT"
            with m.State("CONTEXT"):
                begin(r.total, len(r.bits), self._factor)
                m.next = "ROOT"
            with m.State("ROOT"):
                m.d.comb += [r.moves.eq(1), r.roots.eq(1)]
                with m.If(r.left == 1):
                    m.next = "DIVIDEND"
            with m.State("DIVIDEND"):
                # Half of the root, rounded down; a bit more of the quotient than is wanted, to round.
                begin((r.result >> 1) << (STEP_BITS - CENTRE_BITS + 1), self._dividend, self._dividend)
                m.next = "DIVIDE"
            with m.State("DIVIDE"):
                m.d.comb += r.moves.eq(1)
                with m.If(r.left == 1):
                    m.next = "ROUND"
            with m.State("ROUND"):
                # At least 1, as in siammixer.tracking.crop: the context is 2 at least, no side above 1023.
                m.d.sync += self.step.eq((r.result + 1) >> 1)
                m.next = "STEP"
            with m.State("STEP"):
                begin(self.side - 1, self._reach, self._reach)
                m.d.sync += r.factor.eq(self.step)
                m.next = "REACH"
            with m.State("REACH"):
                m.d.comb += [r.moves.eq(1), r.multiplies.eq(1)]
                with m.If(r.left == 1):
                    m.next = "PLACE"
            with m.State("PLACE"):
                self._place(m, r)
                m.next = "IDLE"
        self._move(m, r)
        return m

    def _place(self, m: Module, r: _Registers) -> None:
        """The middle of a pixel lies half a pixel from the corner that coordinates count from."""
        before = half_up(STEP_BITS) + (r.total >> 1)
        for centre, first in ((self.x, self.left), (self.y, self.top)):
            m.d.sync += first.eq((centre << (STEP_BITS - CENTRE_BITS)) - before)
        m.d.sync += self.done.eq(1)

    def _move(self, m: Module, r: _Registers) -> None:
        """A step: of a product the next partial sum; of a root or a quotient a bit, which says whether there
        is as much in the rest as this bit stands for.
        """
        rest, less, total = (Signal(len(r.total) + 1, name=name) for name in ("rest", "less", "sum"))
        fits = Signal()
        entering = Signal()
        m.d.comb += [
            entering.eq(r.bits[-1] & ~r.multiplies),
            rest.eq(Mux(r.roots, (r.total << 2) | r.bits[-2:], (r.total << 1) | entering)),
            less.eq(Mux(r.roots, (r.result << 2) | 1, self._camera.exemplar_side)),
            # One adder: ``~less + 1`` takes less away.
            total.eq(rest + Mux(r.multiplies, Mux(r.bits[-1], r.factor, 0), ~less) + ~r.multiplies),
            fits.eq(r.multiplies | ~total[-1]),
        ]
        with m.If(r.moves):
            m.d.sync += [
                r.bits.eq(Mux(r.roots, r.bits << 2, r.bits << 1)),
                r.total.eq(Mux(fits, total, rest)),
                r.result.eq((r.result << 1) | fits),
            ]


class _Registers:
    """The block's registers, beside its outputs, and what its states ask for."""

    def __init__(self, factor: int, dividend: int, step_bits: int):
        # Bits leave at the top; the product, or what is left; bits of root or quotient enter below.
        self.bits = Signal(2 * factor)
        self.total = Signal(2 * factor)
        self.result = Signal(dividend)
        # The other factor of a product, and the steps to come.
        self.factor = Signal(max(factor, step_bits))
        self.left = Signal(range(dividend + 1))
        # A step is made: of a product, of a root, else of a quotient.
        self.moves = Signal()
        self.multiplies = Signal()
        self.roots = Signal()


def _three_times(value: Value) -> Value:
    """A shift and a sum: of a product synthesis would make a DSP block."""
    return (value << 1) + value
