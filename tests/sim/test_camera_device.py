"""The whole tracker behind a camera's pins on network tiny: flash, bus, video and serial line; its lines
equal the Python tracker's boxes on what the camera sends.
"""

import cv2
import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.fabric import FIRST_FRAMES, BoxFault, FabricDesign, Source, State, code, strip_grid
from siammixer.arch.ov7670 import SCCB_ADDRESS, VGA
from siammixer.driver.flash_image import network_image
from siammixer.driver.planner import plan_branches
from siammixer.golden.engine import GoldenEngine
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import load_weights
from siammixer.rtl.console.button_box import CHOSEN, SIZES
from siammixer.sim.camera_device import CameraSimulator, build_camera_device
from siammixer.sim.ov7670 import VideoTiming, received
from siammixer.tracking.box import Box
from siammixer.tracking.clip import Clip
from siammixer.tracking.settings import Settings
from siammixer.tracking.tracker import Tracker

NETWORK, TINY = find_network("tiny"), find_accelerator("tiny")
WIDTH, HEIGHT = 96, 64
# Frames that are far enough from each other; the flash is read during the first few.
TIMING = VideoTiming(
    width=WIDTH, height=HEIGHT, line_pixels=112, frame_lines=HEIGHT + 60, vsync_lines=3, lines_before=17
)
FRAME_CLOCKS = 2 * TIMING.line_pixels * TIMING.frame_lines
WAITING = 6  # frames before the target is given
LINE_CLOCK = WAITING * FRAME_CLOCKS - 8000  # between the last of them and the next one
BOX = Box(4, 8, 21, 20)


@pytest.fixture(scope="module")
def simulator():
    design = FabricDesign.of(NETWORK, TINY, Settings().shares(), frame_width=WIDTH, frame_height=HEIGHT)
    with CameraSimulator(build_camera_device(design, (WIDTH, HEIGHT))) as running:
        yield running


@pytest.fixture(scope="module")
def flash() -> bytes:
    weights = load_weights(NETWORK)
    return network_image(plan_branches(NETWORK, TINY, strip_grid(TINY), weights), weights)


@pytest.fixture(scope="module")
def frames() -> list[np.ndarray]:
    """The rendered clip, a fifth as large."""
    clip = Clip("cup", frames=14, width=5 * WIDTH, height=5 * HEIGHT)
    return [
        cv2.resize(clip.image(index), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        for index in range(len(clip))
    ]


def pins(frames):
    """The camera's pins: the first frame over and over, then all."""
    return np.concatenate([TIMING.array(frame) for frame in [frames[0]] * WAITING + frames[1:]])


@pytest.mark.parametrize("clock_cycles", [3.75, 2.9])
def test_boxes_as_lines_of_text(simulator, flash, frames, clock_cycles):
    """A line for each frame, with the boxes of the Python tracker on the frames in RGB565."""
    outcome = simulator.run(
        flash, pins(frames), "4 8 21 20\n", line_clock=LINE_CLOCK, clock_cycles=clock_cycles
    )
    assert outcome.ready and not outcome.error
    assert outcome.bus == bytes(byte for write in VGA for byte in (SCCB_ADDRESS, write.register, write.value))
    seen = [received(frame) for frame in frames]
    tracker = Tracker(GoldenEngine(NETWORK, load_weights(NETWORK)))
    tracker.learn([seen[0], *seen[1 : 1 + FIRST_FRAMES]], BOX)
    states = [tracker.update(image) for image in seen[1 + FIRST_FRAMES :]]
    rows = [tuple(map(int, line.split())) for line in outcome.lines]
    first = (State.LEARNING, 0, 0, 4 * 512, 8 * 512, 21 * 256, 20 * 256, 0)
    assert rows[:FIRST_FRAMES] == [first] * FIRST_FRAMES
    assert rows[FIRST_FRAMES:] == [
        (
            State.LOST if state.lost else State.TRACKING,
            *(0, 0, state.box.x * 512, state.box.y * 512, state.box.width * 256, state.box.height * 256),
            state.confidence * 32768,
        )
        for state in states
    ]


def test_a_target_from_the_button(simulator, flash, frames):
    """The box in the middle of the frame, of the size that stands after a reset."""
    video = pins(frames[:4])
    outcome = simulator.run(flash, video, "", line_clock=0, clock_cycles=3.75, button=LINE_CLOCK)
    corner = (WIDTH - SIZES[CHOSEN]) * 256, (HEIGHT - SIZES[CHOSEN]) * 256
    expected = (State.LEARNING, 0, 0, *corner, SIZES[CHOSEN] * 256, SIZES[CHOSEN] * 256, 0)
    assert [tuple(map(int, line.split())) for line in outcome.lines] == [expected] * 3
    assert outcome.ready and not outcome.error


@pytest.mark.parametrize(
    ("line", "lines", "error"),
    [
        ("4 8 21\n", [], True),
        ("200 8 21 20\n", [code(Source.BOX, BoxFault.OUTSIDE)], True),
        ("4 8 0 20\n", [code(Source.BOX, BoxFault.EMPTY)], True),
        # As many pixels as the middle's port would take for a place within the frame.
        ("2052 8 21 20\n", [], True),
        ("stop\n", [], False),
    ],
)
def test_lines_that_give_no_target(simulator, flash, frames, line, lines, error):
    outcome = simulator.run(flash, pins(frames[:3]), line, line_clock=LINE_CLOCK, clock_cycles=3.75)
    assert [int(one.split()[1]) for one in outcome.lines] == lines and outcome.error == error


def test_a_flash_that_holds_something_else(simulator, flash, frames):
    """It shows, and no target is followed."""
    broken = flash[:9000] + bytes([flash[9000] ^ 4]) + flash[9001:]
    outcome = simulator.run(broken, pins(frames[:4]), "4 8 21 20\n", line_clock=LINE_CLOCK, clock_cycles=3.75)
    assert outcome.ready == 0 and outcome.error and not outcome.lines
