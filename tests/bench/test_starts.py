"""Many starts: each run has its frames, boxes and colours, and the record is of the shipped weights."""

import json
from contextlib import nullcontext

import cv2
import numpy as np
import pytest

from siammixer.bench import starts
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import load_weights
from siammixer.tracking.box import Box
from siammixer.tracking.sequence import Sequence
from siammixer.tracking.tracker import Tracker

RECORD = json.loads(starts.FILE.read_text())


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


class Still:
    """A tracker whose box stays where it was given."""

    name = "still"

    def init(self, image, box):
        self.box, self.confidence, self.lost = box, 1.0, False

    def update(self, image):
        return self


def test_a_sequence_is_the_mean_of_its_runs(monkeypatch):
    """The box never moves and the target does: only the first frames of a run agree."""
    monkeypatch.setattr(starts, "_golden", lambda weights: nullcontext(Still()))
    found = starts.measure([Frames(40, name="one"), Frames(31, name="two")], None, grey=False)
    agreed = sum(np.sum((9 - k) / (9 + k) > np.arange(21) / 20) for k in range(9)) / 21
    assert found["runs"] == 4
    assert found["auc"] == pytest.approx((agreed / 40 + agreed / 31) / 2, abs=1e-4)


def test_golden_is_opened_with_the_weights_given():
    with starts._golden(None) as tracker:
        assert isinstance(tracker, Tracker)


def test_the_record_is_of_the_shipped_weights_and_adds_up():
    assert RECORD["weights"] == load_weights(find_network("siammixer")).fingerprint
    for colour in starts.COLOURS:
        one = RECORD[colour]
        assert one["auc"] == pytest.approx(np.mean(list(one["sequences"].values())), abs=1e-4)
    assert RECORD["colour"]["sequences"].keys() == RECORD["grey"]["sequences"].keys()
    assert f"| {RECORD['colour']['auc']:.3f} |" in starts.table(RECORD).splitlines()[-1]
