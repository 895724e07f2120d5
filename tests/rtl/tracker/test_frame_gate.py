"""FrameGate: which first pixels wait, and whose mean colour lies around the next crop."""

from siammixer.rtl.tracker.frame_gate import FrameGate
from siammixer.sim.block import simulate

FIRST = {"red": 1, "green": 2, "blue": 3, "first": 1, "last": 0}
OTHER = FIRST | {"first": 0}


def colour(number):
    return {"red": number, "green": number + 1, "blue": number + 2}


class Driver:
    """Offers a pixel at all times, and says what StreamCrop would say."""

    def __init__(self, ctx, block):
        self.ctx, self.block = ctx, block
        ctx.set(block.o.ready, 1)
        ctx.set(block.i.valid, 1)
        ctx.set(block.i.payload, FIRST)

    async def pulse(self, **ports):
        for name, value in ports.items():
            self.ctx.set(getattr(self.block, name), value)
        await self.ctx.tick()
        for name in ports:
            if name != "mean":
                self.ctx.set(getattr(self.block, name), 0)

    def passes(self) -> bool:
        """Whether the pixel passes, on both sides of the gate, unchanged."""
        valid, ready = self.ctx.get(self.block.o.valid), self.ctx.get(self.block.i.ready)
        assert valid == ready
        for name in ("red", "green", "blue", "first", "last"):
            assert self.ctx.get(self.block.o.payload[name]) == self.ctx.get(self.block.i.payload[name])
        return bool(valid)

    def settled(self) -> bool:
        return bool(self.ctx.get(self.block.settled))

    def fill(self) -> tuple[int, ...]:
        return tuple(self.ctx.get(self.block.fill[name]) for name in ("red", "green", "blue"))

    async def frame(self, number, *, counts):
        """A whole frame whose mean is that colour."""
        await self.pulse(begin=1, counts=counts)
        assert not self.settled()
        await self.pulse(whole=1)
        assert not self.settled() and not self.passes()  # the mean is computed
        await self.pulse(mean_done=1, mean=colour(number))
        assert self.settled()


def test_first_pixels_wait():
    """While a mean is computed, and with ``hold``; within a frame none does, nor other pixels at all."""
    block = FrameGate()

    async def bench(ctx):
        driver = Driver(ctx, block)
        assert driver.settled() and driver.passes()
        ctx.set(block.hold, 1)
        assert not driver.passes() and driver.settled()
        ctx.set(block.i.payload, OTHER)
        assert driver.passes()  # it belongs to no frame, and the crop drops it
        ctx.set(block.i.payload, FIRST)
        ctx.set(block.hold, 0)
        await driver.pulse(begin=1)
        ctx.set(block.hold, 1)
        assert driver.passes() and not driver.settled()  # a fault that must be seen
        await driver.pulse(broken=1)
        assert driver.settled() and not driver.passes()
        ctx.set(block.hold, 0)
        assert driver.passes()
        ctx.set(block.o.ready, 0)
        assert not ctx.get(block.i.ready) and ctx.get(block.o.valid)

    simulate(block, [bench], watchdog=100)


def test_a_frame_that_is_joined_counts():
    block = FrameGate()

    async def bench(ctx):
        driver = Driver(ctx, block)
        assert not ctx.get(block.joinable)
        await driver.pulse(begin=1, counts=1)
        assert not ctx.get(block.joinable)  # it is looked at already
        await driver.pulse(whole=1)
        await driver.pulse(mean_done=1, mean=colour(40))
        assert not ctx.get(block.joinable)
        await driver.pulse(begin=1, counts=0)
        assert ctx.get(block.joinable) and not driver.settled()
        await driver.pulse(renew=1)
        assert driver.fill() == (40, 41, 42)
        await driver.pulse(joined=1)
        assert not ctx.get(block.joinable)
        await driver.pulse(whole=1)
        await driver.pulse(mean_done=1, mean=colour(50))
        await driver.pulse(renew=1)
        assert driver.fill() == (50, 51, 52)

    simulate(block, [bench], watchdog=100)


def test_the_fill():
    """The latest mean that counts, when it is renewed; a frame that is broken leaves it."""
    block = FrameGate()

    async def bench(ctx):
        driver = Driver(ctx, block)
        await driver.frame(10, counts=1)
        assert driver.fill() == (0, 0, 0)
        await driver.pulse(renew=1)
        assert driver.fill() == (10, 11, 12)
        await driver.frame(20, counts=1)
        await driver.frame(30, counts=0)
        assert driver.fill() == (10, 11, 12)  # a crop may be under way
        await driver.pulse(renew=1)
        assert driver.fill() == (20, 21, 22)
        await driver.pulse(begin=1, counts=1)
        await driver.pulse(broken=1)
        await driver.pulse(renew=1)
        assert driver.fill() == (20, 21, 22)

    simulate(block, [bench], watchdog=100)
