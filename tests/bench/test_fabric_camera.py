"""The tracker behind a camera's timing, as recorded: frames as predicted, and the document shows it."""

import json

import pytest

from siammixer.arch import ov7670
from siammixer.arch.accelerator import CAMERA_ACCELERATOR, find_accelerator
from siammixer.bench import fabric_camera
from siammixer.bench.document import DOCS, mark

AGAIN = "run python -m siammixer.bench.fabric_camera and commit the change with its reason"
RECORD = json.loads(fabric_camera.FILE.read_text())


def test_every_frame_is_looked_at_where_that_is_predicted():
    assert RECORD["accelerator"] == find_accelerator(CAMERA_ACCELERATOR).fingerprint, AGAIN
    for target, one in RECORD["targets"].items():
        if int(target) < fabric_camera.SMALLEST:
            assert one["lost_pixels"] and one["codes"]  # told, and nothing is learnt from it
            continue
        assert (one["codes"], one["lost_pixels"]) == (0, 0)
        whole = one["predicted"] == RECORD["camera_frames_per_second"]
        assert one["searches"] > 1 and whole == (one["skipped"] == 0), target
    assert RECORD["targets"]["60"]["predicted"] == RECORD["camera_frames_per_second"]


def test_the_document_shows_it():
    text = (DOCS / fabric_camera.DOCUMENT).read_text()
    assert mark(fabric_camera.COMMAND) + fabric_camera.table(RECORD) in text, AGAIN


def test_the_timing():
    """A frame of 510 lines of 784 pixels, of which 480 and 640 come."""
    timing = fabric_camera.timing(80e6, 25e6)
    assert (timing.pixel_cycles, timing.line_cycles) == (6.4, 5018)
    assert timing.line_pixels * timing.frame_lines == ov7670.WIDTH * ov7670.HEIGHT
    whole = timing.frame_lines * timing.line_cycles + timing.blank_cycles
    assert whole == pytest.approx(80e6 / 31.2625, rel=1e-3)
