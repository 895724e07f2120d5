"""The analysis against runs whose frames and episodes are counted by hand."""

import math

import numpy as np
import pytest

from siammixer.tracking.analysis import HELPS, analyse, analyse_all, auroc
from siammixer.tracking.box import Box
from siammixer.tracking.evaluate import Run
from siammixer.tracking.metrics import agreement, score
from siammixer.tracking.sequence import Sequence

HERE, THERE = Box(0, 0, 20, 10), Box(60, 0, 20, 10)
NEAR = Box(6, 0, 20, 10)  # overlap 0.54
PERFECT = 20 / 21


def run(boxes, lost=(), confidences=None, name="made"):
    flags = np.zeros(len(boxes), bool)
    flags[list(lost)] = True
    return Run(
        name=name,
        boxes=tuple(boxes),
        confidences=np.ones(len(boxes)) if confidences is None else np.array(confidences, float),
        seconds=np.ones(len(boxes)),
        size=(200, 100),
        lost=flags,
    )


def episodes(found, given, lost=()):
    return [
        (episode.start, episode.frames, episode.beginning, episode.ending)
        for episode in analyse(run(found, lost), given).episodes
    ]


def test_what_each_help_puts_right():
    """Twice as wide, twice as high, and eight pixels beside: each help leaves the other errors."""
    given, found = Box(50, 40, 20, 10), Box(48, 35, 40, 20)
    assert HELPS["found"](found, given) == found
    assert HELPS["true_centre"](found, given) == Box(40, 35, 40, 20)
    assert HELPS["true_size"](found, given) == Box(58, 40, 20, 10)
    square = HELPS["true_aspect"](Box(0, 0, 20, 20), given)
    assert square.width / square.height == pytest.approx(2) and square.width * square.height == pytest.approx(
        400
    )
    assert square.centre == pytest.approx((10, 10))


def test_the_auc_of_each_help_is_that_of_the_boxes_put_right():
    given, found = [HERE] * 4, [HERE, NEAR, Box(-5, -5, 30, 20), THERE]
    auc = analyse(run(found), given).auc
    for name, help_ in HELPS.items():
        right = [help_(mine, true) for mine, true in zip(found, given, strict=True)]
        assert auc[name] == score(agreement(right, given, (200, 100))).auc
    assert auc["true_centre"] > auc["found"] and auc["true_size"] > auc["found"]
    exact = analyse(run([HERE] * 3), [HERE] * 3).auc
    assert set(exact.values()) == {PERFECT}


@pytest.mark.parametrize(
    ("found", "given", "lost", "expected"),
    [
        ([HERE] * 4, [HERE] * 4, (), []),
        # The box jumps away and back.
        ([HERE, THERE, THERE, HERE], [HERE] * 4, (), [(1, 2, "jump", "jump")]),
        # The target jumps away, and comes back to a box that stands.
        ([HERE] * 4, [HERE, THERE, THERE, HERE], (), [(1, 2, "outrun", "meeting")]),
        # The tracker believed the target lost while the box was on it.
        ([HERE, HERE, THERE, THERE], [HERE] * 4, (1,), [(2, 2, "declared", "end")]),
        # Declared lost only when it is off already: that is no cause.
        ([HERE, HERE, THERE, THERE], [HERE] * 4, (2, 3), [(2, 2, "jump", "end")]),
        # Back from being hidden, somewhere else; the hidden frames before it are no episode yet.
        ([HERE] * 4, [HERE, None, THERE, THERE], (), [(2, 2, "hidden", "end")]),
        # Hidden frames inside an episode count with it, those behind it do not.
        ([THERE] * 6, [THERE, HERE, None, HERE, None, None], (), [(1, 3, "outrun", "end")]),
        # Pixel by pixel.
        ([HERE._replace(x=7 * k) for k in range(4)], [HERE] * 4, (), [(2, 2, "drift", "end")]),
    ],
)
def test_episodes(found, given, lost, expected):
    assert episodes(found, given, lost) == expected


def test_confidences_are_sorted_by_the_target():
    """The first frame is given; a hidden frame is off target; behind the last box nobody knows."""
    found = [HERE] * 6
    given = [HERE, HERE, None, THERE, HERE, None]
    one = analyse(run(found, (2, 4), [1, 0.9, 0.2, 0.3, 0.8, 0.1]), given)
    assert one.on.tolist() == [0.9, 0.8] and one.off.tolist() == [0.2, 0.3]
    assert (one.declared_on, one.declared_off) == (1, 1) and one.auroc == 1
    assert np.array_equal(np.isnan(one.overlaps), [False, False, True, False, False, True])


def test_auroc():
    assert auroc(np.array([0.9, 0.8]), np.array([0.1])) == 1
    assert auroc(np.array([0.1]), np.array([0.9, 0.8])) == 0
    assert auroc(np.array([0.5, 0.5]), np.array([0.5])) == 0.5
    assert auroc(np.array([0.4, 0.6]), np.array([0.5, 0.4])) == (0.5 + 0 + 1 + 1) / 4
    assert math.isnan(auroc(np.array([0.4]), np.zeros(0)))
    dice = np.random.default_rng(5)
    good, bad = dice.integers(0, 9, 50), dice.integers(0, 9, 40)
    pairs = (good[:, None] > bad).mean() + (good[:, None] == bad).mean() / 2
    assert auroc(good, bad) == pytest.approx(pairs)


def test_a_run_without_flags_or_boxes_given():
    bare = Run(name="", boxes=(HERE,) * 2, confidences=np.ones(2), seconds=np.ones(2), size=(9, 9))
    assert analyse(bare, [HERE, HERE]).declared_on == 0
    nothing = analyse(bare, [None, None])
    assert math.isnan(nothing.auc["found"]) and not nothing.episodes and not len(nothing.off)


class Given(Sequence):
    """Boxes without images."""

    def __len__(self):
        return len(self.boxes)

    def _image(self, index):
        raise AssertionError


def test_several_sequences_together():
    runs = [run([HERE] * 2, name="a"), run([HERE, THERE, THERE], (2,), name="b")]
    total, each = analyse_all(runs, [Given("a", [HERE] * 2), Given("b", [HERE] * 3)])
    assert total.auc["found"] == pytest.approx((PERFECT + PERFECT / 3) / 2)
    assert [one.name for one in each] == ["a", "b"]
    assert [(one.sequence, one.frames) for one in total.episodes] == [("b", 2)]
    assert (len(total.on), len(total.off), total.declared_on, total.declared_off) == (1, 2, 0, 1)
    assert total.begun("jump") == list(total.episodes) and total.begun("drift") == []
