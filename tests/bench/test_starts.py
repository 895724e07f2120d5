"""Many starts: each run has its frames, boxes and colours, and the record is of the shipped weights."""

import json
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import pytest

from siammixer.bench import starts
from siammixer.bench.document import DOCS, mark
from siammixer.golden.random_weights import random_weights
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import load_weights
from siammixer.tracking.baselines import Static
from siammixer.tracking.box import Box
from siammixer.tracking.sequence import Sequence, write_folder
from siammixer.tracking.settings import Settings
from siammixer.training.model import float_engine
from siammixer.training.model.model import SiamMixer

RECORD = json.loads(starts.FILE.read_text())
VIDEOS = Path(__file__).resolve().parents[3] / "shared" / "data" / "video_val"
AGAIN = "run python -m siammixer.bench.starts and commit the change with its reason"


@pytest.fixture(autouse=True)
def written(monkeypatch, tmp_path):
    """The command writes here, whatever a test does, and not over the record."""
    parts = []
    monkeypatch.setattr(starts, "FILE", tmp_path / "starts.json")
    monkeypatch.setattr(starts, "rewrite", lambda *part: parts.append(part))
    return parts


@pytest.fixture
def videos(tmp_path):
    """A data set of one video of three frames."""
    (tmp_path / "videos").mkdir()
    write_folder(Frames(3), tmp_path / "videos" / "short")
    return tmp_path / "videos"


class Frames(Sequence):
    """Frames whose pixels tell their place; out of sight in those named."""

    def __init__(self, count, hidden=(), name="made"):
        super().__init__(name, [None if index in hidden else Box(index, 2, 9, 9) for index in range(count)])
        self.count = count

    def __len__(self):
        return self.count

    def _image(self, index):
        return np.full((30, 100, 3), (index, 100, 200), np.uint8)


def test_runs_begin_at_every_start_with_a_box_and_go_both_ways():
    found = starts.orders(Frames(75, hidden=(20, 74)))
    assert found == [range(75), range(40, 75), range(40, -1, -1), range(60, -1, -1), range(73, -1, -1)]
    assert all(len(order) >= starts.LEAST for order in found)


def test_a_way_has_the_frames_and_boxes_of_its_order():
    way = starts.Way(Frames(50, hidden=(45,)), range(48, 40, -1), grey=False)
    assert (len(way), way.name) == (8, "made from 48 to 41")
    assert [int(way.image(index)[0, 0, 0]) for index in range(8)] == list(range(48, 40, -1))
    assert (way.box(0), way.box(3), way.box(7)) == (Box(48, 2, 9, 9), None, Box(41, 2, 9, 9))


def test_grey_has_three_equal_channels():
    red, green, blue = np.moveaxis(starts.Way(Frames(40), range(40), grey=True).image(3), -1, 0)
    assert np.array_equal(red, green)
    assert np.array_equal(green, blue)
    assert red[0, 0] == cv2.cvtColor(np.uint8([[[3, 100, 200]]]), cv2.COLOR_RGB2GRAY)[0, 0]


class Still(Static):
    """The box never moves; the first pixel of every frame is kept."""

    def __init__(self):
        self.seen = []

    def init(self, image, box):
        super().init(image, box)
        self.seen.append(image[0, 0])

    def update(self, image):
        self.seen.append(image[0, 0])
        return super().update(image)


def agreed(frames):
    """AUC of a run in which the target moves by a pixel a frame and the box, nine wide, never."""
    return sum(np.sum((9 - k) / (9 + k) > np.arange(21) / 20) for k in range(9)) / 21 / frames


def test_float_has_the_checkpoint_given(monkeypatch):
    model = SiamMixer(find_network(starts.NETWORK))
    monkeypatch.setattr(float_engine, "load_model", lambda network, path: {"a.pt": model}[path])
    with starts.floating("a.pt") as tracker:
        assert tracker.engine.model is model


@pytest.mark.parametrize("grey", [False, True])
def test_a_sequence_is_the_mean_of_its_runs_in_the_colours_asked_for(grey):
    tracker = Still()
    videos = [Frames(61, name="one"), Frames(31, name="two")]
    found = starts.measure(videos, lambda: nullcontext(tracker), grey=grey)
    # From 0 to 60, 20 to 60, 40 to 0 and 60 to 0; from 0 to 30 and back.
    one, two = np.mean([agreed(count) for count in (61, 41, 41, 61)]), agreed(31)
    assert found["sequences"] == pytest.approx({"one": one, "two": two}, abs=1e-4)
    assert found["auc"] == pytest.approx((one + two) / 2, abs=1e-4)
    assert len(tracker.seen) == 61 + 41 + 41 + 61 + 31 + 31
    assert all((len(set(map(int, pixel))) == 1) == grey for pixel in tracker.seen)


def test_golden_has_the_weights_given(tmp_path):
    network = find_network(starts.NETWORK)
    given = random_weights(network, 3)
    given.save(tmp_path / "other.npz")
    for path, weights in ((tmp_path / "other.npz", given), (None, load_weights(network))):
        with starts.golden(path) as tracker:
            assert tracker.engine.weights.fingerprint == weights.fingerprint


def test_the_shipped_weights_are_recorded_and_others_are_not(monkeypatch, written, capsys):
    monkeypatch.setattr(starts, "recorded", lambda root, weights, jobs: RECORD)
    assert starts.main(["videos", "--weights", "other.npz"]) == 0
    assert starts.table(RECORD) in capsys.readouterr().out
    assert (starts.FILE.exists(), written) == (False, [])
    assert starts.main(["videos"]) == 0
    assert json.loads(starts.FILE.read_text()) == RECORD
    assert written == [(starts.DOCUMENT, starts.COMMAND, starts.table(RECORD))]


def test_bad_input_is_one_line(tmp_path, capsys, videos):
    assert starts.main([str(tmp_path / "none")]) == 2
    assert starts.main([str(videos)]) == 2
    none, short = capsys.readouterr().err.splitlines()
    assert "none: no such folder" in none
    assert "no run of at least 30 frames" in short


def test_the_record_is_of_this_tracker_and_adds_up():
    assert RECORD["weights"] == load_weights(find_network(starts.NETWORK)).fingerprint, AGAIN
    assert RECORD["settings"] == asdict(Settings()), AGAIN
    for colour in starts.COLOURS:
        one = RECORD[colour]
        assert one["sequences"].keys() == RECORD["runs"].keys()
        assert one["auc"] == pytest.approx(np.mean(list(one["sequences"].values())), abs=1e-4)


def test_the_document_shows_it():
    assert mark(starts.COMMAND) + starts.table(RECORD) in (DOCS / starts.DOCUMENT).read_text(), AGAIN


@pytest.mark.long
@pytest.mark.shared
@pytest.mark.skipif(not VIDEOS.is_dir(), reason=f"no real video in {VIDEOS}")
def test_golden_tracks_as_recorded():
    assert starts.recorded(VIDEOS, None, 2) == RECORD
