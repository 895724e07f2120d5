"""Samples for a box head: a template, three searches that differ from it in place, size and aspect, the true
boxes, and what a teacher that tracks says of them.

Unlike those of :mod:`siammixer.training.data.dataset`, targets may be absent, covered or moved over their
scene. The teacher sees every view before it is spoilt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.training.data.box_draft import Draft
from siammixer.training.data.dataset import ATTEMPTS
from siammixer.training.data.tracks import CROP_EXEMPLAR, Track
from siammixer.training.distillation.tracker_teacher import TrackerTeacher

SEARCHES = 3
PADDED_VOTE = 1.15
"""A still's vote is this less its share of padding."""


@dataclass(frozen=True, kw_only=True)
class BoxSample:
    """A template, three searches, and what is to be learnt from them. Pixels are the network's.

    Attributes
    ----------
    template, search
        uint8 RGB (s, s, 3) and (3, s, s, 3), both as large as a search crop.
    box
        float32 (3, 4): dx, dy from the search's middle, and the natural logarithms of width and height over
        the template's.
    size
        float32 (3, 2): the target's width and height in the template, the same for each search.
    present
        bool (3,): the target can be seen.
    taught
        float16 (3, r, r): the teacher's logits at the cells of the dense response; None without a teacher.
    taught_box, trust
        float32 (3, 4), like ``box``, and (3,): how surely the teacher saw the target where it is.
    features
        float16 (3, c, f, f): the teacher's, at every second cell of the embedding; None where it has none.
    problems
        Crops that could not be decoded, so that this sample replaces another.
    """

    template: np.ndarray
    search: np.ndarray
    box: np.ndarray
    size: np.ndarray
    present: np.ndarray
    taught: np.ndarray | None = None
    taught_box: np.ndarray | None = None
    trust: np.ndarray | None = None
    features: np.ndarray | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BoxMixture:
    """The shares of the kinds of samples, and the largest gap between the frames of a pair."""

    still_share: float = 0.25
    region_share: float = 0.25
    gap: int = 100


class BoxDataset:
    """Sample k depends on (seed, k) alone, so a run can stop, resume and shuffle workers freely.

    Parameters
    ----------
    tracks
        As from :func:`siammixer.training.data.tracks.read_tracks`; tracks of one image are stills.
    length
        Samples reported to a loader.
    teacher
        None: the labels alone are learnt from.
    """

    def __init__(
        self,
        network: Network,
        tracks: list[Track],
        *,
        length: int,
        seed: int,
        mixture: BoxMixture | None = None,
        teacher: TrackerTeacher | None = None,
    ):
        self.network, self.tracks, self.length, self.seed = network, tracks, length, seed
        self.mixture, self.teacher = mixture or BoxMixture(), teacher
        self.side = round(network.search_side * CROP_EXEMPLAR / network.exemplar_side)
        if teacher is not None and self.side < teacher.side:
            raise InputError(
                f"a teacher of {teacher.side} pixels must have a network whose searches show as much, not "
                f"{network.name}: {self.side} pixels"
            )
        lengths = np.array([len(track.frames) for track in tracks])
        votes = np.array(
            [
                np.sqrt(length) if length > 1 else PADDED_VOTE - track.padding
                for track, length in zip(tracks, lengths, strict=True)
            ]
        )
        self.videos, self.stills = np.flatnonzero(lengths > 1), np.flatnonzero(lengths == 1)
        if not lengths.any():
            raise InputError("the crops hold no frame with a target")
        self.shares = {
            still: votes[chosen] / votes[chosen].sum()
            for still, chosen in ((False, self.videos), (True, self.stills))
            if len(chosen)
        }

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, number: int) -> BoxSample:
        problems: list[str] = []
        for attempt in range(ATTEMPTS):
            rng = np.random.default_rng((self.seed, number, attempt))
            try:
                return BoxSample(**Draft(self, rng).finish(SEARCHES), problems=tuple(problems))
            except InputError as error:
                problems.append(str(error))
        raise InputError(f"{ATTEMPTS} crops in a row could not be decoded; the last: {problems[-1]}")

    def pick(self, rng: Generator, still: bool) -> tuple[int, int]:
        """Returns a random track's number and the index of one of its crops."""
        still = still if still in self.shares else not still
        number = int(rng.choice(self.stills if still else self.videos, p=self.shares[still]))
        return number, int(rng.integers(len(self.tracks[number].frames)))
