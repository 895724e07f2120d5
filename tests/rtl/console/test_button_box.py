"""ButtonBox: a press counts once, however it bounces."""

import random

from siammixer.rtl.console.button_box import CHOSEN, SIZES, ButtonBox
from siammixer.sim.block import simulate


def test_buttons():
    """A press counts once, however it bounces; sizes stay in their list."""
    block, sample, dice = ButtonBox(3), 3, random.Random(3)

    async def press(ctx, name):
        """Bounces, is held, bounces; the number of takes meanwhile."""
        taken = 0
        for level, cycles in ((None, 10), (1, 12 * sample), (None, 10), (0, 12 * sample)):
            for _ in range(cycles):
                ctx.set(getattr(block, name), dice.randint(0, 1) if level is None else level)
                _, _, take = await ctx.tick().sample(block.take)
                taken += take
        return taken

    async def bench(ctx):
        assert ctx.get(block.size) == SIZES[CHOSEN]
        assert await press(ctx, "take_button") == 1
        expected = CHOSEN
        for name in ["larger_button"] * 5 + ["smaller_button"] * 9 + ["larger_button"]:
            assert await press(ctx, name) == 0
            expected += 1 if name == "larger_button" else -1
            expected = min(max(expected, 0), len(SIZES) - 1)
            assert (ctx.get(block.number), ctx.get(block.size)) == (expected, SIZES[expected])

    simulate(block, [bench], watchdog=10_000)
