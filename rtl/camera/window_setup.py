"""From a target's box to the window around it, a bit a cycle."""

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
        # Bits leave ``bits`` at its top; those of the root and of the quotient enter ``result`` below.
        bits, total = Signal(2 * self._factor), Signal(2 * self._factor)
        result, left = Signal(self._dividend), Signal(range(self._dividend + 1))

        def begin(value: Value, value_bits: int, steps: int) -> None:
            m.d.sync += [
                bits.eq(value << (len(bits) - value_bits)),
                *(total.eq(0), result.eq(0), left.eq(steps)),
            ]

        m.d.comb += self.busy.eq(1)
        m.d.sync += [self.done.eq(0), left.eq(left - 1)]
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.busy.eq(0)
                begin(3 * self.width + self.height, self._factor, self._factor)
                with m.If(self.start):
                    m.d.sync += self.step.eq(self.step_given)
                    m.next = "PRODUCT"
                    with m.If(self.from_step):
                        m.next = "STEP"
            with m.State("PRODUCT"):
                self._multiply(m, bits, total, self.width + 3 * self.height)
                with m.If(left == 1):
                    m.next = "CONTEXT"
            with m.State("CONTEXT"):
                begin(total, len(bits), self._factor)
                m.next = "ROOT"
            with m.State("ROOT"):
                self._subtract(m, bits, total, result, 2, (result << 2) | 1)
                with m.If(left == 1):
                    m.next = "DIVIDEND"
            with m.State("DIVIDEND"):
                # Half of the root, rounded down; a bit more of the quotient than is wanted, to round.
                begin((result >> 1) << (STEP_BITS - CENTRE_BITS + 1), self._dividend, self._dividend)
                m.next = "DIVIDE"
            with m.State("DIVIDE"):
                self._subtract(m, bits, total, result, 1, self._camera.exemplar_side)
                with m.If(left == 1):
                    m.next = "ROUND"
            with m.State("ROUND"):
                m.d.sync += self.step.eq(Mux(result == 0, 1, (result + 1) >> 1))
                m.next = "STEP"
            with m.State("STEP"):
                begin(self.side - 1, self._reach, self._reach)
                m.next = "REACH"
            with m.State("REACH"):
                self._multiply(m, bits, total, self.step)
                with m.If(left == 1):
                    m.next = "PLACE"
            with m.State("PLACE"):
                # The middle of a pixel lies half a pixel from the corner that coordinates count from.
                for centre, first in ((self.x, self.left), (self.y, self.top)):
                    corner = centre << (STEP_BITS - CENTRE_BITS)
                    m.d.sync += first.eq(corner - half_up(STEP_BITS) - (total >> 1))
                m.d.sync += self.done.eq(1)
                m.next = "IDLE"
        return m

    def _multiply(self, m: Module, bits: Signal, total: Signal, factor: Value) -> None:
        """A step of a product."""
        m.d.sync += [bits.eq(bits << 1), total.eq((total << 1) + Mux(bits[-1], factor, 0))]

    def _subtract(
        self, m: Module, bits: Signal, total: Signal, result: Signal, count: int, less: Value | int
    ) -> None:
        """A step of a root or of a quotient, which takes so many bits: is ``less`` in the rest, or not."""
        rest, trial = Signal(len(total)), Signal(signed(len(total) + 1))
        m.d.comb += [rest.eq((total << count) | bits[-count:]), trial.eq(rest - less)]
        fits = trial >= 0
        m.d.sync += [
            bits.eq(bits << count),
            total.eq(Mux(fits, trial, rest)),
            result.eq((result << 1) | fits),
        ]
