"""Training samples: a template and search crops of one target, augmented
(:mod:`siammixer.training.data.augment`).

There are three kinds of target: one of a video, seen in two frames; one of a still image, seen twice; and
any textured region of a crop, because a tracker is asked to follow things that no data set names. In a scale
triplet the three searches are one view at three scales.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator

from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.training.data.augment import Look, Thing, add_distractor, change_background, develop
from siammixer.training.data.pairs import View, cut, pixels, reach
from siammixer.training.data.tracks import CROP_EXEMPLAR, Size, Track

TRIPLET = 3
ATTEMPTS = 20
USUAL_SIZE = (CROP_EXEMPLAR / 2, CROP_EXEMPLAR / 2)
"""A target whose size is not known is taken to have this width and height, in crop pixels."""
REGION_SIZE = 64.0
TEMPLATE_WOBBLE = 2
TEMPLATE_NOISE, VIDEO_NOISE, STILL_NOISE, TRIPLET_NOISE = 0.03, 0.08, 0.12, 0.07
"""Every entry of a view's matrix gets noise of this deviation: it scales, stretches, turns and shears."""
BACKGROUND_SHARE, EDITED_SHARE = 0.12, 0.45
"""The share of searches with another background, and the share of those and of the ones with distractors."""


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """The shares of the kinds of samples, and the largest gap between the frames of a pair."""

    still_share: float = 0.2
    region_share: float = 0.3
    triplet_share: float = 0.35
    gap: int = 100


class Origin(NamedTuple):
    """An input crop comes from a stored crop, through this warp.

    ``backwards`` (2, 3) leads from its pixels to those of crop ``index`` of track number ``track``, ``side``
    pixels square; ``clean`` says that nothing was pasted into that crop.
    """

    track: int
    index: int
    backwards: np.ndarray
    side: int
    clean: bool


Describe = Callable[[list[Origin]], tuple[np.ndarray, np.ndarray]]
"""Describes m views by features float32 (m, c, e, e), and says by bool (m, e, e) where they count, at
the cells of the embedding.
"""


@dataclass(frozen=True)
class Sample:
    """A template, ``k`` searches of its target, and what is to be learnt from them.

    Attributes
    ----------
    template, search
        uint8 RGB (s, s, 3) and (k, s, s, 3), both as large as a search crop (see
        :func:`siammixer.training.loop.loss.losses`).
    target
        float32 (k, 2) as (dx, dy) pixels from the search centre.
    triplet
        The searches are one view, too large, right and too small.
    wanted, counted
        What the teacher says of the 1 + k views, as :data:`Describe`; None without a teacher.
    problems
        Crops that could not be decoded, so that this sample replaces another.
    """

    template: np.ndarray
    search: np.ndarray
    target: np.ndarray
    triplet: bool = False
    wanted: np.ndarray | None = None
    counted: np.ndarray | None = None
    problems: tuple[str, ...] = ()


class TrainingDataset:
    """Sample k depends on (seed, k) alone, so a run can stop, resume and shuffle workers freely.

    Parameters
    ----------
    tracks
        As from :func:`siammixer.training.data.tracks.read_tracks`; tracks of one image are stills.
    searches
        Search crops per template; scale triplets need three.
    length
        Samples reported to a loader.
    describe
        The teacher's features.
    """

    def __init__(
        self,
        network: Network,
        tracks: list[Track],
        *,
        searches: int,
        length: int,
        seed: int,
        mixture: Mixture | None = None,
        describe: Describe | None = None,
    ):
        self.network, self.tracks, self.searches = network, tracks, searches
        self.length, self.seed = length, seed
        self.mixture, self.describe = mixture or Mixture(), describe
        if self.mixture.triplet_share and searches != TRIPLET:
            raise InputError(f"searches per template must be {TRIPLET} with scale triplets, not {searches}")
        self.videos = [number for number, track in enumerate(tracks) if len(track.frames) > 1]
        self.stills = [number for number, track in enumerate(tracks) if len(track.frames) == 1]
        if not self.videos and not self.stills:
            raise InputError("the crops hold no frame with a target")
        # Between one vote per track and one per crop: long videos are repetitive, yet hold more.
        votes = np.sqrt([len(tracks[number].frames) for number in self.videos])
        self.shares = votes / votes.sum() if self.videos else votes

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, number: int) -> Sample:
        problems: list[str] = []
        for attempt in range(ATTEMPTS):
            rng = np.random.default_rng((self.seed, number, attempt))
            try:
                return _Draft(self, rng).finish(tuple(problems))
            except InputError as error:
                problems.append(str(error))
        raise InputError(f"{ATTEMPTS} crops in a row could not be decoded; the last: {problems[-1]}")

    def pick(self, rng: Generator, still: bool) -> tuple[int, int]:
        """Returns a random track's number and the index of one of its crops."""
        if self.stills and (still or not self.videos):
            return self.stills[rng.integers(len(self.stills))], 0
        number = self.videos[rng.choice(len(self.videos), p=self.shares)]
        return number, int(rng.integers(len(self.tracks[number].frames)))


class _Draft:
    """One sample in the making."""

    def __init__(self, dataset: TrainingDataset, rng: Generator):
        self.dataset, self.rng, self.network, mixture = dataset, rng, dataset.network, dataset.mixture
        draw = rng.random()
        self.region = draw < mixture.region_share
        self.still = not self.region and draw < mixture.region_share + mixture.still_share
        self.number, self.index = dataset.pick(rng, self.still or (self.region and rng.random() < 0.4))
        self.track = dataset.tracks[self.number]
        self.triplet = rng.random() < mixture.triplet_share
        self.source = self.track.image(self.index)
        self.centre, self.zoom = np.full(2, (self.source.shape[0] - 1) / 2), 1.0
        if self.region:
            self.centre, self.zoom = textured_region(self.source, rng)
        # Once for all views: a mirrored or grey target is another target.
        self.turn = self.zoom * np.diag([rng.choice([-1.0, 1.0]), 1.0])
        self.look = Look.draw(rng)
        self.origins: list[Origin] = []

    def finish(self, problems: tuple[str, ...]) -> Sample:
        """Returns the sample, with the problems of the ones that it replaces."""
        rng, network = self.rng, self.network
        wobble, limit = pixels(network, TEMPLATE_WOBBLE), reach(network)
        template = self.view(
            self.index, self.source, rng.uniform(-wobble, wobble, 2), self.linear(TEMPLATE_NOISE), clean=True
        )
        template = develop(template, rng, self.look.varied(rng), pixels(network, 1.0), spoilt=False)
        targets = rng.uniform(-limit, limit, (self.dataset.searches, 2)).astype(np.float32)
        if self.triplet:
            targets[:] = targets[0]
        search = np.stack(
            self.scales(targets[0]) if self.triplet else [self.search(target) for target in targets]
        )
        wanted, counted = self.dataset.describe(self.origins) if self.dataset.describe else (None, None)
        return Sample(template, search, targets, self.triplet, wanted, counted, problems)

    def search(self, target: np.ndarray) -> np.ndarray:
        """Returns a search crop with a view of its own."""
        index, image, clean = self.other()
        noise = STILL_NOISE if self.still or self.region else VIDEO_NOISE
        crop = self.view(index, image, target, self.linear(noise), clean)
        return develop(crop, self.rng, self.look.varied(self.rng), pixels(self.network, 1.0), spoilt=True)

    def scales(self, target: np.ndarray) -> list[np.ndarray]:
        """Returns one search crop with the target too large, right and too small, all else alike."""
        rng = self.rng
        index, image, clean = self.other()
        linear, factor = self.linear(TRIPLET_NOISE) * np.exp(rng.normal(0, 0.02)), rng.uniform(1.06, 1.2)
        crops = [self.view(index, image, target, linear * factor**power, clean) for power in (-1, 0, 1)]
        seed = int(rng.integers(2**63))
        return [
            develop(crop, np.random.default_rng(seed), self.look, pixels(self.network, 1.0), spoilt=True)
            for crop in crops
        ]

    def other(self) -> tuple[int, np.ndarray, bool]:
        """Returns the crop to search in, perhaps with things pasted in: its index, the image, and whether it
        is as it was.
        """
        index = (
            self.index
            if self.region
            else int(
                self.rng.choice(
                    self.track.near(self.index, -self.dataset.mixture.gap, self.dataset.mixture.gap)
                )
            )
        )
        image = self.source if index == self.index else self.track.image(index)
        size = np.full(2, REGION_SIZE * self.zoom) if self.region else known_size(self.track.size(index))
        return index, *self.edited(Thing(image, self.centre, size))

    def edited(self, target: Thing) -> tuple[np.ndarray, bool]:
        """Returns the target's image, perhaps on another background or among distractors, and whether it is
        as it was.
        """
        rng, draw = self.rng, self.rng.random()
        if draw >= EDITED_SHARE:
            return target.image, True
        if draw < BACKGROUND_SHARE:
            return change_background(target, self.stranger(), rng), False
        image = target.image
        for _ in range(rng.integers(1, 4)):
            image = add_distractor(Thing(image, target.centre, target.size), self.stranger(), rng)
        return image, False

    def stranger(self) -> Thing:
        """Returns a random other target."""
        number, index = self.dataset.pick(self.rng, self.rng.random() < 0.4)
        track = self.dataset.tracks[number]
        image = track.image(index)
        return Thing(image, np.full(2, (image.shape[0] - 1) / 2), known_size(track.size(index)))

    def linear(self, noise: float) -> np.ndarray:
        """Returns a view's matrix (2, 2): the sample's turn, with noise of that deviation in every entry."""
        return self.turn @ (np.eye(2) + self.rng.normal(0, noise, (2, 2)))

    def view(
        self, index: int, image: np.ndarray, target: np.ndarray, linear: np.ndarray, clean: bool
    ) -> np.ndarray:
        """Returns the input crop with the target at ``target``, and notes its origin."""
        side, view = self.network.search_side, View(*target, linear=linear, centre=self.centre)
        self.origins.append(
            Origin(
                self.number, index, view.backwards(self.network, image.shape[0], side), image.shape[0], clean
            )
        )
        return cut(image, self.network, side, view)


def known_size(size: Size | None) -> np.ndarray:
    """Returns the size of a target as float64 (2,), in crop pixels; a usual one where it is not known."""
    return np.array(USUAL_SIZE if size is None else size)


def textured_region(image: np.ndarray, rng: Generator) -> tuple[np.ndarray, float]:
    """Returns the middle (x, y) and scale of the most textured of six random regions; at scale 1 it is as
    large as a usual target.
    """
    grey, side = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), image.shape[0]
    candidates = []
    for _ in range(6):
        centre, scale = (
            rng.uniform(0.27 * side, 0.73 * side, 2),
            float(np.exp(rng.uniform(np.log(0.7), np.log(1.15)))),
        )
        half, (x, y) = int(28 * scale), centre.astype(int)
        candidates.append(
            (float(grey[max(0, y - half) : y + half, max(0, x - half) : x + half].std()), centre, scale)
        )
    return max(candidates, key=lambda candidate: candidate[0])[1:]
