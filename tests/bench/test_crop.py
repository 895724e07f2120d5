"""The recorded crops on the stream: of today's hardware, and no pixel differs; the cameras; the document."""

import json
from hashlib import sha256

import pytest

from siammixer.arch.camera import Camera
from siammixer.bench import crop, crop_cameras, document
from siammixer.bench.document import mark
from siammixer.rtl.camera.stream_crop import StreamCrop
from siammixer.sim.verilog import cached_verilog

RECORD = json.loads(crop.FILE.read_text())
AGAIN = "run python -m siammixer.bench.crop and commit the change with its reason"


def test_it_is_of_this_hardware_and_found_nothing():
    camera = Camera()
    text = cached_verilog(lambda: StreamCrop(camera), "stream_crop", camera)
    assert RECORD["design"] == sha256(text.encode()).hexdigest()[:16], AGAIN
    assert (RECORD["windows"], RECORD["seed"]) == (crop.WINDOWS, crop.SEED), AGAIN
    differences = [RECORD[key] for key in ("different_pixels", "different_crops", "different_means")]
    assert (differences, RECORD["problem"]) == ([0, 0, 0], None)
    assert min(RECORD["kinds"].values()) > 200


def test_the_boards_camera_has_targets_of_eight_pixels():
    """In strips of 4x1, as docs/camera.md says."""
    waiting = {(one["video"], one["grid"]): one["waiting"] for one in RECORD["cameras"]}
    assert list(waiting) == [
        (video.name, grid) for video in crop_cameras.VIDEOS for grid in crop_cameras.GRIDS
    ]
    assert max(waiting[crop_cameras.VIDEOS[0].name, "4x1"].values()) <= crop_cameras.QUEUE


def test_the_document_shows_the_record():
    assert mark(crop.COMMAND) + crop.table(RECORD) in (document.DOCS / crop.DOCUMENT).read_text()


@pytest.mark.parametrize(
    ("waiting", "shown"),
    [
        ({"8x8": 99, "10x10": 3, "12x12": 1, "80x80": 16}, "| 10x10 and larger | yes | 16 |"),
        ({"8x8": 1, "10x10": 33, "12x12": 2, "80x80": 33}, "| 12x12 and larger | no | 2 |"),
        ({"8x8": 99, "10x10": 33, "80x80": 33}, "| none up to 10x10 | no | 0 |"),
    ],
)
def test_what_a_camera_keeps_up_with(waiting, shown):
    record = [{"video": "camera", "grid": "4x1", "waiting": waiting}]
    assert crop_cameras.table(record).splitlines()[-1] == f"| camera | 4x1 {shown}"
