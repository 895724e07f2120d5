"""Following one target through a video as it is read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.evaluate import Tracking
from siammixer.tracking.video import Frame, Video


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """A step holds what is known after a frame.

    Parameters
    ----------
    index
        The frame's place in the video, from 0 on.
    problem
        Why the frame could not be decoded, else empty. Then the box stays.
    box
        The target's, in the frame's pixels.
    confidence
        0 to 1; 1 for the first frame, whose box was given, 0 for a frame that could not be decoded.
    lost
        Whether the tracker believes that it has lost the target.
    response
        The scores of the response's cells, INT32 (r, r), where the tracker has them.
    seconds
        What the tracker took.
    """

    index: int
    problem: str
    box: Box
    confidence: float
    lost: bool
    response: np.ndarray | None
    seconds: float


def first_frame(video: Video) -> Frame:
    """Returns the frame that the box is given in.

    Raises
    ------
    InputError
        If there is none or it cannot be decoded.
    """
    frame = next(video.frames, None)
    if frame is None or frame.index > 0:
        raise InputError(f"{video.name}: holds no frame that can be decoded")
    if frame.image is None:
        raise InputError(
            f"{video.name}: the first frame cannot be decoded, and the target is given there "
            f"({frame.problem})"
        )
    return frame


def follow(
    tracker: Tracking, video: Video, first: Frame, box: Box, frames: int | None = None
) -> Iterator[tuple[Frame, Step]]:
    """Tracks ``box`` of frame ``first`` through what is left of a video, up to ``frames`` frames together."""
    started = time.perf_counter()
    assert first.image is not None  # read_first refuses a video without one
    tracker.init(first.image, box)
    step = Step(
        index=0,
        problem="",
        box=box,
        confidence=1.0,
        lost=False,
        response=None,
        seconds=time.perf_counter() - started,
    )
    yield first, step
    while frames is None or step.index + 1 < frames:
        frame = next(video.frames, None)
        if frame is None:
            return
        step = _next_step(tracker, frame, step)
        yield frame, step


def _next_step(tracker: Tracking, frame: Frame, last: Step) -> Step:
    if frame.image is None:
        return Step(
            index=frame.index,
            problem=frame.problem,
            box=last.box,
            confidence=0.0,
            lost=last.lost,
            response=None,
            seconds=0.0,
        )
    started = time.perf_counter()
    seen = tracker.update(frame.image)
    return Step(
        index=frame.index,
        problem="",
        box=Box(*map(float, seen.box)),
        confidence=float(seen.confidence),
        lost=bool(seen.lost),
        response=getattr(seen, "response", None),
        seconds=time.perf_counter() - started,
    )


def with_checks(
    steps: Iterator[tuple[Frame, Step]], check: Callable[[], None], every: int
) -> Iterator[tuple[Frame, Step]]:
    """Yields the steps, with ``check`` called after the first, after every ``every``-th more, and after the
    last.

    A step is passed on only once the check that belongs to it has passed.
    """
    step = None
    for frame, step in steps:
        if step.index % every == 0:
            check()
        yield frame, step
    if step is not None and step.index % every:
        check()


def speed_of(steps: list[Step]) -> float | None:
    """Returns the frames a second of the tracker alone; None where nothing was tracked."""
    seconds = np.array([step.seconds for step in steps[1:] if not step.problem])
    return float(len(seconds) / seconds.sum()) if len(seconds) else None
