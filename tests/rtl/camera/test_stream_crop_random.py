"""StreamCrop through random frames, whole and broken, random requests, pauses and lost pixels: no crop hangs,
and none is wrong without an error.
"""

import random

import numpy as np
import pytest

from siammixer.arch.camera import FrameFault
from siammixer.rtl.camera.stream_crop import StreamCrop
from siammixer.sim.block import simulate
from siammixer.tracking.crop import Window, crop

SHAPE = (11, 13)
FILL = (30, 200, 90)


def spoilt(pixels, dice):
    """A frame's payloads, three times of four as they are; else with a pixel missing, twice or marked
    wrongly, cut off, or with pixels behind it.
    """
    place = dice.randrange(len(pixels))
    one = {**pixels[place], "last": 1 - pixels[place]["last"]}
    return dice.choice(
        [
            *[pixels] * 15,
            pixels[:place] + pixels[place + 1 :],
            [*pixels[: place + 1], {**pixels[place], "first": 0}, *pixels[place + 1 :]],
            [*pixels[:place], one, *pixels[place + 1 :]],
            pixels[: place + 1],
            [*pixels, *({**pixel, "first": 0} for pixel in pixels[:3])],
        ]
    )


def window(dice):
    """Most of them reach over an edge or two."""
    return Window(
        x=dice.randrange(-(4 << 8), 17 << 8),
        y=dice.randrange(-(4 << 8), 15 << 8),
        step=int(2 ** dice.uniform(13, 18)),
        side=9,
    )


class Run:
    """The events: images by the frames that began, crops by their requests."""

    def __init__(self, block, strips, video, seed, crops):
        self.block, self.strips, self.video = block, strips, video
        self.dice, self.crops = random.Random(seed), crops
        self.images = np.random.default_rng(seed).integers(0, 256, (8, *SHAPE, 3), np.uint8)
        self.offered = None  # the image whose pixels are offered
        self.begun = []  # images of the frames that began
        self.sent = []  # pixels of the crop in hand
        self.ended = False
        self.good = self.failed = self.given_up = 0

    async def feed(self, ctx):
        """Frame after frame, pixel after pixel, with a pause, long or short, anywhere, and losses."""
        block, dice = self.block, random.Random(self.dice.random())
        while not self.ended:
            number = dice.randrange(len(self.images))
            slow = dice.choice([0.0, 0.0, 0.3])
            for pixel in spoilt(self.video(self.images[number]), dice):
                while dice.random() < slow:
                    await ctx.tick()
                if pixel["first"]:
                    self.offered = number
                ctx.set(block.i.payload, pixel)
                ctx.set(block.i.valid, 1)
                taken = False
                while not (taken or self.ended):
                    # A queue that loses a pixel forgets what it offers.
                    lost = dice.random() < 1 / 2000
                    ctx.set(block.lost, lost)
                    _, _, ready, begin = await ctx.tick().sample(block.i.ready, block.begin)
                    ctx.set(block.lost, 0)
                    if begin:
                        self.begun.append(self.offered)
                    taken = lost or ready
                ctx.set(block.i.valid, 0)

    async def take(self, ctx):
        """Mostly as fast as it comes, at times hardly at all."""
        block, dice = self.block, random.Random(self.dice.random())
        while not self.ended:
            busy = dice.choice([0.0, 0.5, 0.9])
            for _ in range(200):
                ctx.set(block.o.ready, dice.random() >= busy)
                _, _, moves, ready, pixel = await ctx.tick().sample(
                    block.o.valid, block.o.ready, block.o.payload
                )
                if moves and ready:
                    self.sent.append(((pixel.red, pixel.green, pixel.blue), pixel.last))

    async def ask(self, ctx):
        """Crop after crop, at any time; some are given up."""
        block, dice, fill = self.block, self.dice, dict(zip(("red", "green", "blue"), FILL, strict=True))
        ctx.set(block.frame, {"width": SHAPE[1], "height": SHAPE[0]})
        ctx.set(block.strips, vars(self.strips))
        for _ in range(self.crops):
            for _ in range(dice.choice([0, 1, 20, 300])):
                await ctx.tick()
            wanted, before = window(dice), len(self.begun)
            left, top = wanted.first
            ctx.set(block.window, {"left": left, "top": top, "step": wanted.step, "fill": fill})
            self.sent.clear()
            ctx.set(block.start, 1)
            _, _, begins = await ctx.tick().sample(block.begin)
            ctx.set(block.start, 0)
            before += begins  # a frame that begins in this cycle is not the next
            patience = dice.randrange(600) if dice.random() < 0.1 else 100_000
            while ctx.get(block.busy) and patience:
                patience -= 1
                await ctx.tick()
            if not patience:
                ctx.set(block.clear, 1)
                await ctx.tick()
                ctx.set(block.clear, 0)
                self.given_up += 1
                continue
            await ctx.tick()
            self.judge(FrameFault(ctx.get(block.error)), wanted, before)
        self.ended = True

    def judge(self, error, wanted, before):
        """The crop of the frame that began first after the request, all of it or up to an early ``last``."""
        image = self.images[self.begun[before]]
        expected = crop(image, wanted, np.array(FILL, np.uint8))[self.strips.order].reshape(-1, 3)
        colours = [colour for colour, _ in self.sent]
        lasts = [last for _, last in self.sent]
        assert lasts == [0] * (len(lasts) - 1) + [1]
        whole = list(map(tuple, expected.tolist()))
        if error is FrameFault.NONE:
            assert colours == whole, (before, wanted)
            self.good += 1
        else:
            assert colours[:-1] == whole[: len(colours) - 1], (before, wanted, error)
            self.failed += 1


@pytest.mark.parametrize(
    ("seed", "crops"), [(1, 10), pytest.param(2, 1000, marks=pytest.mark.long)], ids=["some", "many"]
)
def test_no_crop_hangs_and_none_is_wrong_without_an_error(camera, strips, video, seed, crops):
    run = Run(StreamCrop(camera), strips, video, seed, crops)
    simulate(run.block, [run.feed, run.take, run.ask], watchdog=6000 * crops)
    assert run.good > crops / 4
    assert crops < 100 or (run.failed > crops / 100 and run.given_up > crops / 100)
