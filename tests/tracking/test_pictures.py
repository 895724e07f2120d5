"""Folders, single pictures and patterns as a video."""

import cv2
import numpy as np
import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.pictures import is_pictures, open_pictures


@pytest.fixture
def shots(tmp_path):
    """Three frames, a cover among them, and a folder of masks."""
    (tmp_path / "shots/masks").mkdir(parents=True)
    for name in ("frame_9.png", "frame_10.png", "frame_11.PNG", "cover.jpg", "masks/9.png"):
        encoded = cv2.imencode(".png", np.zeros((12, 16, 3), np.uint8))[1]
        (tmp_path / "shots" / name).write_bytes(encoded.tobytes())
    return tmp_path / "shots"


def test_a_folder_with_and_without_boxes(folder):
    assert is_pictures(str(folder)) and open_pictures(str(folder)).box(0) == (1, 2, 10, 12)
    (folder / "groundtruth_rect.txt").unlink()
    sequence = open_pictures(str(folder))
    assert (sequence.name, len(sequence), sequence.box(0)) == ("seq", 3, None)
    assert open_pictures(str(folder / "img"), upright=False).upright is False


def test_boxes_beside_the_images(folder):
    (folder / "groundtruth_rect.txt").rename(folder / "img/groundtruth.txt")
    assert open_pictures(str(folder / "img")).box(0) == (1, 2, 10, 12)


def test_one_picture(shots):
    assert is_pictures(str(shots / "cover.jpg"))
    sequence = open_pictures(str(shots / "cover.jpg"))
    assert (sequence.name, len(sequence)) == ("cover.jpg", 1)


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("frame_*.png", ("frame_9.png", "frame_10.png")),
        ("frame_?[01].*[gG]", ("frame_10.png", "frame_11.PNG")),
        ("frame_%d.png", ("frame_9.png", "frame_10.png")),
        ("frame_%02d.png", ("frame_10.png",)),
    ],
)
def test_a_pattern_chooses_among_others(shots, pattern, files):
    with pytest.raises(InputError, match=r"1 like cover\.jpg"):
        open_pictures(str(shots))
    assert open_pictures(str(shots / pattern)).files == files


def test_a_pattern_of_nothing(shots):
    assert is_pictures(str(shots / "x*.png"))
    with pytest.raises(InputError, match=r"x\*\.png: names no image in .*shots; accepted are \.jpg"):
        open_pictures(str(shots / "x*.png"))
    with pytest.raises(InputError, match=r"nowhere: cannot be listed"):
        open_pictures(str(shots / "nowhere/*.png"))


@pytest.mark.parametrize("source", ["", "0", "walk.mp4", "rtsp://camera/1.png", "missing.png"])
def test_what_is_none(source):
    assert not is_pictures(source)


@pytest.mark.parametrize("name", ["my%20dog.jpg", "img%04d.jpg", "a*.png", "[1].png"])
def test_an_address_is_no_pattern(name):
    assert not is_pictures(f"http://127.0.0.1:1/{name}")
