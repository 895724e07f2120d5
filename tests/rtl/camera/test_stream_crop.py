"""StreamCrop: the tracker's crops of random windows, and every way in which frames and crops can meet.

Some hundred windows at full size: tests/sim/test_stream_crop.py.
"""

from dataclasses import replace

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from siammixer.arch.camera import FrameFault, Strips
from siammixer.rtl.camera.layouts import VIDEO
from siammixer.rtl.camera.mean_colour import MeanColour
from siammixer.rtl.camera.stream_crop import StreamCrop
from siammixer.rtl.camera.video_queue import VideoQueue
from siammixer.sim.block import simulate, stream_get, stream_put, watch
from siammixer.tracking.crop import Window, crop, mean_colour

FILL = (30, 200, 90)
INSIDE = Window(x=6 << 8, y=5 << 8, step=70_000, side=9)
ABOVE = Window(x=5 << 8, y=-50 << 8, step=70_000, side=9)
TOP = Window(x=6 << 8, y=2 << 8, step=30_000, side=9)  # needs the first four rows


def frames(count, seed=1, shape=(11, 13)):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape, 3), np.uint8)


def windows(count):
    """Frames of any size with windows anywhere, of any step."""
    random = np.random.default_rng(3)
    for _ in range(count):
        height, width = (int(random.integers(1, most + 1)) for most in (11, 13))
        window = Window(
            x=int(random.integers(-8 << 8, 21 << 8)),
            y=int(random.integers(-8 << 8, 19 << 8)),
            step=int(2 ** random.uniform(12, 18.5)),
            side=9,
        )
        yield random.integers(0, 256, (height, width, 3), np.uint8), window


async def ask(ctx, block, window, strips, shape=(11, 13), *, join=0):
    """Asks for a crop of the next frame, or of the one in progress."""
    (left, top), fill = window.first, dict(zip(("red", "green", "blue"), FILL, strict=True))
    ctx.set(block.frame, {"width": shape[1], "height": shape[0]})
    ctx.set(block.window, {"left": left, "top": top, "step": window.step, "fill": fill})
    ctx.set(block.strips, vars(strips))
    ctx.set(block.start, 1)
    ctx.set(block.join, join)
    await ctx.tick()
    ctx.set(block.start, 0)
    ctx.set(block.join, 0)


def sent(image, window, strips):
    return crop(image, window, np.array(FILL, np.uint8))[strips.order].reshape(-1, 3)


async def check(ctx, block, image, window, strips, stall=0.0, seed=0):
    """Takes the crop and compares it."""
    expected = sent(image, window, strips)
    found = await stream_get(ctx, block.o, len(expected), stall=stall, seed=seed)
    colours = [[one.red, one.green, one.blue] for one in found]
    np.testing.assert_array_equal(colours, expected, str((image.shape, window)))
    assert [one.last for one in found] == [0] * (len(found) - 1) + [1]


async def finished(ctx, block, error=FrameFault.NONE):
    while ctx.get(block.busy):
        await ctx.tick()
    assert ctx.get(block.error) == error


@pytest.mark.parametrize("stall", [0.0, 0.5])
def test_crops(camera, strips, video, stall):
    block, made = StreamCrop(camera), list(windows(8))
    means = []

    async def drive(ctx):
        for number, (image, window) in enumerate(made):
            await ask(ctx, block, window, strips, image.shape)
            await stream_put(ctx, block.i, video(image), stall=stall, seed=number)
            await finished(ctx, block)
        for _ in range(MeanColour.LATENCY + 1):
            await ctx.tick()

    async def take(ctx):
        for number, (image, window) in enumerate(made):
            await check(ctx, block, image, window, strips, stall, number)

    async def spy(ctx):
        while True:
            _, _, done, mean = await ctx.tick().sample(block.mean_done, block.mean)
            means.extend([[mean.red, mean.green, mean.blue]] * done)

    watched = [watch(block.i, "i")[0], watch(block.o, "o")[0]]
    simulate(block, [drive, take], background=[*watched, spy], watchdog=20_000)
    assert means == [mean_colour(image).tolist() for image, _ in made]


def test_a_crop_is_of_the_next_frame(camera, strips, video):
    """Asked for in the middle of one; what lies wholly above the frame waits for its begin too, and frames
    that nobody asked for pass unharmed, also while the core is slow to take the crop before.
    """
    block, shown = StreamCrop(camera), frames(4)

    async def drive(ctx):
        ctx.set(block.frame, {"width": 13, "height": 11})
        await stream_put(ctx, block.i, video(shown[0])[:50])
        await ask(ctx, block, INSIDE, strips)
        await stream_put(ctx, block.i, video(shown[0])[50:])
        assert ctx.get(block.busy)
        await stream_put(ctx, block.i, video(shown[1]) + video(shown[2]))
        await finished(ctx, block)
        await ask(ctx, block, ABOVE, strips)
        for _ in range(300):
            await ctx.tick()
        assert ctx.get(block.busy) and not ctx.get(block.o.valid)
        await stream_put(ctx, block.i, video(shown[3]))
        await finished(ctx, block)

    async def take(ctx):
        await check(ctx, block, shown[1], INSIDE, strips, stall=0.8)
        await check(ctx, block, shown[3], ABOVE, strips)

    simulate(block, [drive, take], watchdog=20_000)


@pytest.mark.parametrize("top", [2, 5, 8, 30])
def test_a_crop_is_asked_for_behind_one_of_the_same_frame(camera, strips, video, top):
    """That ended before its frame: nothing more of the frame is kept for anybody, so that it passes."""
    block, shape = StreamCrop(replace(camera, frame_height=40)), (40, 13)
    shown = frames(2, shape=shape)
    second = Window(x=6 << 8, y=top << 8, step=1 << 16, side=9)

    async def drive(ctx):
        await ask(ctx, block, INSIDE, strips, shape)
        pixels = video(shown[0])
        await stream_put(ctx, block.i, pixels[: 13 * 14])
        await finished(ctx, block)
        await ask(ctx, block, second, strips, shape)
        await stream_put(ctx, block.i, pixels[13 * 14 :] + video(shown[1]))
        await finished(ctx, block)

    async def take(ctx):
        await check(ctx, block, shown[0], INSIDE, strips)
        await check(ctx, block, shown[1], second, strips)

    simulate(block, [drive, take], watchdog=20_000)


def rows_before(window, height):
    """Rows of a frame that lie before the first one that a window needs."""
    _, top = window.first
    place = top + (1 << 7) >> 16  # rounded as the crop's positions are
    return min(max(place, 0), height - 1)


@pytest.mark.parametrize("stall", [0.0, 0.4])
def test_a_frame_in_progress_is_joined(camera, strips, video, stall):
    """The crop is of the frame in progress where the row that the window begins with has not passed, else of
    the next one. Rows of a crop of the frame before still lie in the ring.
    """
    block, random, joined = StreamCrop(camera), np.random.default_rng(5), []
    cases = []
    for number in range(16):
        shown = frames(3, seed=number)
        step = int(2 ** random.uniform(13, 17))
        window = Window(x=6 << 8, y=int(random.integers(2 << 8, 13 << 8)), step=step, side=9)
        cases.append((shown, window, int(random.integers(1, 13 * 11 - 14))))
    watched = watch(block.i, "i")[0]

    async def drive(ctx):
        for number, (shown, window, place) in enumerate(cases):
            await ask(ctx, block, INSIDE, strips)
            await stream_put(ctx, block.i, video(shown[0]), stall=stall, seed=number)
            await finished(ctx, block)
            joined.append(False)
            await stream_put(ctx, block.i, video(shown[1])[:place], stall=stall, seed=number)
            await ask(ctx, block, window, strips, join=1)
            await stream_put(ctx, block.i, video(shown[1])[place:], stall=stall, seed=number)
            await stream_put(ctx, block.i, video(shown[2]), stall=stall, seed=number)
            await finished(ctx, block)

    async def take(ctx):
        for number, (shown, window, _) in enumerate(cases):
            await check(ctx, block, shown[0], INSIDE, strips, stall, number)
            while not ctx.get(block.o.valid):
                await ctx.tick()
            await check(ctx, block, shown[1 if joined[number] else 2], window, strips, stall, number)

    async def spy(ctx):
        async for _, _, now in ctx.tick().sample(block.joined):
            if now:
                joined[-1] = True

    simulate(block, [drive, take], background=[watched, spy], watchdog=60_000)
    for (_, window, place), found in zip(cases, joined, strict=True):
        begun = place // 13  # rows of which a pixel has been taken, but for the last one
        first = rows_before(window, 11)
        assert found or begun + 1 > first, (window, place)
        assert not found or begun <= first, (window, place)
    assert {*joined} == {True, False}


def test_joined_at_any_pixel(camera, strips, video):
    """The video goes on meanwhile: a row may end, and the next one would start, in each of the cycles."""
    block, (first, second) = StreamCrop(camera), frames(2, seed=3)
    window = Window(x=6 << 8, y=(8 << 8) + 51, step=70_000, side=9)  # begins with the fourth row
    places, joined = range(13, 5 * 13), []

    async def drive(ctx):
        ctx.set(block.frame, {"width": 13, "height": 11})
        for place in places:
            await stream_put(ctx, block.i, video(first)[:place])
            joined.append(False)
            await ask(ctx, block, window, strips, join=1)
            await stream_put(ctx, block.i, video(first)[place:] + video(second))
            await finished(ctx, block)

    async def take(ctx):
        for _ in places:
            while not ctx.get(block.o.valid):
                await ctx.tick()
            await check(ctx, block, first if joined[-1] else second, window, strips)

    async def spy(ctx):
        async for _, _, now in ctx.tick().sample(block.joined):
            if now:
                joined[-1] = True

    simulate(block, [drive, take], background=[spy], watchdog=60_000)
    assert {*joined} == {True, False}


@pytest.mark.parametrize("wait", range(5))
def test_joined_between_two_rows(camera, strips, video, wait):
    """A row ends in the cycles in which it is found out whether the frame can still be joined."""
    block, shown = StreamCrop(camera), frames(9, seed=8)
    window = Window(x=6 << 8, y=(8 << 8) + 51, step=70_000, side=9)  # begins with the fourth row
    places = [13 * row + beside for row in (2, 3) for beside in (-1, 0, 1)]
    pairs = [(shown[number], shown[number + 1]) for number in range(len(places))]
    joined = [False] * len(places)

    async def drive(ctx):
        ctx.set(block.frame, {"width": 13, "height": 11})
        for number, (place, (first, second)) in enumerate(zip(places, pairs, strict=True)):
            await stream_put(ctx, block.i, video(first)[:place])
            for _ in range(wait):
                await ctx.tick()
            await ask(ctx, block, window, strips, join=1)
            for _ in range(4):
                _, _, now = await ctx.tick().sample(block.joined)
                joined[number] |= bool(now)
            await stream_put(ctx, block.i, video(first)[place:] + video(second))
            await finished(ctx, block)

    async def take(ctx):
        for number, pair in enumerate(pairs):
            while not ctx.get(block.o.valid):
                await ctx.tick()
            await check(ctx, block, pair[not joined[number]], window, strips)

    simulate(block, [drive, take], watchdog=60_000)
    assert rows_before(window, 11) == 3 and joined[0] and joined[1]


def test_a_fault_in_a_frame_that_was_joined(camera, strips, video):
    """It is told like any other, and the next crop is whole."""
    block, shown = StreamCrop(camera), frames(3)
    low = Window(x=6 << 8, y=9 << 8, step=30_000, side=9)

    async def drive(ctx):
        ctx.set(block.frame, {"width": 13, "height": 11})
        await stream_put(ctx, block.i, video(shown[0])[:20])
        await ask(ctx, block, low, strips, join=1)
        await stream_put(ctx, block.i, video(shown[0])[20 : 13 * 8 + 5])
        await stream_put(ctx, block.i, video(shown[1])[:1])
        await finished(ctx, block, FrameFault.SHORT_FRAME)
        await ask(ctx, block, low, strips, join=1)
        await stream_put(ctx, block.i, video(shown[1])[1:])
        await finished(ctx, block)

    async def take(ctx):
        last = False
        while not last:
            (pixel,) = await stream_get(ctx, block.o, 1)
            last = pixel.last
        await check(ctx, block, shown[1], low, strips)

    simulate(block, [drive, take], watchdog=20_000)


BOTTOM = Window(x=11 << 8, y=9 << 8, step=30_000, side=9)  # needs the last rows, to their last pixels


@pytest.mark.parametrize("behind", ["frames", "a broken frame"])
def test_a_slow_core_has_the_last_rows_when_other_frames_have_begun(camera, strips, video, behind):
    """The next frame begins, whole or broken in its first pixel, when the last row is still on its way."""
    block, (image, *others) = StreamCrop(camera), frames(3)
    after = [pixel for other in others for pixel in video(other)]
    if behind != "frames":
        after = [{**after[0], "last": 1}, *after[:30]]

    async def drive(ctx):
        await ask(ctx, block, BOTTOM, strips)
        await stream_put(ctx, block.i, video(image) + after)
        await finished(ctx, block)

    async def take(ctx):
        await check(ctx, block, image, BOTTOM, strips, stall=0.9)

    simulate(block, [drive, take], watchdog=20_000)


def test_rows_of_the_crop_before_do_not_count(camera, strips, video):
    """The second crop is asked for long before its frame, when rows of the first one are still stored."""
    block, (first, second) = StreamCrop(camera), frames(2)

    async def drive(ctx):
        for image in (first, second):
            await ask(ctx, block, INSIDE, strips)
            for _ in range(40):
                await ctx.tick()
            await stream_put(ctx, block.i, video(image))
            await finished(ctx, block)

    async def take(ctx):
        await check(ctx, block, first, INSIDE, strips)
        await check(ctx, block, second, INSIDE, strips)

    simulate(block, [drive, take], watchdog=20_000)


def test_a_core_that_takes_nothing_stops_the_video(camera, strips, video):
    """With room for four rows in each ring, and some pixels on their way; nothing is lost."""
    block, (image,) = StreamCrop(camera), frames(1)
    check_i, taken = watch(block.i)

    async def drive(ctx):
        await ask(ctx, block, INSIDE, strips)
        await stream_put(ctx, block.i, video(image))

    async def take(ctx):
        for _ in range(600):
            await ctx.tick()
        waited = len(taken.payloads)
        for _ in range(100):
            await ctx.tick()
        assert len(taken.payloads) == waited < image.size // 3
        await check(ctx, block, image, INSIDE, strips)

    simulate(block, [drive, take], background=[check_i], watchdog=20_000)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda one: one[:60] + one[61:], FrameFault.SHORT_LINE),
        (lambda one: one[:60] + one[59:], FrameFault.LONG_LINE),
        (lambda one: one[:60], FrameFault.SHORT_FRAME),
        (lambda one: one[:1], FrameFault.SHORT_FRAME),
    ],
)
def test_a_fault_ends_the_crop_with_one_last_pixel(camera, strips, video, change, fault):
    """The frame after it is cropped as ever."""
    block, (bad, good, after) = StreamCrop(camera), frames(3)

    async def drive(ctx):
        await ask(ctx, block, INSIDE, strips)
        await stream_put(ctx, block.i, change(video(bad)) + video(good))
        await finished(ctx, block, fault)
        await ask(ctx, block, INSIDE, strips)
        await stream_put(ctx, block.i, video(after))
        await finished(ctx, block)

    async def take(ctx):
        found = []
        while not found or not found[-1].last:
            found += await stream_get(ctx, block.o, 1)
        whole = sent(bad, INSIDE, strips).tolist()
        assert [[one.red, one.green, one.blue] for one in found[:-1]] == whole[: len(found) - 1]
        await check(ctx, block, after, INSIDE, strips)

    simulate(block, [drive, take], watchdog=20_000)


@pytest.mark.parametrize("long", [False, True])
def test_a_fault_behind_what_the_crop_needs_does_not_end_it(camera, strips, video, long):
    """A short line behind the rows that it needs; a pixel too many behind the last row, of which the last
    samples are still on their way.
    """
    block, (bad, good) = StreamCrop(camera), frames(2)
    window = Window(x=6 << 8, y=9 << 8, step=70_000, side=9) if long else TOP
    pixels = video(bad)
    faults = []

    async def drive(ctx):
        await ask(ctx, block, window, strips)
        await stream_put(ctx, block.i, [*pixels, pixels[5]] if long else pixels[:137] + pixels[138:])
        await finished(ctx, block)
        await ask(ctx, block, INSIDE, strips)
        await stream_put(ctx, block.i, video(good))
        await finished(ctx, block)

    async def take(ctx):
        await check(ctx, block, bad, window, strips)
        await check(ctx, block, good, INSIDE, strips)

    async def spy(ctx):
        while True:
            _, _, fault = await ctx.tick().sample(block.fault)
            faults.extend([fault] * bool(fault))

    simulate(block, [drive, take], background=[spy], watchdog=20_000)
    assert faults == [FrameFault.LONG_FRAME if long else FrameFault.SHORT_LINE]


@pytest.mark.parametrize("pixels", [0, 40, 143])
def test_clear_gives_the_crop_up(camera, strips, video, pixels):
    """So many pixels after its frame's begin; the next crop is whole."""
    block, (image, after), given_up = StreamCrop(camera), frames(2), []

    async def drive(ctx):
        await ask(ctx, block, INSIDE, strips)
        ctx.set(block.o.ready, 1)
        await stream_put(ctx, block.i, video(image)[:pixels])
        ctx.set(block.o.ready, 0)
        ctx.set(block.clear, 1)
        await ctx.tick()
        ctx.set(block.clear, 0)
        assert (ctx.get(block.busy), ctx.get(block.o.valid)) == (0, 0)
        await stream_put(ctx, block.i, video(image)[pixels:])
        given_up.append(True)
        await ask(ctx, block, TOP, strips)
        await stream_put(ctx, block.i, video(after))
        await finished(ctx, block)

    async def take(ctx):
        while not given_up:
            await ctx.tick()
        await check(ctx, block, after, TOP, strips)

    simulate(block, [drive, take], watchdog=20_000)


class CameraCrop(wiring.Component):
    """The crop behind the queue of a camera that cannot wait."""

    pixel: In(VIDEO)
    valid: In(1)

    def __init__(self, camera):
        self.crop = StreamCrop(camera)
        self.queue = VideoQueue(8)
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        m.submodules += [self.crop, self.queue]
        wiring.connect(m, self.queue.o, self.crop.i)
        m.d.comb += [
            self.queue.pixel.eq(self.pixel),
            self.queue.valid.eq(self.valid),
            self.crop.lost.eq(self.queue.lost),
        ]
        return m


@pytest.mark.parametrize(("period", "lost"), [(4, False), (1, True)])
def test_a_camera_that_cannot_wait(camera, strips, video, period, lost):
    """Pixel after pixel, each ``period`` cycles after the one before. Slowly enough the crop is whole. Too
    fast for the enlarged rows it is told: the frame is given up, and the next one, which nobody enlarges,
    passes.
    """
    block = CameraCrop(camera)
    inner, (first, second) = block.crop, frames(2)
    window = Window(x=6 << 8, y=5 << 8, step=20_000, side=9)
    wide = Strips(columns=9, rows=9, advance=9, last_top=0)

    async def play(ctx, image, period):
        for pixel in video(image):
            ctx.set(block.pixel, pixel)
            ctx.set(block.valid, 1)
            await ctx.tick()
            ctx.set(block.valid, 0)
            for _ in range(period - 1):
                await ctx.tick()
        for _ in range(30):
            await ctx.tick()

    async def drive(ctx):
        await ask(ctx, inner, window, wide)
        await play(ctx, first, period)
        await finished(ctx, inner, FrameFault.OVERFLOW if lost else FrameFault.NONE)
        await ask(ctx, inner, Window(x=6 << 8, y=5 << 8, step=1 << 20, side=9), strips)
        await play(ctx, second, 3)
        await finished(ctx, inner)

    async def take(ctx):
        if lost:
            found = []
            while not found or not found[-1].last:
                found += await stream_get(ctx, inner.o, 1)
        else:
            await check(ctx, inner, first, window, wide)
        await check(ctx, inner, second, Window(x=6 << 8, y=5 << 8, step=1 << 20, side=9), strips)

    simulate(block, [drive, take], watchdog=20_000)
