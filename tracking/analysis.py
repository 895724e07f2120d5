"""The analysis of where the AUC goes: place, size, shape, and the episodes in which the target is lost.

A frame is on target where the overlap of found and given box exceeds :data:`ON_TARGET`. A frame without a
given box counts for no AUC. Where boxes are given before and after it the target is hidden, and the frame is
off target for confidences; after the last box nobody says where the target is, and nothing is judged.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from collections.abc import Sequence as Many
from dataclasses import dataclass, field

import numpy as np

from siammixer.tracking.box import Box, overlap
from siammixer.tracking.evaluate import Run
from siammixer.tracking.metrics import ONE_PASS, Agreement, Rules, agreement, overall, score
from siammixer.tracking.sequence import Sequence

ON_TARGET = 0.2
"""Overlap that a frame on target exceeds."""
FAR = 0.5
"""A centre that moves more than this share of its box's mean side between frames jumps."""
BEGINNINGS = ("declared", "hidden", "jump", "outrun", "drift")
"""How an episode begins: the tracker had declared the target lost while its box was on it; the target had
been hidden; the box jumped away; the target did; or none of these, so that the box slid off."""
ENDINGS = ("end", "jump", "meeting")
"""How an episode ends: with the sequence, with the box jumping onto the target, or with both meeting."""
HELPS = {
    "found": lambda mine, given: mine,
    "true_centre": lambda mine, given: mine.moved_to(*given.centre),
    "true_size": lambda mine, given: given.moved_to(*mine.centre),
    "true_aspect": lambda mine, given: _shaped(mine, given),
}
"""A box found as it is, or with one thing put right -> the function of it and the given box."""


@dataclass(frozen=True, kw_only=True)
class Episode:
    """Frames in a row that are off target.

    Parameters
    ----------
    sequence
        Its name.
    start, frames
        The first of them, and how many; frames without a given box inside count too.
    beginning, ending
        One of :data:`BEGINNINGS` and :data:`ENDINGS`.
    """

    sequence: str
    start: int
    frames: int
    beginning: str
    ending: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Analysis:
    """One tracker on one sequence, or on several together.

    Parameters
    ----------
    name
        The sequence's; empty for several.
    auc
        By the names of :data:`HELPS`; NaN where no frame counts.
    episodes
        In order.
    on, off
        Confidences of the frames on and off target, without the first, float64.
    declared_on, declared_off
        Frames on and off target in which the tracker believed that it had lost the target.
    overlaps
        Of each frame, float64 (n,), NaN where no box is given; of one sequence only.
    lost
        What the tracker believed in each frame, bool (n,); of one sequence only.
    """

    name: str
    auc: dict[str, float]
    episodes: tuple[Episode, ...]
    on: np.ndarray
    off: np.ndarray
    declared_on: int
    declared_off: int
    overlaps: np.ndarray = field(default_factory=lambda: np.zeros(0))
    lost: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))

    @property
    def auroc(self) -> float:
        """The probability that a frame on target has the higher confidence; NaN where one kind is missing."""
        return auroc(self.on, self.off)

    def begun(self, beginning: str) -> list[Episode]:
        """The episodes that began so."""
        return [episode for episode in self.episodes if episode.beginning == beginning]


def auroc(good: np.ndarray, bad: np.ndarray) -> float:
    """The probability that one of ``good`` exceeds one of ``bad``, equal ones counting half."""
    if not len(good) or not len(bad):
        return float("nan")
    ordered = np.sort(bad)
    below, within = np.searchsorted(ordered, good, "left"), np.searchsorted(ordered, good, "right")
    return float((below + within).mean() / 2 / len(bad))


def analyse(run: Run, given: Many[Box | None], rules: Rules = ONE_PASS) -> Analysis:
    """Judges a run by the boxes given, one a frame."""
    return _analysis(run, given, _helped(run, given, rules))


def _analysis(run: Run, given: Many[Box | None], helped: dict[str, Agreement]) -> Analysis:
    """The analysis of a run whose agreements :func:`_helped` gave."""
    overlaps = np.array(
        [
            math.nan if true is None else overlap(mine, true)
            for mine, true in zip(run.boxes, given, strict=True)
        ]
    )
    known, on = ~np.isnan(overlaps), overlaps > ON_TARGET
    lost = np.zeros(len(on), bool) if run.lost is None else run.lost
    places = np.arange(len(on))
    judged = (places > 0) & (places <= max(np.flatnonzero(known), default=0))
    return Analysis(
        name=run.name,
        auc={name: score(frames).auc for name, frames in helped.items()},
        episodes=tuple(_episodes(run, given, on, known, lost)),
        on=run.confidences[judged & on],
        off=run.confidences[judged & ~on],
        declared_on=int((lost & judged & on).sum()),
        declared_off=int((lost & judged & ~on).sum()),
        overlaps=overlaps,
        lost=lost,
    )


def analyse_all(
    runs: Many[Run], sequences: Many[Sequence], rules: Rules = ONE_PASS
) -> tuple[Analysis, list[Analysis]]:
    """Returns the analysis of all runs together, whose AUC is the benchmark's own mean, and that of each."""
    given = [
        [sequence.box(index) for index in range(len(run.boxes))]
        for run, sequence in zip(runs, sequences, strict=True)
    ]
    helped = [_helped(run, boxes, rules) for run, boxes in zip(runs, given, strict=True)]
    analyses = [_analysis(run, boxes, frames) for run, boxes, frames in zip(runs, given, helped, strict=True)]
    auc = {name: overall([frames[name] for frames in helped], rules).auc for name in HELPS}
    nothing = np.zeros(0)
    total = Analysis(
        name="",
        auc=auc,
        episodes=tuple(episode for one in analyses for episode in one.episodes),
        on=np.concatenate([nothing, *(one.on for one in analyses)]),
        off=np.concatenate([nothing, *(one.off for one in analyses)]),
        declared_on=sum(one.declared_on for one in analyses),
        declared_off=sum(one.declared_off for one in analyses),
    )
    return total, analyses


def _helped(run: Run, given: Many[Box | None], rules: Rules) -> dict[str, Agreement]:
    """The agreement of a run's boxes as found and with each help, by the names of :data:`HELPS`."""
    return {name: _agreement(run, given, name, rules) for name in HELPS}


def _agreement(run: Run, given: Many[Box | None], name: str, rules: Rules) -> Agreement:
    boxes = [
        mine if true is None else HELPS[name](mine, true) for mine, true in zip(run.boxes, given, strict=True)
    ]
    return agreement(boxes, given, run.size, rules)


def _shaped(mine: Box, given: Box) -> Box:
    """The box with its own centre and area and the given one's ratio of width to height."""
    ratio = math.sqrt(given.width / given.height) if given.width > 0 and given.height > 0 else 1.0
    side = math.sqrt(mine.width * mine.height)
    return Box(0, 0, side * ratio, side / ratio).moved_to(*mine.centre)


def _episodes(
    run: Run, given: Many[Box | None], on: np.ndarray, known: np.ndarray, lost: np.ndarray
) -> Iterator[Episode]:
    """The frames off target, cut into episodes where the box is on target between them."""
    places = [int(place) for place in np.flatnonzero(known)]
    start = before = None
    for place in places:
        if not on[place] and start is None:
            start, beginning = place, _beginning(run, given, before, place, on, lost)
        elif on[place] and start is not None:
            jumped = _jumps(run.boxes[place - 1], run.boxes[place])
            ending = "jump" if jumped else "meeting"
            yield Episode(
                sequence=run.name, start=start, frames=place - start, beginning=beginning, ending=ending
            )
            start = None
        before = place
    if start is not None:
        frames = places[-1] + 1 - start
        yield Episode(sequence=run.name, start=start, frames=frames, beginning=beginning, ending="end")


def _beginning(
    run: Run, given: Many[Box | None], before: int | None, start: int, on: np.ndarray, lost: np.ndarray
) -> str:
    """How the episode began whose first frame is ``start``; ``before`` is the last frame with a box given
    before it.
    """
    if before is not None and lost[before] and on[before]:
        return "declared"
    if before is None or before < start - 1:
        return "hidden"
    if _jumps(given[before], given[start]):
        return "outrun"
    return "jump" if _jumps(run.boxes[before], run.boxes[start]) else "drift"


def _jumps(before: Box | None, after: Box | None) -> bool:
    """Whether the centre moves far between two frames in which there is a box."""
    if before is None or after is None:
        return False
    moved = math.dist(before.centre, after.centre)
    return moved > FAR * math.sqrt(max(before.width * before.height, 1e-9))
