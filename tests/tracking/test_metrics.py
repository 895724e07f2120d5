"""The figures against examples worked out by hand, and against the published ones of a box
that never moves."""

from pathlib import Path

import numpy as np
import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.metrics import (
    ERROR_THRESHOLDS,
    ONE_PASS,
    OVERLAP_THRESHOLDS,
    RULES,
    agreement,
    overall,
    overlaps,
    score,
)
from siammixer.tracking.sequence import FolderSequence

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "sequences"
SIZE = (100, 80)
HERE = Box(0, 0, 10, 10)


def scores(found, given, size=SIZE, rules=ONE_PASS):
    return score(agreement(found, given, size, rules))


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((0, 0, 10, 10), 1.0),
        ((5, 0, 10, 10), 1 / 3),
        ((0, 0, 10, 5), 0.5),
        ((10, 0, 10, 10), 0.0),
        ((20, 20, 1, 1), 0.0),
        ((0, 0, 0, 0), 0.0),
    ],
)
def test_overlaps(box, expected):
    assert overlaps(np.array([HERE]), np.array([box], float)) == [expected]


def test_two_empty_boxes_overlap_nowhere():
    assert overlaps(np.zeros((1, 4)), np.zeros((1, 4))) == [0.0]


def test_curves_of_four_frames():
    """Overlaps 1, 0.5, 0 and 0; centres 0, 2.5, 20 and 30 pixels apart."""
    found = scores([HERE, Box(0, 0, 10, 5), Box(20, 0, 10, 10), Box(0, 30, 10, 10)], [HERE] * 4)
    success = [0.5 if threshold < 0.5 else 0.25 if threshold < 1 else 0.0 for threshold in OVERLAP_THRESHOLDS]
    precision = [
        0.25 if error < 2.5 else 0.5 if error < 20 else 0.75 if error < 30 else 1.0
        for error in ERROR_THRESHOLDS
    ]
    assert found.success.tolist() == success and found.precision.tolist() == precision
    assert (found.sr50, found.p20, found.ao, found.frames) == (0.25, 0.75, 0.375, 4)
    assert found.auc == pytest.approx((10 * 0.5 + 10 * 0.25) / 21)


def test_a_threshold_must_be_exceeded_but_a_distance_may_be_reached():
    perfect = scores([HERE], [HERE])
    assert perfect.auc == pytest.approx(20 / 21)  # an overlap of 1 does not exceed 1
    assert perfect.precision.tolist() == [1.0] * 51


def test_centres_of_boxes_of_different_size():
    """(5, 5) and (8, 9) are 5 apart, though the corners coincide."""
    found = scores([Box(0, 0, 16, 18)], [HERE])
    assert found.precision.tolist() == [0.0] * 5 + [1.0] * 46


def test_frames_without_a_box_do_not_count():
    found = scores([HERE, Box(50, 50, 5, 5), HERE], [HERE, None, HERE])
    assert (found.frames, found.ao) == (2, 1.0)


def test_nothing_to_count():
    found = scores([HERE], [None])
    assert found.frames == 0 and np.isnan([found.auc, found.p20, found.sr50, found.ao]).all()
    assert overall([agreement([HERE], [None], SIZE)]).frames == 0 and overall([]).frames == 0


def test_lengths_must_agree():
    with pytest.raises(InputError, match="boxes found must be as many as frames, 3, not 2"):
        agreement([HERE] * 2, [HERE] * 3, SIZE)


def test_got10k_leaves_the_first_frame_out_and_cuts_at_the_edges():
    """Inside the image, the found box covers all of the given one, whose other half lies outside."""
    given, found = Box(95, 0, 10, 10), Box(95, 0, 5, 10)
    assert scores([given, found], [given, given], rules=RULES["got10k"]).ao == 1.0
    assert scores([given, found], [given, given]).ao == 0.75
    assert scores([found, found], [given, given], rules=RULES["got10k"]).frames == 1
    left = scores([HERE, Box(-5, 0, 10, 10)], [HERE, HERE], rules=RULES["got10k"])
    assert left.ao == 1.0  # as the toolkit has it: the corner moves inside, the width stays


def test_a_box_beyond_the_image_overlaps_nowhere_when_cut():
    assert scores([HERE, Box(200, 200, 9, 9)], [HERE, HERE], rules=RULES["got10k"]).ao == 0.0


def test_overall_weighs_sequences_or_frames():
    short, long = agreement([HERE], [HERE], SIZE), agreement([Box(50, 0, 10, 10)] * 3, [HERE] * 3, SIZE)
    empty = agreement([HERE], [None], SIZE)
    assert overall([short, empty, long]).ao == 0.5
    assert overall([short, empty, long]).success[0] == 0.5
    assert overall([short, empty, long], RULES["got10k"]).ao == 0.25
    assert overall([short, empty, long]).frames == overall([short, empty, long], RULES["got10k"]).frames == 4


@pytest.mark.shared
def test_a_box_that_never_moves_on_real_sequences():
    """The published figures, to their last digit."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there: the real sequences are lent, not part of the project")
    sequences = [FolderSequence(folder) for folder in sorted(SHARED.iterdir()) if folder.is_dir()]
    assert len(sequences) == 13
    found = overall(
        [
            agreement([s.box(0)] * len(s), [s.box(index) for index in range(len(s))], (s.width, s.height))
            for s in sequences
        ]
    )
    assert (round(found.auc, 3), round(found.p20, 3), round(found.sr50, 3)) == (0.234, 0.300, 0.167)
