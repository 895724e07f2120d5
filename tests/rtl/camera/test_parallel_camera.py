"""ParallelCamera: pixels across two clocks to the bit; what the pins and a reader that stalls can do wrong.

The camera's clock is driven pin by pin (siammixer.sim.ov7670), with any ratio to the other.
"""

import random
from dataclasses import dataclass, field

import numpy as np
import pytest
from amaranth.hdl import ClockDomain, Module, Value
from amaranth.lib import wiring

from siammixer.arch.camera import FrameFault
from siammixer.rtl.camera.frame_reader import FrameReader
from siammixer.rtl.camera.parallel_camera import ParallelCamera
from siammixer.sim.block import simulate
from siammixer.sim.ov7670 import VideoTiming, drive, received

CYCLE = 1e-6  # of siammixer.sim.block
# Cycles for a clock of the camera: 90 MHz to its 24, no common measure, and the fastest camera that can be
# kept up with: a pixel, which is two clocks, a cycle.
RATIOS = (3.75, 1.37, 0.53)
WIDTH, HEIGHT = 6, 4
SMALL = VideoTiming(width=WIDTH, height=HEIGHT, line_pixels=8, frame_lines=8, vsync_lines=1, lines_before=2)
LINE = 2 * SMALL.line_pixels
FIRST_LINE = (SMALL.vsync_lines + SMALL.lines_before) * LINE
DEPTH = 8


@dataclass
class Seen:
    """Everything that left the block, or the reader behind it."""

    pixels: list = field(default_factory=list)
    cycles: list = field(default_factory=list)
    begins: list = field(default_factory=list)
    wholes: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    lost: list = field(default_factory=list)

    def frame(self, number):
        """The pixels that passed from a frame's begin to the next one's."""
        ends = [*self.begins, len(self.pixels)]
        return np.array(self.pixels[ends[number] : ends[number + 1]])


@pytest.fixture
def frames():
    return np.random.default_rng(1).integers(0, 256, (3, HEIGHT, WIDTH, 3), np.uint8)


def pins(frames, timing=SMALL):
    """The pins of frames, one after the other, (clocks, 3)."""
    return np.concatenate([timing.array(frame) for frame in frames])


class Bench:
    """A camera's pins in front of the block, with a FrameReader behind it or none."""

    def __init__(self, camera=None, *, depth=DEPTH, size=(WIDTH, HEIGHT), **options):
        self.block, self.seen, self.cycle, self.clock = ParallelCamera(depth, **options), Seen(), 0, 0
        self.domain, self.sync = ClockDomain("camera"), ClockDomain("sync")
        self.module = m = Module()
        m.domains += [self.domain, self.sync]
        m.submodules.block = self.block
        self.reader = None
        if camera:
            m.submodules.reader = self.reader = FrameReader(camera)
            wiring.connect(m, self.block.o, self.reader.i)
            m.d.comb += self.reader.lost.eq(self.block.lost)
            m.d.comb += [self.reader.frame.width.eq(size[0]), self.reader.frame.height.eq(size[1])]

    def run(self, clocks, ratio, ready=lambda cycle: True, **steps):
        """Drives the pins; ``ready(cycle)`` takes what is offered, ``steps`` are further test benches."""

        def counted():
            for self.clock, levels in enumerate(clocks.tolist()):
                yield levels

        async def feed(ctx):
            await drive(ctx, self.domain, self.block, counted(), ratio * CYCLE)
            for _ in range(4 * DEPTH):
                await ctx.tick()

        async def rules(ctx):
            """An offer stands until it is taken, or a loss ends it."""
            port, pending = self.block.o, None
            while True:
                _, _, *offer, ready, lost = await ctx.tick().sample(
                    port.valid, Value.cast(port.payload), port.ready, self.block.lost
                )
                assert pending in (None, offer)
                pending = offer if offer[0] and not ready and not lost else None

        async def watch(ctx):
            out = (self.reader or self.block).o
            told = [self.reader.begin, self.reader.whole, self.reader.fault] if self.reader else []
            while True:
                ctx.set(out.ready, taken := ready(self.cycle))
                _, _, valid, payload, lost, *events = await ctx.tick().sample(
                    out.valid, out.payload, self.block.lost, *told
                )
                self._note(self.seen, taken and valid, payload, lost, events)
                self.cycle += 1

        simulate(
            self.module,
            [feed],
            background=[watch, rules, *(step(self) for step in steps.values())],
            watchdog=50_000,
        )
        return self.seen

    def _note(self, seen, taken, payload, lost, events):
        if lost:
            seen.lost.append(self.cycle)
        if events and events[0]:
            seen.begins.append(len(seen.pixels))
        if taken:
            colours = (payload.red, payload.green, payload.blue)
            seen.pixels.append(colours if events else (*colours, payload.first, payload.last))
            seen.cycles.append(self.cycle)
        if events and events[1]:
            seen.wholes.append(len(seen.begins) - 1)
        if events and events[2]:
            seen.faults.append(FrameFault(events[2]))


def expected(frame):
    """The pixels that pass of a frame that is whole."""
    return received(frame).reshape(-1, 3)


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (1, 1), (1, 5), (13, 2)], ids=str)
def test_frames_pass_to_the_bit(camera, ratio, size):
    """With a reader that is always ready: of three frames all pixels, and not one fault."""
    width, height = size
    timing = VideoTiming(
        width=width,
        height=height,
        line_pixels=width + 1,
        frame_lines=height + 3,
        vsync_lines=1,
        lines_before=1,
    )
    sent = np.random.default_rng(width).integers(0, 256, (3, height, width, 3), np.uint8)
    seen = Bench(camera, size=size).run(pins(sent, timing), ratio)
    assert (seen.faults, seen.lost, seen.wholes) == ([], [], [0, 1, 2])
    for number, frame in enumerate(sent):
        assert np.array_equal(seen.frame(number), expected(frame))


@pytest.mark.parametrize("ratio", RATIOS)
def test_first_and_last(frames, ratio):
    """The first pixel after VSYNC, the last one of each line; the polarity of VSYNC is chosen."""
    for high in (True, False):
        clocks = pins(frames)
        clocks[:, 0] ^= not high
        seen = Bench(vsync_high=high).run(clocks, ratio)
        found = np.array(seen.pixels).reshape(3, HEIGHT, WIDTH, 5)
        assert np.array_equal(found[..., :3], np.stack([received(frame) for frame in frames]))
        assert np.argwhere(found[..., 3]).tolist() == [[frame, 0, 0] for frame in range(3)]
        assert np.array_equal(found[..., 4], np.tile(np.arange(WIDTH) == WIDTH - 1, (3, HEIGHT, 1)))


def test_every_colour_becomes_eight_bits():
    """The highest bits come again below the others: 0 is 0 and all ones are 255."""
    levels = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 256, 3)
    timing = VideoTiming(width=256, height=1, line_pixels=258, frame_lines=4, vsync_lines=1, lines_before=1)
    seen = Bench().run(timing.array(levels), 2.1)
    found = np.array(seen.pixels)[:, :3]
    assert found[0].tolist() == [0, 0, 0] and found[-1].tolist() == [255, 255, 255]
    for colour, bits in enumerate((5, 6, 5)):
        kept = [f"{level:08b}"[:bits] for level in range(256)]
        assert found[:, colour].tolist() == [int((one + one)[:8], 2) for one in kept]


@pytest.mark.parametrize("phase", range(0, 20, 3))
def test_latency(frames, phase):
    """From a line's last byte: LINE_END clocks, then the second edge of ``sync``, or the third."""
    cycles = 20 + phase / 7
    bench = Bench()
    seen = bench.run(np.concatenate([SMALL.array(frames[0]), np.zeros((9, 3), np.uint8)]), cycles)
    last_byte = FIRST_LINE + 3 * LINE + 2 * WIDTH - 1
    put = (last_byte + ParallelCamera.LINE_END + 0.5) * cycles  # PCLK rises in the middle of its clock
    offered = seen.cycles[-1] - 0.5  # the first edge of sync is at half a cycle
    assert ParallelCamera.LATENCY - 1 <= offered - put <= ParallelCamera.LATENCY + 1


def cut(begin, end):
    return lambda clocks: np.delete(clocks, slice(begin, end), axis=0)


def byte_of(line, number):
    """The clock of a byte in a frame."""
    return FIRST_LINE + line * LINE + number


def put(line, number, count):
    """Bytes more of a line."""

    def more(clocks):
        at = byte_of(line, number)
        return np.insert(clocks, [at] * count, clocks[at], axis=0)

    return more


def level(pin, at, value, count=1):
    def change(clocks):
        clocks = clocks.copy()
        clocks[at : at + count, pin] = value
        return clocks

    return change


@pytest.mark.parametrize("ratio", RATIOS[:2])
@pytest.mark.parametrize(
    ("change", "faults"),
    [
        (cut(byte_of(1, 4), byte_of(1, 6)), [FrameFault.SHORT_LINE]),
        (put(1, 4, 2), [FrameFault.LONG_LINE]),
        (cut(byte_of(2, 0), byte_of(3, 0)), [FrameFault.SHORT_FRAME]),
        (cut(byte_of(1, 3), byte_of(1, 4)), [FrameFault.LONG_LINE]),
        (put(1, 3, 1), [FrameFault.LONG_LINE]),
        (cut(byte_of(3, 3), byte_of(3, 4)), [FrameFault.SHORT_FRAME]),
        (put(3, 3, 1), [FrameFault.LONG_LINE]),
        (level(1, byte_of(1, 4), 0), [FrameFault.SHORT_LINE]),
        (level(1, byte_of(1, 5), 0), [FrameFault.SHORT_LINE]),
        # VSYNC in mid-line: what follows begins a frame, which is none.
        (level(0, byte_of(1, 4), 1, 2), [FrameFault.SHORT_LINE] * 2),
        (level(0, byte_of(1, 4), 1), [FrameFault.SHORT_LINE, FrameFault.LONG_LINE]),
        (level(0, byte_of(1, 5), 1, LINE), [FrameFault.SHORT_FRAME, FrameFault.LONG_LINE]),
        # VSYNC between two lines.
        (level(0, byte_of(1, 2 * WIDTH + 1), 1), [FrameFault.SHORT_FRAME] * 2),
        # HREF without a pixel, between two lines and between two frames.
        (level(1, byte_of(1, 2 * WIDTH + 2), 1), []),
        (level(1, 5, 1), []),
    ],
    ids=[
        *("short line", "long line", "short frame", "a byte lost", "a byte more", "a byte lost at the end"),
        *("a byte more at the end", "gap", "gap in a pixel", "vsync in mid-line", "vsync, odd rest"),
        *("vsync in mid-pixel", "vsync between lines", "one byte between lines", "one byte between frames"),
    ],
)
def test_faults_are_told_and_the_next_frame_passes(camera, frames, change, faults, ratio):
    """A disturbed frame between two good ones."""
    good, bad, after = (SMALL.array(frame) for frame in frames)
    seen = Bench(camera).run(np.concatenate([good, change(bad), after]), ratio)
    assert seen.faults == faults
    assert seen.wholes == ([0, 1, 2] if not faults else [0, len(seen.begins) - 1])
    assert np.array_equal(seen.frame(0), expected(frames[0]))
    assert np.array_equal(seen.frame(-1 + len(seen.begins)), expected(frames[2]))


def test_pixels_before_the_first_vsync_are_dropped(camera, frames):
    """A camera that is in mid-frame when all begins."""
    clocks = pins(frames)[byte_of(1, 3) :]
    seen = Bench(camera).run(clocks, 1.37)
    assert (seen.faults, seen.wholes) == ([], [0, 1])
    assert np.array_equal(seen.frame(0), expected(frames[1]))


@pytest.mark.parametrize("depth", [4, 8, 16])
def test_so_many_pixels_wait(depth):
    """While nobody takes one: as many as ``depth`` wait, the next one is lost; both are known."""
    for width, lost in ((depth, 0), (depth + 1, 1)):
        timing = VideoTiming(
            width=width, height=1, line_pixels=2 * width, frame_lines=4, vsync_lines=1, lines_before=1
        )
        frame = np.random.default_rng(width).integers(0, 256, (1, width, 3), np.uint8)
        bench = Bench(depth=depth)
        late = int(timing.array(frame).shape[0] * 1.37)
        seen = bench.run(timing.array(frame), 1.37, ready=lambda cycle, late=late: cycle > late)
        assert len(seen.lost) == lost
        assert len(seen.pixels) == (0 if lost else width)


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("frames_lost", [1, 2])
def test_overflow_ends_the_frame_and_the_next_one_passes(camera, ratio, frames_lost):
    """A reader that stalls in mid-frame, and goes on in that frame's end or the next one's."""
    sent = np.random.default_rng(2).integers(0, 256, (5, HEIGHT, WIDTH, 3), np.uint8)
    clocks = pins(sent)
    bench = Bench(camera)
    begin, end = byte_of(1, 5), frames_lost * len(clocks) // 5 - LINE
    stalled = range(int(begin * ratio), int(end * ratio))
    seen = bench.run(clocks, ratio, ready=lambda cycle: cycle not in stalled)
    assert seen.faults == [FrameFault.OVERFLOW] * frames_lost
    # Told while it still stalls, soon: the queue is full two clocks a pixel after the stall.
    assert seen.lost[0] <= stalled.start + (2 * DEPTH + LINE) * ratio + 6
    assert len(seen.wholes) == 5 - frames_lost
    for number, frame in zip(seen.wholes, sent[frames_lost:], strict=True):
        assert np.array_equal(seen.frame(number), expected(frame))


@pytest.mark.parametrize("ratio", RATIOS)
def test_behind_a_loss_comes_the_begin_of_a_frame(frames, ratio):
    """Without a reader that would drop the rest of the broken frame: it is dropped here."""
    stalled = range(int(byte_of(0, 3) * ratio), int(byte_of(2, 0) * ratio))
    seen = Bench().run(pins(frames), ratio, ready=lambda cycle: cycle not in stalled)
    assert len(seen.lost) == 1
    behind = [pixel for pixel, cycle in zip(seen.pixels, seen.cycles, strict=True) if cycle > seen.lost[0]]
    assert np.array_equal(np.array(behind)[:, :3], np.concatenate([expected(frame) for frame in frames[1:]]))


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("seed", range(3), ids="seed={}".format)
def test_random_stalls_never_pass_a_wrong_frame(camera, ratio, seed):
    """Whatever stalls: a frame is whole and right, or told as a fault, or not begun at all."""
    dice = random.Random(seed)
    sent = np.random.default_rng(seed).integers(0, 256, (12, HEIGHT, WIDTH, 3), np.uint8)
    stalls, cycle = set(), 0
    while cycle < len(sent) * SMALL.frame_lines * LINE * ratio:
        length = int(dice.expovariate(1 / (2 * LINE * ratio)))
        stalls |= set(range(cycle, cycle + length)) if dice.random() < 0.3 else set()
        cycle += length + 1
    seen = Bench(camera).run(pins(sent), ratio, ready=lambda cycle: cycle not in stalls)
    rest = [expected(frame) for frame in sent]
    for number in seen.wholes:
        found = [at for at, frame in enumerate(rest) if np.array_equal(seen.frame(number), frame)]
        assert len(found) == 1
        rest = rest[found[0] + 1 :]  # in their order
    assert len(seen.wholes) + len(seen.faults) == len(seen.begins)
    assert seen.wholes and FrameFault.OVERFLOW in seen.faults


@pytest.mark.parametrize("ratio", [0.21, 0.07, 0.031])
def test_a_camera_that_is_much_too_fast_never_passes_a_wrong_frame(camera, ratio):
    """Many pixels a cycle, and the next frame at once: losses may be missed, but no frame is made of two."""
    timing = VideoTiming(width=9, height=2, line_pixels=10, frame_lines=3, vsync_lines=1, lines_before=0)
    sent = np.random.default_rng(3).integers(0, 256, (80, 2, 9, 3), np.uint8)
    seen = Bench(camera, size=(9, 2)).run(pins(sent, timing), ratio)
    assert seen.lost and len(seen.wholes) + len(seen.faults) >= len(seen.begins) - 1
    whole = {expected(frame).tobytes() for frame in sent}
    assert all(seen.frame(number).astype(np.uint8).tobytes() in whole for number in seen.wholes)


def reset(domain, begin, end):
    """A test bench that resets a domain between two clocks of the camera."""

    def step(bench):
        async def pulse(ctx):
            while bench.clock <= end:
                ctx.set(getattr(bench, domain).rst, begin <= bench.clock < end)
                await ctx.tick()

        return pulse

    return step


@pytest.mark.parametrize("at", [byte_of(1, 4), byte_of(1, 5), byte_of(2, 0)])
def test_a_reset_of_the_cameras_clock_ends_the_frame(camera, frames, at):
    """All that waited is gone, and the frame is never whole. The next one passes."""
    seen = Bench(camera).run(pins(frames), 1.37, reset=reset("domain", at, at + 3))
    assert seen.wholes == [len(seen.begins) - 2, len(seen.begins) - 1]
    assert len(seen.faults) == len(seen.begins) - 2 == 1
    assert np.array_equal(seen.frame(-1 + len(seen.begins)), expected(frames[2]))


def test_a_reset_of_the_reader_leaves_the_queue_as_it_is(camera, frames):
    """It drops the rest of its frame; no loss is told, no pixel of the next frame missing."""
    at = byte_of(1, 4)
    seen = Bench(camera).run(pins(frames), 1.37, reset=reset("sync", at, at + 5))
    assert (seen.lost, seen.faults) == ([], [])
    assert [np.array_equal(seen.frame(n), expected(frames[n])) for n in (1, 2)] == [True, True]


def test_a_clock_that_stops_leaves_the_frame_where_it_is(camera, frames):
    """All that had come passes, and nothing is told."""
    seen = Bench(camera).run(pins(frames[:1])[: byte_of(2, 5)], 1.37)
    assert (seen.wholes, seen.faults) == ([], [])
    assert np.array_equal(seen.frame(0), expected(frames[0])[: len(seen.pixels)])
    assert len(seen.pixels) == 2 * WIDTH + 1
