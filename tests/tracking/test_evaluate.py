"""The evaluation, with trackers made up here: what they are given, what becomes of what they say."""

import os
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.baselines import open_baseline
from siammixer.tracking.box import Box
from siammixer.tracking.evaluate import (
    Run,
    evaluate,
    first_passes,
    frames_per_second,
    passes_per_frame,
    run_sequence,
)
from siammixer.tracking.sequence import Sequence

ROOT = Path(__file__).resolve().parents[2]
BOX = Box(1, 2, 3, 4)


class Frames(Sequence):
    """Grey frames of 40 x 30 pixels whose value is their index; those in ``broken`` cannot be decoded."""

    def __init__(self, name="grey", count=4, broken=(), box=BOX):
        super().__init__(name, [box])
        self.count, self.broken = count, broken

    def __len__(self):
        return self.count

    def _image(self, index):
        if index in self.broken:
            raise InputError(f"{index:04d}.jpg: not a readable image")
        return np.full((30, 40, 3), index, np.uint8)


class Walks:
    """Moves its box right by the image's value."""

    def init(self, image, box):
        self.box = box
        self.images = [image]

    def update(self, image):
        self.images.append(image)
        self.box = self.box._replace(x=self.box.x + image[0, 0, 0])
        return SimpleNamespace(box=self.box, confidence=0.5, lost=bool(image[0, 0, 0] == 3))


@contextmanager
def opened(tracker, log):
    log.append("opened")
    yield tracker
    log.append("closed")


def test_every_frame_in_order():
    tracker = Walks()
    run = run_sequence(tracker, Frames())
    assert [image[0, 0, 0] for image in tracker.images] == [0, 1, 2, 3]
    assert run.boxes == ((1, 2, 3, 4), (2, 2, 3, 4), (4, 2, 3, 4), (7, 2, 3, 4))
    assert run.confidences.tolist() == [1, 0.5, 0.5, 0.5]
    assert (run.name, run.size, run.problems) == ("grey", (40, 30), ())
    assert (run.seconds > 0).all() and all(type(value) is float for box in run.boxes for value in box[:1])


def test_an_undecodable_frame_is_reported_and_tracking_goes_on():
    run = run_sequence(Walks(), Frames(broken=(2,)))
    assert run.boxes == ((1, 2, 3, 4), (2, 2, 3, 4), (2, 2, 3, 4), (5, 2, 3, 4))
    assert run.confidences.tolist() == [1, 0.5, 0, 0.5]
    assert run.problems == ("frame 2: 0002.jpg: not a readable image",)
    assert len(run.tracked_seconds) == 2


@pytest.mark.parametrize(("frames", "count"), [(1, 1), (3, 3), (9, 4), (None, 4)])
def test_the_first_frames_only(frames, count):
    assert len(run_sequence(Walks(), Frames(), frames).boxes) == count


def test_frames_per_second():
    run = Run(name="", boxes=(), confidences=np.zeros(4), seconds=np.array([9, 0.25, 0, 0.75]), size=(1, 1))
    assert frames_per_second([run]) == frames_per_second([run, run]) == 2.0
    assert np.isnan(frames_per_second([]))


class Searches(Walks):
    """Searches five times in the first frame, and as often as the image's value later."""

    def init(self, image, box):
        super().init(image, box)
        self.passes = 5

    def update(self, image):
        return SimpleNamespace(**vars(super().update(image)), passes=int(image[0, 0, 0]))


def test_search_passes_are_counted():
    """A frame that cannot be decoded takes none and does not count; the first frame stands apart."""
    run = run_sequence(Searches(), Frames(broken=(2,)))
    assert run.passes.tolist() == [5, 1, 0, 3] and run.tracked_passes.tolist() == [1, 3]
    assert passes_per_frame([run]) == 2 and first_passes([run]) == 5
    other = run_sequence(Searches(), Frames(count=2))
    assert passes_per_frame([run, other]) == (1 + 3 + 1) / 3 and first_passes([run, other]) == 5


def test_a_tracker_that_counts_no_passes():
    run = run_sequence(Walks(), Frames())
    assert run.passes is None and run.tracked_passes is None
    assert np.isnan([passes_per_frame([run]), first_passes([run]), passes_per_frame([])]).all()


def test_fewer_boxes_than_frames_are_told():
    assert run_sequence(Walks(), Frames(count=3)).notes == ()
    sequence = Frames(count=3)
    Sequence.__init__(sequence, "grey", [BOX, None])
    (note,) = run_sequence(Walks(), sequence, 2).notes
    assert note == "2 boxes for 3 frames: they are those of the first, and no others count"


def test_broken_input_is_told_and_the_rest_goes_on():
    told, sequences = [], [Frames("dark", broken=(0,)), Frames("a")]
    runs = evaluate(lambda: opened(Walks(), []), sequences, failed=lambda *what: told.append(what))
    assert [run.name for run in runs] == ["a"]
    assert [(name, str(error)) for name, error in told] == [
        ("dark", "sequence dark: 0000.jpg: not a readable image")
    ]


def test_what_the_tracker_believed_is_kept():
    assert run_sequence(Walks(), Frames(broken=(1,))).lost.tolist() == [False, False, False, True]


def test_a_tracker_of_its_own_for_every_sequence_and_it_is_closed():
    log = []
    runs = evaluate(
        lambda: opened(Walks(), log), [Frames("a"), Frames("b", 2)], finished=lambda run: log.append(run.name)
    )
    assert log == ["opened", "closed", "a", "opened", "closed", "b"]
    assert [(run.name, len(run.boxes)) for run in runs] == [("a", 4), ("b", 2)]


def fails(error):
    class Fails(Walks):
        def update(self, image):
            raise error

    return lambda: opened(Fails(), [])


def test_a_sequence_that_fails_names_itself():
    with pytest.raises(InputError, match=r"^sequence grey: bad weights$"):
        evaluate(fails(InputError("bad weights")), [Frames()])
    with pytest.raises(InputError, match=r"^sequence dark: 0000\.jpg: not a readable image"):
        evaluate(fails(ValueError()), [Frames("dark", broken=(0,))])
    with pytest.raises(InputError, match=r"^sequence out: box .* lies outside the image of 40 x 30"):
        evaluate(fails(ValueError()), [Frames("out", box=Box(50, 2, 3, 4))])
    with pytest.raises(ZeroDivisionError) as failure:
        evaluate(fails(ZeroDivisionError("a bug")), [Frames()])
    assert failure.value.__notes__ == ["in sequence grey"]


def test_side_by_side_equals_one_after_the_other(monkeypatch):
    """Two processes; the results come in the order asked for, each sequence's own, and so does a failure."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT)])  # the processes import this module
    sequences = [Frames("a", 3), Frames("b", 5, broken=(2,)), Frames("c", 4)]
    opener, told = partial(open_baseline, "ncc"), []
    alone, beside = (
        evaluate(opener, sequences),
        evaluate(opener, sequences, jobs=2, finished=lambda run: told.append(run.name)),
    )
    assert [run.name for run in beside] == ["a", "b", "c"] and sorted(told) == ["a", "b", "c"]
    assert [(run.boxes, run.problems) for run in beside] == [(run.boxes, run.problems) for run in alone]
    with pytest.raises(InputError, match=r"^sequence dark: 0000\.jpg: not a readable image"):
        evaluate(opener, [Frames("a"), Frames("dark", broken=(0,))], jobs=2)


@contextmanager
def dies():
    """Ends its process, as the system does where memory is short."""
    os._exit(9)
    yield


def test_a_process_that_is_ended_from_outside(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT)])
    with pytest.raises(InputError, match="ended from outside, perhaps for want of memory; fewer jobs"):
        evaluate(dies, [Frames("a"), Frames("b")], jobs=2, failed=lambda *what: None)


@pytest.mark.parametrize("option", ["jobs", "frames"])
def test_refused(option):
    with pytest.raises(InputError, match=f"{option} must be at least 1, not 0"):
        evaluate(lambda: opened(Walks(), []), [Frames()], **{option: 0})
