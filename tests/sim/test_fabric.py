"""The whole tracker in the fabric on network tiny: boxes equal the Python tracker's, frame for frame,
whatever the video does.
"""

import random
from collections.abc import Iterator
from itertools import pairwise

import cv2
import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.camera import FrameFault
from siammixer.arch.fabric import FIRST_FRAMES, BoxFault, Source, State, code, described
from siammixer.golden.engine import GoldenEngine
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.weights import load_weights
from siammixer.rtl.tracker.frame_controller import FrameController
from siammixer.rtl.tracker.program import tracker_program
from siammixer.sim.fabric import FabricJob, VideoTiming
from siammixer.sim.fabric_tracker import FabricTracker
from siammixer.sim.stream_crop import video_of
from siammixer.tracking.box import Box
from siammixer.tracking.clip import Clip
from siammixer.tracking.crop import in_units
from siammixer.tracking.tracker import LEARNING_FRAMES, Tracker

NETWORK = NETWORKS["tiny"]
WIDTH, HEIGHT = 96, 64
WATCHDOG = 3_000_000
# The first frame comes when the first box has been read, and behind each there is time for the tracker.
SLOW = VideoTiming(
    lead=5000,
    **{"pixel_cycles": 2, "line_pixels": WIDTH, "line_cycles": 220},
    **{"frame_lines": HEIGHT, "blank_cycles": 40_000},
)


@pytest.fixture(scope="module")
def fabric() -> Iterator[FabricTracker]:
    weights = load_weights(NETWORK)
    tracker = FabricTracker(NETWORK, weights, find_accelerator("tiny"), frame_size=(WIDTH + 1, HEIGHT + 1))
    yield tracker
    tracker.close()


class SmallClip:
    """The rendered clip, a fifth as large."""

    REDUCTION = 5

    def __init__(self, scene: str, frames: int):
        clip = Clip(scene, frames=frames, width=self.REDUCTION * WIDTH, height=self.REDUCTION * HEIGHT)
        self.images = [
            cv2.resize(clip.image(index), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
            for index in range(frames)
        ]
        self.boxes = [Box(*(value / self.REDUCTION for value in clip.box(index))) for index in range(frames)]


@pytest.fixture(scope="module")
def clip() -> SmallClip:
    return SmallClip("cup", 24)


@pytest.fixture
def golden() -> Tracker:
    return Tracker(GoldenEngine(NETWORK, load_weights(NETWORK)))


@pytest.fixture
def simulator(fabric, clip):
    """The tracker after a reset."""
    job = FabricJob(size=(WIDTH, HEIGHT), reset=0, reset_cycles=3, idle=500)
    assert fabric.run(job).ended
    return fabric


def job(frames, **options) -> FabricJob:
    options = {"size": (WIDTH, HEIGHT), "watchdog": WATCHDOG, "idle": 64} | options
    return FabricJob(video=video_of(*frames), **options)


def told(news):
    """Box, confidence and loss, as the Python tracker has them."""
    left, top, width, height = news.box
    box = Box(left / 512, top / 512, width / 256, height / 256)
    return box, news.confidence / 32768, news.state is State.LOST


def expected(states):
    return [(state.box, state.confidence, state.lost) for state in states]


def test_the_clip(fabric, simulator, golden, clip):
    """Each box, confidence and window; twice, so that a new target leaves nothing of the one before."""
    for scene in (clip, SmallClip("astronaut", 6)):
        for tracker in (fabric, golden):
            tracker.init(scene.images[0], scene.boxes[0])
        assert fabric.passes == golden.passes
        for index in range(1, len(scene.images)):
            found, right = fabric.update(scene.images[index]), golden.update(scene.images[index])
            assert (found.box, found.confidence, found.lost) == (right.box, right.confidence, right.lost)
            assert found.window == (*right.window.first, right.window.step)
            assert np.array_equal(found.response, right.response)
            assert 0 < found.latency < found.cycles


@pytest.mark.parametrize("stall", [0.0, 0.3])
def test_cycles_are_as_predicted(fabric, simulator, clip, stall):
    """The core's run where it is never short of pixels, and from its end to the news in any case."""
    frames = clip.images
    assert simulator.run(job(frames[:1])).ended
    small = Box(40, 24, 8, 9)  # enlarged: the crop is ahead of the core
    outcome = simulator.run(
        job(
            frames[:1] * (FIRST_FRAMES + 3),
            first=in_units(small),
            take=0,
            wanted=FIRST_FRAMES + 3,
            stall=stall,
        )
    )
    commands = tracker_program(fabric.design.tracker).cycles
    names = [None] + ["seen"] * (FIRST_FRAMES - 1) + ["update"] * 3
    exact = 0
    for news, name in zip(outcome.news, names, strict=True):
        command = commands[name] if name else 0
        assert news.cycle - news.finished == FrameController.LATENCY + command
        predicted = fabric.predicted["search" if name else "template"]
        assert news.finished - news.started >= predicted
        exact += news.finished - news.started == predicted
    assert exact >= 3 or stall


def follow(golden, before, frames, box):
    """States of the Python tracker that learns from the first frames."""
    golden.learn([before, *frames[:FIRST_FRAMES]], box)
    return [golden.update(image) for image in frames[FIRST_FRAMES:]]


def test_frames_that_cannot_be_shown_twice(simulator, golden, clip):
    """A camera: template and views from one frame after the other, none skipped; as Tracker.learn does."""
    frames = clip.images
    assert LEARNING_FRAMES == FIRST_FRAMES + 1
    states = follow(golden, frames[0], frames[1:], clip.boxes[1])
    assert simulator.run(job(frames[:1])).ended
    follows = {"first": in_units(clip.boxes[1]), "take": 0, "lossless": False}
    outcome = simulator.run(job(frames[1:], **follows, wanted=len(frames) - 1, timing=SLOW))
    assert outcome.ended and not outcome.faults and not any(news.skipped for news in outcome.news)
    assert [told(news) for news in outcome.news[FIRST_FRAMES:]] == expected(states)


def test_skipped_frames(simulator, golden, clip):
    """Frames that come too fast: those that are tracked give the boxes of a video of them alone, the mean
    colour of the tracked frame before around each.
    """
    frames = [clip.images[index % len(clip.images)] for index in range(60)]
    assert simulator.run(job(frames[:1])).ended
    follows = {"first": in_units(clip.boxes[1]), "take": 0, "lossless": False}
    fast = VideoTiming(lead=10)
    outcome = simulator.run(job(frames[1:], **follows, wanted=20, idle=50_000, timing=fast))
    place, tracked = 0, []
    for news in outcome.news:
        place += 1 + news.skipped
        tracked.append(frames[place])
    assert sum(news.skipped for news in outcome.news) > 5
    states = follow(golden, frames[0], tracked, clip.boxes[1])
    assert [told(one) for one in outcome.news[FIRST_FRAMES:]] == expected(states)


def test_frames_that_are_joined(simulator, golden):
    """A box that comes when the next frame has begun, and the next window's first row has not: no frame is
    skipped, and the colour around each window is right.
    """
    random = np.random.default_rng(6)
    frames = [
        np.clip(
            random.integers(0, 256, (8, 12, 3)).repeat(8, 0).repeat(8, 1) // 2 + 9 * number, 0, 255
        ).astype(np.uint8)
        for number in range(FIRST_FRAMES + 6)
    ]
    box = Box(84, 44, 8, 9)  # its window reaches over the right edge
    pace = VideoTiming(
        lead=5000,
        **{"pixel_cycles": 4, "line_pixels": WIDTH, "line_cycles": 400},
        **{"frame_lines": HEIGHT, "blank_cycles": 18_000},
    )
    assert simulator.run(job(frames[:1])).ended
    follows = {"first": in_units(box), "take": 0, "lossless": False}
    outcome = simulator.run(job(frames[1:], **follows, wanted=len(frames) - 1, timing=pace))
    news = outcome.news
    assert outcome.ended and not any(one.skipped or one.code for one in news)
    assert sum(now.begun < before.cycle for before, now in pairwise(news)) > 4
    assert [told(one) for one in news[FIRST_FRAMES:]] == expected(follow(golden, frames[0], frames[1:], box))


def spoilt(frame, kind):
    """A frame with a fault."""
    video = video_of(frame)
    middle = WIDTH * (HEIGHT // 2) + 7
    if kind is FrameFault.SHORT_LINE:
        return np.delete(video, middle, axis=0)
    if kind is FrameFault.LONG_LINE:
        return np.insert(video, middle, video[middle], axis=0)
    assert kind is FrameFault.SHORT_FRAME
    return video[:middle]


@pytest.mark.parametrize("kind", [FrameFault.SHORT_LINE, FrameFault.LONG_LINE, FrameFault.SHORT_FRAME])
@pytest.mark.parametrize("at", [0, 3, FIRST_FRAMES + 2])
def test_a_frame_with_a_fault(simulator, golden, clip, kind, at):
    """It is told with its code, and the tracker goes on as if it had not been."""
    frames = clip.images[: FIRST_FRAMES + 6]
    states = follow(golden, frames[0], frames[1:], clip.boxes[1])
    video = [video_of(frame) for frame in frames[1:]]
    video.insert(at, spoilt(frames[1], kind))
    assert simulator.run(job(frames[:1])).ended
    outcome = simulator.run(
        FabricJob(
            video=np.concatenate(video),
            size=(WIDTH, HEIGHT),
            first=in_units(clip.boxes[1]),
            take=0,
            wanted=len(video),
            watchdog=WATCHDOG,
            idle=64,
        )
    )
    assert outcome.ended and [fault for _, fault in outcome.faults] == [kind]
    codes = [news.code for news in outcome.news]
    assert codes == [code(Source.FRAME, kind) if number == at else 0 for number in range(len(video))]
    good = [news for news in outcome.news if not news.code]
    assert [told(news) for news in good[FIRST_FRAMES:]] == expected(states)


def test_a_lost_pixel(simulator, clip):
    """A camera that cannot wait, faster than the core: it is told, and as nothing else
    (siammixer.bench.disturbances compares the boxes of such cameras' other frames).
    """
    frames = clip.images
    assert simulator.run(job(frames[:1])).ended
    box = Box(40, 24, 8, 9)
    fast = VideoTiming(pixel_cycles=1, line_pixels=WIDTH, line_cycles=WIDTH + 20, waiting=8)
    outcome = simulator.run(
        job(frames[1:], first=in_units(box), take=0, lossless=False, wanted=2, idle=100_000, timing=fast)
    )
    assert outcome.lost and {news.code for news in outcome.news} <= {
        0,
        code(Source.FRAME, FrameFault.OVERFLOW),
    }
    assert code(Source.FRAME, FrameFault.OVERFLOW) in {news.code for news in outcome.news}


def test_a_video_that_stops_in_mid_line(simulator, golden, clip):
    """The tracker waits; the frame is given up where the next one begins, which is tracked."""
    frames = clip.images[: FIRST_FRAMES + 4]
    states = follow(golden, frames[0], frames[1:], clip.boxes[1])
    assert simulator.run(job(frames[:1])).ended
    learn = simulator.run(
        job(frames[1 : 1 + FIRST_FRAMES], first=in_units(clip.boxes[1]), take=0, wanted=FIRST_FRAMES)
    )
    assert learn.ended
    stopped = simulator.run(
        FabricJob(
            video=spoilt(frames[0], FrameFault.SHORT_FRAME),
            size=(WIDTH, HEIGHT),
            idle=60_000,
            watchdog=WATCHDOG,
        )
    )
    assert not stopped.news and not stopped.faults
    outcome = simulator.run(job(frames[1 + FIRST_FRAMES :], wanted=1 + len(states)))
    assert outcome.news[0].code == code(Source.FRAME, FrameFault.SHORT_FRAME)
    assert [told(news) for news in outcome.news[1:]] == expected(states)


@pytest.mark.parametrize(
    ("box", "fault"),
    [
        (Box(WIDTH, 3, 9, 9), BoxFault.OUTSIDE),
        (Box(-9, 3, 9, 9), BoxFault.OUTSIDE),
        (Box(5, 5, WIDTH + 2, 9), BoxFault.LARGE),
    ],
)
def test_a_refused_box(simulator, clip, box, fault):
    outcome = simulator.run(job([], first=in_units(box), take=0, wanted=1))
    (news,) = outcome.news
    assert news.taken and news.code == code(Source.BOX, fault) and news.state is State.IDLE
    assert "first box" in described(news.code)


def test_resets_and_stops_at_random(simulator, golden, clip):
    """In mid-frame, in mid-pass, for one cycle or several: a target that is given afterwards is followed."""
    frames, dice = clip.images[: FIRST_FRAMES + 3], random.Random(3)
    states = follow(golden, frames[0], frames[1:], clip.boxes[1])
    for _ in range(8):
        cycle = dice.randrange(400_000)
        disturbed = job(
            frames[1:],
            first=in_units(clip.boxes[1]),
            take=0,
            watchdog=cycle + 50,
            **(
                {"reset": cycle, "reset_cycles": dice.randint(1, 4)}
                if dice.random() < 0.7
                else {"stop": cycle}
            ),
        )
        simulator.run(disturbed)
        assert simulator.run(job([], stop=0, idle=40_000)).ended
        assert simulator.run(job(frames[:1])).ended
        outcome = simulator.run(
            job(
                frames[1:],
                first=in_units(clip.boxes[1]),
                take=0,
                wanted=len(frames) - 1,
                stall=0.2,
                seed=cycle,
            )
        )
        good = [news for news in outcome.news if not news.code]
        assert [told(news) for news in good[FIRST_FRAMES:]] == expected(states), disturbed


def test_bad_frames_for_the_fabric(fabric, simulator, clip):
    with pytest.raises(InputError, match="must be at most 97 x 65 pixels, not 98 x 64"):
        fabric.init(np.zeros((64, 98, 3), np.uint8), Box(1, 1, 9, 9))
    with pytest.raises(InputError, match="lies outside the image"):
        fabric.init(clip.images[0], Box(WIDTH, 1, 9, 9))
    fabric.init(clip.images[0], clip.boxes[0])
    with pytest.raises(InputError, match="must be of one size, 96 x 64, not 95 x 64"):
        fabric.update(clip.images[1][:, :-1])
    tracker = object.__new__(FabricTracker)
    tracker._size = None
    with pytest.raises(InputError, match="init must be called before update"):
        tracker.update(clip.images[1])
