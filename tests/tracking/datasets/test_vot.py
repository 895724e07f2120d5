"""VOT's layouts, boxes and polygons."""

import math

import pytest

from siammixer.tracking.datasets import open_dataset
from siammixer.tracking.ground_truth import region_box


@pytest.mark.parametrize("images", ["color", "."])
@pytest.mark.parametrize("below", ["", "sequences"])
def test_layouts(tmp_path, frames, text, numbers, images, below):
    """In the order of list.txt; sequences that it does not name are left alone."""
    root = tmp_path / below
    for name in ("ants1", "bag", "other"):
        frames(root / name / images, (1, 2), "{:08d}.jpg")
        text(root / name / "groundtruth.txt", "1,2,3,4", "nan,nan,nan,nan")
    text(root / "list.txt", "bag", "ants1")
    bag, ants = open_dataset("vot", tmp_path)
    assert (bag.name, ants.name, numbers(ants)) == ("bag", "ants1", [1, 2])
    assert bag.boxes == [(1, 2, 3, 4), None]


def test_without_a_list(tmp_path, frames, text):
    frames(tmp_path / "bag", (1,), "{:08d}.jpg")
    text(tmp_path / "bag/groundtruth.txt", "1,2,3,4")
    (tmp_path / "notes").mkdir()
    assert [sequence.name for sequence in open_dataset("vot", tmp_path)] == ["bag"]


def test_an_upright_polygon_is_a_pixel_larger():
    assert region_box("10,20,40,20,40,30,10,30") == (9.5, 19.5, 31, 11)


@pytest.mark.parametrize("degrees", [0, 20, 45, 70])
def test_a_turned_rectangle_keeps_centre_and_area(degrees):
    """30 x 10 about (50, 40): but for the pixel that is added, the box has 300 pixels, shaped as the box
    around the corners.
    """
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners = ((-15, -5), (15, -5), (15, 5), (-15, 5))
    box = region_box(",".join(f"{x * cos - y * sin + 50!r},{x * sin + y * cos + 40!r}" for x, y in corners))
    assert box.centre == pytest.approx((50, 40), abs=1e-9)
    assert (box.width - 1) * (box.height - 1) == pytest.approx(300, abs=1e-9)
    assert (box.width - 1) / (box.height - 1) == pytest.approx((30 * cos + 10 * sin) / (30 * sin + 10 * cos))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "m0,0,10,5,3,4,5",
            r"line 2: is a mask \(VOT 2020 and later\); accepted are boxes of 4 and polygons of 8 numbers",
        ),
        ("1,2,3,4,5,6", r"line 2: must be four numbers x,y,w,h or the eight of a polygon"),
    ],
)
def test_other_regions_are_refused(tmp_path, frames, text, refused, line, message):
    frames(tmp_path / "bag", (1, 2), "{:08d}.jpg")
    text(tmp_path / "bag/groundtruth.txt", "1,2,3,4", line)
    refused(message, "vot", tmp_path)


def test_what_is_wrong_is_named(tmp_path, frames, text, refused):
    refused("split: VOT has none", "vot", tmp_path, "2018")
    frames(tmp_path / "bag", (1, 2), "{:08d}.jpg")
    text(tmp_path / "list.txt", "bag")
    refused(r"bag/groundtruth\.txt: no such file", "vot", tmp_path)
    text(tmp_path / "bag/groundtruth.txt", "1,2,3,4")
    refused(r"groundtruth\.txt: must hold one box for each of 2 frames, not 1", "vot", tmp_path)
    text(tmp_path / "list.txt", "sack")
    refused(r"sack: no such folder", "vot", tmp_path)
