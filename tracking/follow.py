"""Following one target through a video as it is read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.evaluate import Tracking
from siammixer.tracking.video import Frame, Video

MOST_PROBLEMS = 1000
"""So many frames that could not be decoded are told one by one; of the others only how many."""


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
    time
        Seconds since the first frame, None where nobody knows.
    latency
        Clock cycles from the last row of the search window to the box, where the tracker takes the video
        itself; else None.
    """

    index: int
    problem: str
    box: Box
    confidence: float
    lost: bool
    response: np.ndarray | None
    seconds: float
    time: float | None = None
    latency: int | None = None


def first_frame(video: Video) -> Frame:
    """Returns the frame that the box is given in.

    Raises
    ------
    InputError
        If there is none or it cannot be decoded.
    """
    frame = next(video.frames, None)
    if frame is None or frame.index > 0:
        raise InputError(f"{video.name}: holds no frame that can be decoded{_advice(video)}")
    if frame.image is None:
        raise InputError(
            f"{video.name}: the first frame cannot be decoded, and the target is given there "
            f"({frame.problem}){_advice(video)}"
        )
    return frame


def _advice(video: Video) -> str:
    return f"; {video.advice}" if video.advice else ""


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
        time=first.time,
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
            time=frame.time,
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
        latency=getattr(seen, "latency", None),
        seconds=time.perf_counter() - started,
        time=frame.time,
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


@dataclass(kw_only=True)
class Tally:
    """Sums up the steps, in as much memory after an hour as after a second.

    Parameters
    ----------
    frames
        How many steps there were.
    undecoded, lost
        How many frames could not be decoded, and had the target lost.
    problems
        What was wrong with the first :data:`MOST_PROBLEMS` that could not be decoded.
    last
        The last step, without its response; None before the first.
    """

    frames: int = 0
    undecoded: int = 0
    lost: int = 0
    problems: list[str] = field(default_factory=list)
    last: Step | None = None
    _tracked: int = 0
    _seconds: float = 0.0
    _latencies: list[int] = field(default_factory=lambda: [0, 0])  # how many, and their sum

    def add(self, step: Step) -> None:
        """Counts a step."""
        self.frames += 1
        self.lost += step.lost
        if step.problem:
            self.undecoded += 1
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append(step.problem)
        elif self.last is not None:  # the first frame is not tracked
            self._tracked += 1
            self._seconds += step.seconds
        if step.latency is not None:
            self._latencies = [self._latencies[0] + 1, self._latencies[1] + step.latency]
        self.last = replace(step, response=None)

    @property
    def speed(self) -> float | None:
        """The frames a second of the tracker alone; None where nothing was tracked."""
        return self._tracked / self._seconds if self._tracked else None

    @property
    def latency(self) -> float | None:
        """The mean of the steps' latencies, in clock cycles; None where none is known."""
        count, total = self._latencies
        return total / count if count else None
