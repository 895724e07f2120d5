"""The mean colour of a frame."""

from itertools import pairwise

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.camera import Camera
from siammixer.rtl.camera.layouts import COLOURS, RGB


class MeanColour(wiring.Component):
    """Adds up a frame's pixels and divides: each colour's mean, rounded half up.

    Any number of pixels, one a cycle at most. ``done`` is high :attr:`LATENCY` cycles after ``end``, and
    ``mean`` stands from then until the next ``done``. The next frame may begin in the cycle after ``end``;
    its own ``end`` comes :attr:`LATENCY` cycles later at the earliest. A frame without ``end`` leaves the
    mean as it is, whatever its pixels were.

    Parameters
    ----------
    camera
        Sizes: the largest frame.

    Members
    -------
    begin : In(1)
        A frame begins; no pixel in this cycle.
    pixel : In(RGB)
        A pixel of it.
    valid : In(1)
        There is a pixel in this cycle.
    end : In(1)
        The pixel of this cycle is the frame's last.
    mean : Out(RGB)
        The mean colour of the last frame that ended.
    done : Out(1)
        One cycle: there is a new mean.
    """

    # The pixel, the sums, what rounds them, eight bits of each colour's quotient, the mean.
    LATENCY = 3 + 8 * len(COLOURS) + 1

    def __init__(self, camera: Camera):
        self._camera = camera
        super().__init__(
            {
                "begin": In(1),
                "pixel": In(RGB),
                "valid": In(1),
                "end": In(1),
                "mean": Out(RGB),
                "done": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        bits = self._camera.pixels_bits
        count = Signal(bits)
        sums = [Signal(bits + 8, name=f"sum_{colour}") for colour in COLOURS]
        # All inputs a cycle later: whether a pixel passes is known late in its cycle.
        begin, valid, end, ended = (Signal(name=name) for name in ("begin", "valid", "end", "ended"))
        pixel = Signal(RGB, reset_less=True)
        m.d.sync += [begin.eq(self.begin), valid.eq(self.valid), end.eq(self.end), pixel.eq(self.pixel)]
        m.d.sync += ended.eq(valid & end)
        with m.If(begin):
            m.d.sync += count.eq(0)
            m.d.sync += [total.eq(0) for total in sums]
        with m.Elif(valid):
            m.d.sync += count.eq(count + 1)
            m.d.sync += [total.eq(total + pixel[colour]) for colour, total in zip(COLOURS, sums, strict=True)]
        self._divide(m, ended, count, sums)
        return m

    def _divide(self, m: Module, ended: Signal, count: Signal, sums: list[Signal]) -> None:
        """One colour after the other, the highest bit of its quotient first: the quotient is below 256."""
        bits = len(count)
        divisor = Signal(bits)
        rests = [Signal(bits + 8, name=f"rest_{colour}") for colour in COLOURS]
        quotient = Signal(8 * len(COLOURS))
        left = Signal(range(8 * len(COLOURS) + 2))
        rest = rests[0]
        trial = Signal(bits + 2)
        # What is left of the sum is below the divisor times 2**(bits to come): the top of it, in units of the
        # bit to come, is compared.
        m.d.comb += trial.eq(rest[7:] - divisor)
        fits = ~trial[-1]
        m.d.sync += self.done.eq(0)
        with m.If(ended):
            m.d.sync += [divisor.eq(count), left.eq(8 * len(COLOURS) + 1)]
            m.d.sync += [one.eq(total + (count >> 1)) for one, total in zip(rests, sums, strict=True)]
        with m.Elif(left > 1):
            colour_ends = (left - 1)[:3] == 1
            after = (Mux(fits, (trial << 7) | rest[:7], rest) << 1)[: len(rest)]
            m.d.sync += [left.eq(left - 1), quotient.eq((quotient << 1) | fits), rest.eq(after)]
            with m.If(colour_ends):
                m.d.sync += [one.eq(other) for one, other in pairwise(rests)]
        with m.Elif(left == 1):
            m.d.sync += [left.eq(0), self.done.eq(1)]
            m.d.sync += [
                self.mean[colour].eq(quotient.word_select(number, 8))
                for number, colour in enumerate(reversed(COLOURS))
            ]
