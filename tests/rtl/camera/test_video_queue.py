"""VideoQueue: order, latency, and what becomes of pixels for which there is no room."""

import pytest

from siammixer.rtl.camera.video_queue import VideoQueue
from siammixer.sim.block import simulate

DEPTH = 4


@pytest.mark.parametrize(("first_take", "lost_at"), [(2, []), (9, [4, 9])])
def test_pixels_pass_or_are_lost_all_together(first_take, lost_at):
    """Ten pixels in ten cycles. Where nobody takes them for nine, the fifth is one too many: it is lost and
    the four with it, and so on.
    """
    block, lost, found = VideoQueue(DEPTH), [], []

    async def bench(ctx):
        for cycle in range(16):
            ctx.set(block.valid, cycle < 10)
            ctx.set(block.pixel.red, cycle)
            ctx.set(block.o.ready, cycle >= first_take)
            _, _, gone, valid, ready, payload = await ctx.tick().sample(
                block.lost, block.o.valid, block.o.ready, block.o.payload
            )
            lost.extend([cycle] * gone)
            # What is offered in the cycle of a loss belongs to what is lost.
            found.extend([(cycle, payload.red)] * (valid and ready and not gone))

    simulate(block, [bench])
    assert lost == lost_at
    assert [red for _, red in found] == ([] if lost_at else list(range(10)))
    if not lost_at:
        assert found[2:] == [(number + VideoQueue.LATENCY + 1, number) for number in range(2, 10)]


def test_after_a_loss_it_holds_as_many_as_before():
    block = VideoQueue(DEPTH)

    async def bench(ctx):
        ctx.set(block.valid, 1)
        for cycle in range(4 * (DEPTH + 1)):
            _, _, lost = await ctx.tick().sample(block.lost)
            assert lost == (cycle % (DEPTH + 1) == DEPTH)

    simulate(block, [bench])
