"""A first box from buttons: in the middle of the frame, of a size that is chosen."""

from amaranth.hdl import Array, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

SIZES = (16, 24, 32, 48, 64, 96, 128, 192)
"""Edges of the box in pixels, the smallest first."""
CHOSEN = 4
"""The size after a reset: its number in SIZES."""


class ButtonBox(wiring.Component):
    """Debounces three buttons: one takes the box in the middle of the frame, two make it larger or smaller.

    A button counts once it has been down for 8 samples in a row, and again after it has been up for 8.

    Parameters
    ----------
    sample_cycles
        From sample to sample: about 2 ms.

    Members
    -------
    take_button : In(1)
        It is down: a pin, synchronised.
    larger_button : In(1)
        Likewise.
    smaller_button : In(1)
        Likewise.
    take : Out(1)
        One cycle: the box is to be taken.
    size : Out(range(SIZES[-1] + 1))
        Its width and height in pixels.
    number : Out(range(len(SIZES)), init=CHOSEN)
        The size's number.
    """

    def __init__(self, sample_cycles: int):
        self._sample_cycles = sample_cycles
        super().__init__(
            {
                **dict.fromkeys(("take_button", "larger_button", "smaller_button"), In(1)),
                "take": Out(1),
                "size": Out(range(SIZES[-1] + 1)),
                "number": Out(range(len(SIZES)), init=CHOSEN),
            }
        )

    def elaborate(self, platform):
        m = Module()
        samples = Signal(range(self._sample_cycles))
        now = Signal()
        last = self._sample_cycles - 1
        m.d.comb += [now.eq(samples == last), self.size.eq(Array(SIZES)[self.number])]
        m.d.sync += samples.eq(samples + 1)
        with m.If(now):
            m.d.sync += samples.eq(0)
        pressed = {
            name: self._pressed(m, name, now) for name in ("take_button", "larger_button", "smaller_button")
        }
        m.d.comb += self.take.eq(pressed["take_button"])
        with m.If(pressed["larger_button"] & (self.number != len(SIZES) - 1)):
            m.d.sync += self.number.eq(self.number + 1)
        with m.If(pressed["smaller_button"] & (self.number != 0)):
            m.d.sync += self.number.eq(self.number - 1)
        return m

    def _pressed(self, m: Module, name: str, now: Signal) -> Signal:
        """High for one cycle when a button counts as pressed."""
        history = Signal(8, name=f"{name}_history")
        down = Signal(name=f"{name}_down")
        pressed = Signal(name=f"{name}_pressed")
        m.d.comb += pressed.eq(history.all() & ~down)
        with m.If(now):
            m.d.sync += history.eq((history << 1) | getattr(self, name))
        with m.If(history.all()):
            m.d.sync += down.eq(1)
        with m.Elif(~history.any()):
            m.d.sync += down.eq(0)
        return pressed
