"""The residual addition."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from siammixer.ir import numerics
from siammixer.rtl.primitives.rounding import CYCLES, clamp_and_round
from siammixer.rtl.primitives.skew import delay

SHIFTS = data.StructLayout({"left_x": 3, "left_y": 3, "right": 4})
"""Bits by which the residual and the branch are shifted to the left, and their sum to the right."""


class ResidualAdd(wiring.Component):
    """``o = clamp(RNE(((x << left_x) + (y << left_y)) / 2**right), -128, 127)`` per channel.

    Channel n works n cycles after channel 0, as its lane does: byte n of all words comes n cycles after byte
    0, and ``valid``, ``no_x`` and ``no_y`` belong to byte 0. :attr:`LATENCY` cycles, one word per cycle, no
    back-pressure, no reset. With one of ``x`` and ``y`` and all shifts zero, ``o`` is the other. Where
    ``valid`` was not set nothing switches.

    Parameters
    ----------
    lanes
        Channels of a word.

    Members
    -------
    valid : In(1)
        There are words to add.
    no_x : In(1)
        Zero takes the place of ``x``.
    no_y : In(1)
        Zero takes the place of ``y``.
    x : In(8 * lanes)
        Residual, ``lanes`` INT8.
    y : In(8 * lanes)
        Branch, ``lanes`` INT8.
    shifts : In(SHIFTS)
        Constant while words are on their way, and in the cycle before: they go from channel to channel.
    o : Out(8 * lanes)
        The sum, ``lanes`` INT8.
    """

    # Take, align to the left, add, align to the right in two steps, clamp and round.
    LATENCY = 5 + CYCLES

    def __init__(self, lanes: int):
        self._lanes = lanes
        word = 8 * lanes
        super().__init__(
            {
                "valid": In(1),
                "no_x": In(1),
                "no_y": In(1),
                "x": In(word),
                "y": In(word),
                "shifts": In(SHIFTS),
                "o": Out(word),
            }
        )

    def elaborate(self, platform):
        m = Module()
        does, shifts = Cat(self.valid, self.no_x, self.no_y), self.shifts
        for lane in range(self._lanes):
            shifts = delay(m, shifts, 1, f"shifts_{lane}")
            self._channel(m, lane, does, shifts)
            does = delay(m, does, 1, f"does_{lane}")
        return m

    def _channel(self, m: Module, lane: int, does, shifts) -> None:
        def register(name: str, value) -> Signal:
            result = Signal(value.shape(), name=f"{name}_{lane}", reset_less=True)
            m.d.sync += result.eq(value)
            return result

        x, y = (
            Signal(signed(8), name=f"x_{lane}", reset_less=True),
            Signal(signed(8), name=f"y_{lane}", reset_less=True),
        )
        valid, no_x, no_y = does
        # What follows stands still where these do.
        with m.If(valid):
            m.d.sync += [
                taken.eq(Mux(no, 0, word.word_select(lane, 8)))
                for taken, no, word in ((x, no_x, self.x), (y, no_y, self.y))
            ]
        aligned_x = register("aligned_x", x << shifts.left_x)
        aligned_y = register("aligned_y", y << shifts.left_y)
        total = register("total", aligned_x + aligned_y)
        # As many bits of fraction as can be shifted out: nothing is lost before it is rounded.
        fraction = numerics.ALIGN_RIGHT_MAX
        fine = register("fine", (total << fraction) >> shifts.right[:2])
        coarse = register("coarse", fine >> (shifts.right[2:] << 2))
        rounded = clamp_and_round(m, coarse, fraction, name=str(lane), enables=(1, 1))
        m.d.comb += self.o.word_select(lane, 8).eq(rounded)
