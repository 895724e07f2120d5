"""The residual addition of a whole word."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.rounding import CYCLES, clamp_and_round
from rtl.skew import delay
from spec import numerics

SHIFTS = data.StructLayout({"left_x": 3, "left_y": 3, "right": 4})


class ResidualAdd(wiring.Component):
    """``o = clamp(RNE(((x << left_x) + (y << left_y)) / 2**right), -128, 127)`` per channel.

    :attr:`LATENCY` cycles, one word per cycle, no back-pressure, no reset. With ``x`` and all
    shifts zero, ``o`` is ``y``. Where ``valid`` was not set ``o`` is undefined, and nothing switches.

    Members
    -------
    valid
        There are words to add.
    x, y
        Residual and branch, ``lanes`` INT8 each.
    shifts
        Constant while words are on their way, and for ``lanes`` cycles before: they go from channel to channel.
    o
        ``lanes`` INT8.
    """

    # Take, align to the left, add, align to the right in two steps, clamp and round.
    LATENCY = 5 + CYCLES

    def __init__(self, lanes: int):
        self._lanes = lanes
        super().__init__({"valid": In(1), "x": In(8 * lanes), "y": In(8 * lanes), "shifts": In(SHIFTS), "o": Out(8 * lanes)})

    def elaborate(self, platform):
        m = Module()
        valid = [self.valid]
        for age in range(1, self.LATENCY):
            valid.append(delay(m, valid[-1], 1, f"valid_{age}"))
        shifts = self.shifts
        for lane in range(self._lanes):
            shifts = delay(m, shifts, 1, f"shifts_{lane}")
            self._channel(m, lane, valid, shifts)
        return m

    def _channel(self, m: Module, lane: int, valid: list, shifts) -> None:
        def register(name: str, value, stage: int) -> Signal:
            result = Signal(value.shape(), name=f"{name}_{lane}", reset_less=True)
            with m.If(valid[stage]):
                m.d.sync += result.eq(value)
            return result

        x, y = (register(name, word.word_select(lane, 8).as_signed(), 0) for name, word in (("x", self.x), ("y", self.y)))
        aligned_x = register("aligned_x", x << shifts.left_x, 1)
        aligned_y = register("aligned_y", y << shifts.left_y, 1)
        total = register("total", aligned_x + aligned_y, 2)
        # As many bits of fraction as can be shifted out: nothing is lost before it is rounded.
        fraction = numerics.ALIGN_RIGHT_MAX
        fine = register("fine", (total << fraction) >> shifts.right[:2], 3)
        coarse = register("coarse", fine >> (shifts.right[2:] << 2), 4)
        rounded = clamp_and_round(m, coarse, fraction, name=str(lane), enables=valid[5:])
        m.d.comb += self.o.word_select(lane, 8).eq(rounded)
