"""FrameReader: whole frames pass; every fault is told once, drops the rest, and the next frame passes."""

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring

from siammixer.arch.camera import FrameFault
from siammixer.rtl.camera.frame_reader import FrameReader
from siammixer.sim.block import simulate, stream_get, stream_put, watch

WIDTH, HEIGHT = 4, 3


class Judged(FrameReader):
    """A FrameReader whose ``o`` offers no pixel that is a fault."""

    def elaborate(self, platform):
        m = Module()
        m.submodules.reader = reader = FrameReader(self._camera)
        ports = {name: getattr(self, name) for name in self.signature.members if name != "o"}
        for name, port in ports.items():
            if name == "i":
                wiring.connect(m, wiring.flipped(port), reader.i)
            elif self.signature.members[name].flow is wiring.In:
                m.d.comb += getattr(reader, name).eq(port)
            else:
                m.d.comb += port.eq(getattr(reader, name))
        m.d.comb += [
            self.o.payload.eq(reader.o.payload),
            self.o.valid.eq(reader.o.valid & (reader.fault == FrameFault.NONE)),
            reader.o.ready.eq(self.o.ready),
        ]
        return m


@pytest.fixture
def frames():
    return np.random.default_rng(1).integers(0, 256, (3, HEIGHT, WIDTH, 3), np.uint8)


def run(block, payloads, expected, *, lost_after=None, stall=0.0, seed=0):
    """(events by name, cycles of the pixels out); each event is (pixels taken before it, value)."""
    (check_i, taken), (check_o, out) = watch(block.i, "i"), watch(block.o, "o")
    events = {"begin": [], "whole": [], "fault": []}

    async def feed(ctx):
        ctx.set(block.frame, {"width": WIDTH, "height": HEIGHT})
        cut = len(payloads) if lost_after is None else lost_after
        await stream_put(ctx, block.i, payloads[:cut], stall=stall, seed=seed)
        if lost_after is not None:
            ctx.set(block.lost, 1)
            await ctx.tick()
            ctx.set(block.lost, 0)
        await stream_put(ctx, block.i, payloads[cut:], stall=stall, seed=seed)
        for _ in range(3):
            await ctx.tick()

    async def take(ctx):
        found = await stream_get(ctx, block.o, len(expected), stall=stall, seed=seed)
        assert [[one.red, one.green, one.blue] for one in found] == expected.tolist()
        ctx.set(block.o.ready, 1)

    async def spy(ctx):
        ports = [getattr(block, name) for name in events]
        while True:
            _, _, *values = await ctx.tick().sample(*ports)
            for (name, seen), value in zip(events.items(), values, strict=True):
                if value:
                    seen.append((len(taken.payloads), value) if name == "fault" else len(taken.payloads))

    simulate(block, [feed, take], background=[check_i, check_o, spy], watchdog=2000)
    return events, taken, out


@pytest.mark.parametrize("stall", [0.0, 0.5])
def test_frames_pass(camera, video, frames, stall):
    """Pixels before the first frame do not; a frame waits a cycle, then pixels pass at once."""
    block = Judged(camera)
    before = video(frames[0])[5:]
    payloads = before + [pixel for frame in frames for pixel in video(frame)]
    events, taken, out = run(block, payloads, frames.reshape(-1, 3), stall=stall)
    assert [len(events[name]) for name in ("begin", "whole", "fault")] == [3, 3, 0]
    assert out.cycles == taken.cycles[len(before) :]
    if not stall:
        assert out.cycles[-1] - out.cycles[0] == 3 * WIDTH * HEIGHT - 1 + 2  # a cycle for each begin


@pytest.mark.parametrize(
    ("change", "passed", "fault"),
    [
        (lambda one: one[:6] + one[7:], 6, FrameFault.SHORT_LINE),
        (lambda one: [*one[:7], {**one[7], "last": 0}, *one[7:]], 7, FrameFault.LONG_LINE),
        (lambda one: [*one[:11], {**one[11], "last": 0}], 11, FrameFault.LONG_LINE),
        (lambda one: one[: 2 * WIDTH], 8, FrameFault.SHORT_FRAME),
        (lambda one: one[:6], 6, FrameFault.SHORT_FRAME),
        (lambda one: one + one[5:7], 12, FrameFault.LONG_FRAME),
        (lambda one: [{**one[0], "last": 1}, *one[1:]], 0, FrameFault.SHORT_LINE),
        (lambda one: [*one[:4], {**one[4], "first": 1, "last": 1}], 4, FrameFault.SHORT_FRAME),
    ],
    ids=[
        "short line",
        "long line",
        "long last line",
        "short frame",
        "in mid-line",
        "long frame",
        "one pixel",
        "another frame",
    ],
)
@pytest.mark.parametrize("stall", [0.0, 0.5])
def test_faults(camera, video, frames, change, passed, fault, stall):
    """A faulty frame between two good ones."""
    good, bad, after = (video(frame) for frame in frames)
    bad = change(bad)
    expected = frames.reshape(-1, 3)
    middle = expected[12 : 12 + passed]
    block = Judged(camera)
    events, *_ = run(
        block, good + bad + after, np.concatenate([expected[:12], middle, expected[24:]]), stall=stall
    )
    faults = [value for _, value in events["fault"]]
    if bad[-1].get("first") and len(bad) == 5:  # that pixel began a frame of one pixel itself
        assert faults == [fault, FrameFault.SHORT_LINE]
        assert len(events["begin"]) == 4
        return
    assert faults == [fault]
    assert (len(events["begin"]), len(events["whole"])) == (3, 2 + (fault is FrameFault.LONG_FRAME))


@pytest.mark.parametrize(("after", "fault"), [(12 + 5, True), (12, False)])
def test_a_lost_pixel_ends_the_frame(camera, video, frames, after, fault):
    """Within a frame it is a fault; between two it is none."""
    block = Judged(camera)
    payloads = [pixel for frame in frames for pixel in video(frame)]
    pixels = frames.reshape(-1, 3)
    expected = np.concatenate([pixels[:after], pixels[24:]]) if fault else pixels
    events, *_ = run(block, payloads, expected, lost_after=after)
    assert [value for _, value in events["fault"]] == [FrameFault.OVERFLOW] * fault
    assert len(events["whole"]) == 3 - fault
