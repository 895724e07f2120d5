"""Whole crops on the stream at full size: some hundred random windows, no pixel of which differs from the
tracker's crop.
"""

import numpy as np
import pytest

from siammixer.arch.camera import Camera, Strips, strips
from siammixer.bench.crop import compared, windows
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.patches import Grid
from siammixer.sim.build import SimulationError
from siammixer.sim.stream_crop import CropJob, StreamCropSimulator, build_stream_crop
from siammixer.tracking.crop import Window, mean_colour

CAMERA = Camera()


@pytest.fixture(scope="module")
def binary():
    return build_stream_crop(CAMERA)


def test_crops_equal_the_trackers(binary):
    """Crops of 31 x 31 pixels of small frames; some of all 255 x 255."""
    with StreamCropSimulator(CAMERA, binary) as simulator:
        small = compared(simulator, windows(300, seed=5, largest=(64, 48), side=31))
        large = compared(simulator, windows(5, seed=6, largest=(400, 300), side=255))
    assert (small.windows, small.different_crops, small.different_means) == (300, 0, 0)
    assert (large.windows, large.different_crops, large.different_means) == (5, 0, 0)
    assert min(small.kinds.values()) > 20


@pytest.mark.parametrize("grid", ["4x1", "16x1"])
def test_a_frame_of_the_largest_size(binary, grid):
    """1280 x 720, white, the target 80 % of it, strips of the default network: sums and positions do not
    overflow.
    """
    frame = np.full((720, 1280, 3), 255, np.uint8)
    window = Window(x=1279 << 8, y=719 << 8, step=612_345, side=255)
    order = strips(NETWORKS["siammixer"], "search", Grid.parse(grid))
    left, top = window.first
    with StreamCropSimulator(CAMERA, binary) as simulator:
        found = simulator.crop(
            CropJob(frame=frame, left=left, top=top, step=window.step, fill=(1, 2, 3), strips=order)
        )
    assert found.mean == tuple(mean_colour(frame).tolist()) == (255, 255, 255)
    assert set(map(tuple, found.pixels[-1].tolist())) == {(1, 2, 3)}
    assert found.pixels.max() == 255 and found.last.sum() == 1 and found.last[-1, -1]


def test_a_simulator_that_stops_says_why(binary):
    """A pixel with ``last`` too early is a fault, which no frame of this harness has."""
    frame = np.zeros((4, 4, 3), np.uint8)
    with StreamCropSimulator(CAMERA, binary) as simulator:
        simulator.crop(CropJob(frame=frame))
        with pytest.raises(SimulationError, match="watchdog: 0 of 16 pixels taken"):
            simulator.crop(CropJob(frame=frame, video_stall=1.0, watchdog=1000))
        with pytest.raises(SimulationError, match="the simulator stopped"):
            simulator.crop(CropJob(frame=frame))


def test_one_strip_of_one_pixel(binary):
    frame = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    job = CropJob(frame=frame, step=1, strips=Strips(columns=1, rows=1, advance=1, last_top=0))
    with StreamCropSimulator(CAMERA, binary) as simulator:
        assert simulator.crop(job).pixels.tolist() == [[[0, 1, 2]]]
