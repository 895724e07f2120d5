"""Sizes of the camera's side, and the strips: the core's own order of pixels."""

import dataclasses

import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.camera import Camera, Strips, strips
from siammixer.compiler.compile import compile_branch
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.patches import Grid

TINY = NETWORKS["tiny"]


@pytest.mark.parametrize("branch", ["template", "search"])
@pytest.mark.parametrize("grid", ["1x1", "2x1", "3x1", "4x1", "8x1", "15x1"])
def test_strips_are_the_programs_order(grid, branch):
    """The pixels of a crop, row by row as the strips have them, are those that the program takes."""
    sizes = {"line_width": 64, "line_width_5": 64, "map_words": 9216, "response_words": 1125}
    accelerator = dataclasses.replace(find_accelerator("tiny"), **sizes)
    found = strips(TINY, branch, Grid.parse(grid))
    crop = np.random.default_rng(1).integers(0, 256, (TINY.side(branch),) * 2 + (3,), np.uint8)
    program = compile_branch(TINY, accelerator, Grid.parse(grid), branch)
    sent = crop[found.order, : found.columns].reshape(-1, 3)
    np.testing.assert_array_equal(sent, program.pixels(crop))


@pytest.mark.parametrize(("grid", "tops"), [("1x1", [0]), ("8x1", [0, 32, 64, 96, 128, 160, 192, 216])])
def test_strips_of_the_default_network(grid, tops):
    found = strips(NETWORKS["siammixer"], "search", Grid.parse(grid))
    assert (found.tops, found.columns, found.crop_rows) == (tops, 255, 255)
    Camera().require(found)


def test_rows_that_two_strips_share():
    """Seven, and fifteen with the last one, which is moved up."""
    assert strips(NETWORKS["siammixer"], "search", Grid(16, 1)).shared == 15
    assert strips(NETWORKS["siammixer"], "search", Grid(31, 1)).shared == 7
    assert Strips(columns=1, rows=5, advance=5, last_top=0).shared == 0


@pytest.mark.parametrize(
    ("camera", "grid", "message"),
    [
        (Camera(), "2x2", "the patch grid must be Nx1, not 2x2"),
        (Camera(side=60), "2x1", "the crop has 63 columns, of which the camera's rings hold 60"),
        (Camera(crop_rows=4), "2x1", "7 rows that two strips share, of which the camera's rings hold 4"),
    ],
)
def test_what_does_not_fit_is_refused(camera, grid, message):
    with pytest.raises(InputError, match=message):
        camera.require(strips(TINY, "search", Grid.parse(grid)))


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ({"frame_width": 0}, "frame_width of a camera must be 1..4096, not 0"),
        ({"side": 1024}, "side of a camera must be 1..1023, not 1024"),
        ({"source_rows": 6}, "source_rows of a camera must be a power of two, not 6"),
    ],
)
def test_sizes_out_of_range_are_refused(size, message):
    with pytest.raises(InputError, match=message):
        Camera(**size)


def test_bits_of_the_default_camera():
    """A target of 16 times 1280 pixels still has a window: 23 bits in 1/256 pixel, 26 of its step."""
    camera = Camera()
    assert (camera.size_bits, camera.step_bits, camera.position_bits) == (23, 26, 36)
    assert (camera.pitch, camera.pixels_bits) == (256, 20)
