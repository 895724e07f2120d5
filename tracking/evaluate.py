"""One-pass evaluation: a tracker gets the first frame's box and runs to the end of every sequence, once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Sequence as Many
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.sequence import Sequence
from siammixer.tracking.side_by_side import side_by_side


class Seen(Protocol):
    """A tracker says this of one frame."""

    @property
    def box(self) -> Box:
        """The target's box, in pixels of the image."""

    @property
    def confidence(self) -> float:
        """How sure the tracker is, from 0 to 1."""

    @property
    def lost(self) -> bool:
        """Whether the tracker believes that it has lost the target."""


class Tracking(Protocol):
    """A tracker of one target: ours (:class:`siammixer.tracking.tracker.Tracker`) or one of
    :mod:`siammixer.tracking.baselines`.
    """

    def init(self, image: np.ndarray, box: Box) -> None:
        """Takes the first image, RGB uint8 (height, width, 3), and the target's box in it."""

    def update(self, image: np.ndarray) -> Seen:
        """Says where the target is in the next image."""


Opener = Callable[[], AbstractContextManager[Tracking]]
"""Opens a tracker, and closes it at the end of the ``with`` block; picklable where several processes work."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """One tracker on one sequence.

    Parameters
    ----------
    name
        The sequence's.
    boxes
        One a frame; the first is the one given.
    confidences
        0 to 1, float64 (n,); 1 for the first frame.
    seconds
        What the tracker took for each frame, float64 (n,), decoding apart; the first is ``init``.
    size
        Width and height of the first frame.
    problems
        A line for each frame that could not be decoded; there the box stays and the confidence is 0.
    lost
        Whether the tracker believed that it had lost the target, bool (n,); False for the first frame and
        for one that could not be decoded.
    passes
        Search passes that each frame took, int64 (n,), those of ``init`` first; None where the tracker
        counts none.
    notes
        What a user should know of how the frames came about, once for the sequence.
    """

    name: str
    boxes: tuple[Box, ...]
    confidences: np.ndarray
    seconds: np.ndarray
    size: tuple[int, int]
    problems: tuple[str, ...] = ()
    lost: np.ndarray | None = None
    passes: np.ndarray | None = None
    notes: tuple[str, ...] = ()

    @property
    def tracked_seconds(self) -> np.ndarray:
        """Seconds of the frames that were tracked: neither the first nor one that could not be decoded."""
        return self.seconds[1:][self.seconds[1:] > 0]

    @property
    def tracked_passes(self) -> np.ndarray | None:
        """Search passes of the frames that were tracked: neither the first nor one that could not be
        decoded.
        """
        return None if self.passes is None else self.passes[1:][self.seconds[1:] > 0]


def frames_per_second(runs: Many[Run]) -> float:
    """Returns the frames tracked over the seconds it took; NaN where none was."""
    seconds = np.concatenate([np.zeros(0), *(run.tracked_seconds for run in runs)])
    return len(seconds) / seconds.sum() if len(seconds) else float("nan")


def passes_per_frame(runs: Many[Run]) -> float:
    """Returns the search passes over the frames tracked; NaN where none was or the tracker counts none.

    As with :func:`frames_per_second` the first frame, in which the target is given, stands apart:
    :func:`first_passes`.
    """
    counted = [run.tracked_passes for run in runs]
    known = np.concatenate([np.zeros(0), *(passes for passes in counted if passes is not None)])
    return float(known.mean()) if len(known) else float("nan")


def first_passes(runs: Many[Run]) -> float:
    """Returns the search passes of a first frame, the mean over runs; NaN where the tracker counts none."""
    known = [run.passes[0] for run in runs if run.passes is not None]
    return float(np.mean(known)) if known else float("nan")


def run_sequence(tracker: Tracking, sequence: Sequence, frames: int | None = None) -> Run:
    """Tracks through a sequence, or through its first ``frames`` frames.

    A later frame that cannot be decoded is reported, and tracking goes on with the next.

    Raises
    ------
    InputError
        If the first frame cannot be decoded or its box cannot be tracked.
    """
    count = len(sequence) if frames is None else min(frames, len(sequence))
    image, box = sequence.image(0), sequence.box(0)
    if box is None:
        raise InputError(f"{sequence.name}: the first frame must have a box")
    size = image.shape[1], image.shape[0]
    boxes, problems = [box.check(*size)], []
    confidences, seconds, lost, passes = (np.zeros(count, kind) for kind in (float, float, bool, np.int64))
    started = time.perf_counter()
    tracker.init(image, box)
    confidences[0], seconds[0] = 1, time.perf_counter() - started
    counted = getattr(tracker, "passes", None)  # baselines search in other ways
    passes[0] = counted or 0
    for index in range(1, count):
        try:
            image = sequence.image(index)
        except InputError as error:
            problems.append(f"frame {index}: {error}")
            boxes.append(boxes[-1])
            continue
        started = time.perf_counter()
        seen = tracker.update(image)
        seconds[index] = time.perf_counter() - started
        confidences[index], lost[index] = seen.confidence, seen.lost
        passes[index] = getattr(seen, "passes", 0)
        boxes.append(Box(*map(float, seen.box)))
    return Run(
        name=sequence.name,
        boxes=tuple(boxes),
        confidences=confidences,
        seconds=seconds,
        size=size,
        problems=tuple(problems),
        lost=lost,
        passes=None if counted is None else passes,
        notes=(*sequence.notes, *_missing_boxes(sequence)),
    )


def _missing_boxes(sequence: Sequence) -> Iterator[str]:
    given, frames = len(sequence.boxes), len(sequence)
    if 1 < given < frames:
        yield f"{given:,} boxes for {frames:,} frames: they are those of the first, and no others count"


def evaluate(
    opener: Opener,
    sequences: Many[Sequence],
    *,
    jobs: int = 1,
    frames: int | None = None,
    finished: Callable[[Run], None] = lambda run: None,
    failed: Callable[[str, InputError], None] | None = None,
) -> list[Run]:
    """Runs a tracker on every sequence; each gets one of its own.

    Parameters
    ----------
    jobs
        Processes that work side by side, a sequence each, with one thread each; with 1 it all happens in
        this one.
    frames
        At most so many frames of every sequence.
    finished
        Told of every run as it ends.
    failed
        Told the name of a sequence whose input is bad, and what is wrong with it; the rest goes on. None
        gives the rest up.

    Returns
    -------
    The runs, in the order of ``sequences``, without those that failed.

    Raises
    ------
    InputError
        Bad input, with the name of the sequence, where ``failed`` is None. Any other error carries the name
        as a note, and gives the rest up; so does an interrupt.
    """
    check_counts(jobs, frames)
    work = {sequence: partial(_open_and_run, opener, sequence, frames) for sequence in sequences}
    if jobs == 1 or len(sequences) < 2:
        runs = _collected(iter(work.items()), finished, failed)
    else:
        longest_first = {one: work[one] for one in sorted(sequences, key=len, reverse=True)}
        with side_by_side(longest_first, min(jobs, len(sequences))) as ended:
            runs = _collected(ended, finished, failed)
    return [runs[sequence] for sequence in sequences if sequence in runs]


def _collected(
    results: Iterable[tuple[Sequence, Callable[[], Run]]],
    finished: Callable[[Run], None],
    failed: Callable[[str, InputError], None] | None,
) -> dict[Sequence, Run]:
    """Returns the runs by their sequences, each told of as it ends."""
    runs = {}
    for sequence, result in results:
        try:
            with _named(sequence.name):
                run = result()
        except InputError as error:
            if failed is None:
                raise
            failed(sequence.name, error)
        else:
            runs[sequence] = run
            finished(run)
    return runs


def check_counts(jobs: int, frames: int | None) -> None:
    """Refuses counts that :func:`evaluate` cannot work with, for callers that have more to do before it.

    Raises
    ------
    InputError
        Where either is less than 1.
    """
    if jobs < 1:
        raise InputError(f"jobs must be at least 1, not {jobs}")
    if frames is not None and frames < 1:
        raise InputError(f"frames must be at least 1, not {frames}")


def _open_and_run(opener: Opener, sequence: Sequence, frames: int | None) -> Run:
    with opener() as tracker:
        return run_sequence(tracker, sequence, frames)


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Errors inside say which sequence they belong to."""
    try:
        yield
    except InputError as error:
        raise InputError(f"sequence {name}: {error}") from None
    except Exception as error:
        error.add_note(f"in sequence {name}")
        raise
