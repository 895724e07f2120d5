"""The residual addition of a whole word."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

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
        Constant while words are on their way.
    o
        ``lanes`` INT8.
    """

    LATENCY = 4

    def __init__(self, lanes: int):
        self._lanes = lanes
        super().__init__({"valid": In(1), "x": In(8 * lanes), "y": In(8 * lanes), "shifts": In(SHIFTS), "o": Out(8 * lanes)})

    def elaborate(self, platform):
        m = Module()
        # Half to even: (t + 2^(r-1) - 1 + bit r of t) >> r, nothing to add where r is 0.
        half = Signal(numerics.ALIGN_RIGHT_MAX)
        m.d.comb += half.eq(((1 << self.shifts.right) >> 1) - (self.shifts.right != 0))
        valid = self.valid
        stages = [self._channel(m, lane, half) for lane in range(self._lanes)]
        for age, statements in enumerate(zip(*stages, strict=True), start=1):
            with m.If(valid):
                m.d.sync += statements
            valid = delay(m, valid, 1, f"valid_{age}")
        return m

    def _channel(self, m: Module, lane: int, half: Signal) -> list:
        """One channel's statements, stage by stage."""
        aligned_bits = 8 + numerics.ALIGN_LEFT_MAX
        aligned = [Signal(signed(aligned_bits), name=f"{operand}_{lane}", reset_less=True) for operand in "xy"]
        total = Signal(signed(aligned_bits + 1), name=f"total_{lane}", reset_less=True)
        nudged = Signal(signed(aligned_bits + 2), name=f"nudged_{lane}", reset_less=True)
        result = Signal(signed(8), name=f"result_{lane}", reset_less=True)
        right = self.shifts.right
        x, y = (word.word_select(lane, 8).as_signed() for word in (self.x, self.y))
        odd = (total >> right)[0] & (right != 0)
        shifted = nudged >> right
        m.d.comb += self.o.word_select(lane, 8).eq(result)
        return [
            [aligned[0].eq(x << self.shifts.left_x), aligned[1].eq(y << self.shifts.left_y)],
            total.eq(aligned[0] + aligned[1]),
            nudged.eq(total + half + odd),
            result.eq(Mux(shifted > 127, 127, Mux(shifted < -128, -128, shifted))),
        ]
