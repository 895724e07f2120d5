"""Pairs of a template crop and search crops, cut from target-centred crops (:mod:`network.tracks`).

Lengths named ``*_PIXELS`` are pixels of a 127-pixel exemplar; a network with another exemplar scales them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from network.tracks import CROP_EXEMPLAR, Track
from spec.errors import SpecError
from spec.network import Network

HIT_PIXELS = 16
VALIDATION_SHIFT_PIXELS = 40
VALIDATION_GAP = 30
TRAINING_GAP = 100
STILL_SHARE = 0.3


@dataclass(frozen=True)
class View:
    """How a crop becomes a network's input: the target moved by (dx, dy) output pixels and distorted about its centre.

    ``linear`` (2, 2) turns an (x, y) offset from the target in the result into the offset that it has undistorted.
    """

    dx: float = 0.0
    dy: float = 0.0
    linear: np.ndarray = field(default_factory=lambda: np.eye(2))


CENTRED = View()


@dataclass(frozen=True)
class Pairs:
    """Template crops (n, t, t, 3) and search crops (n, s, s, 3), uint8 RGB; target (n, 2) as (dx, dy) from the search centre, pixels."""

    template: np.ndarray
    search: np.ndarray
    target: np.ndarray


def pixels(network: Network, length: float) -> float:
    """A length in pixels of a 127-pixel exemplar, in pixels of the network's crops."""
    return length * network.exemplar_side / CROP_EXEMPLAR


def reach(network: Network) -> int:
    """Largest target shift, in pixels, that the response can still show."""
    return network.stride * (network.response_side // 2)


def cut(image: np.ndarray, network: Network, side: int, view: View = CENTRED) -> np.ndarray:
    """The network's crop of a stored crop: uint8 (side, side, 3), the target where ``view`` puts it.

    Outside the stored crop its mean colour is filled in, as trackers do outside the image.
    """
    factor = pixels(network, 1.0)
    if factor < 1:
        # Area averaging first: the warp interpolates between neighbours only and would alias.
        shrunk = max(1, round(image.shape[0] * factor))
        factor *= image.shape[0] / shrunk
        image = cv2.resize(image, (shrunk, shrunk), interpolation=cv2.INTER_AREA)
    linear = view.linear / factor
    # Backwards, as the warp wants it: from a point of the result to the point of the stored crop.
    offset = (image.shape[0] - 1) / 2 - linear @ ((side - 1) / 2 + np.array([view.dx, view.dy]))
    backwards = np.column_stack([linear, offset])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, backwards, (side, side), flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=cv2.mean(image)[:3])


def validation_pairs(network: Network, tracks: list[Track], count: int, seed: int) -> Pairs:
    """Random (template, later frame within 30, target shifted by up to 40 px) pairs, without augmentation."""
    rng = np.random.default_rng(seed)
    choices = [(track, i, near) for track in tracks for i in range(len(track.frames)) if (near := track.near(i, 1, VALIDATION_GAP))]
    if not choices:
        raise SpecError(f"the crops hold no two frames of one track within {VALIDATION_GAP} of each other")
    limit = int(pixels(network, VALIDATION_SHIFT_PIXELS))
    templates, searches = [], []
    targets = rng.integers(-limit, limit + 1, (count, 2))
    for dx, dy in targets:
        track, index, near = choices[rng.integers(len(choices))]
        templates.append(cut(track.image(index), network, network.template_side))
        searches.append(cut(track.image(rng.choice(near)), network, network.search_side, View(dx, dy)))
    return Pairs(np.stack(templates), np.stack(searches), targets.astype(np.float32))


class TrainingPairs:
    """Endless augmented pairs: item k depends on (seed, k) alone, so a run can stop, resume and shuffle workers freely.

    An item is a :class:`Pairs` of ``searches`` search crops of one target; ``template`` has n = 1, because one template serves them
    all, and is as large as a search crop (see :func:`network.train.batch_loss`).

    Parameters
    ----------
    tracks
        As from :func:`network.tracks.read_tracks`; tracks of one image are paired with augmented copies of themselves.
    searches
        Search crops per template.
    items
        Length reported to the loader.
    """

    def __init__(self, network: Network, tracks: list[Track], *, searches: int, items: int, seed: int):
        self.network, self.searches, self.items, self.seed = network, searches, items, seed
        self.videos = [track for track in tracks if len(track.frames) > 1]
        self.stills = [track for track in tracks if len(track.frames) == 1]
        # Between one vote per track and one per crop: long videos are repetitive, yet hold more.
        votes = np.sqrt([len(track.frames) for track in self.videos])
        self.shares = votes / votes.sum()

    def __len__(self) -> int:
        return self.items

    def __getitem__(self, item: int) -> Pairs:
        rng = np.random.default_rng((self.seed, item))
        still = bool(self.stills) and (not self.videos or rng.random() < STILL_SHARE)
        track = self.stills[rng.integers(len(self.stills))] if still else self.videos[rng.choice(len(self.videos), p=self.shares)]
        index = int(rng.integers(len(track.frames)))
        others = rng.choice(track.near(index, -TRAINING_GAP, TRAINING_GAP), self.searches)
        mirror, grey = np.diag([rng.choice([-1, 1]), 1]), rng.random() < 0.1
        network = self.network
        wobble, limit = pixels(network, 2), reach(network)

        def look(file: int, jitter: float, target: np.ndarray) -> np.ndarray:
            # Noise on all four entries scales, stretches, turns and shears at once.
            view = View(*target, linear=mirror @ (np.eye(2) + rng.normal(0, jitter, (2, 2))))
            return distort(cut(track.image(file), network, network.search_side, view), rng, grey)

        template = look(index, 0.06, rng.uniform(-wobble, wobble, 2))
        targets = rng.uniform(-limit, limit, (self.searches, 2)).astype(np.float32)
        searches = [look(other, 0.12, target) for other, target in zip(others, targets, strict=True)]
        return Pairs(template[None], np.stack(searches), targets)


def distort(image: np.ndarray, rng: np.random.Generator, grey: bool) -> np.ndarray:
    """Random brightness, contrast, colour cast, blur and occlusion of a uint8 RGB image; grey where asked (once per pair)."""
    if grey:
        image = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2)
    contrast = np.exp(rng.normal(0, 0.2)) * np.exp(rng.normal(0, 0.0 if grey else 0.1, 3))
    curve = (np.arange(256)[:, None] - 128) * contrast + 128 + rng.normal(0, 20)
    image = cv2.LUT(image, np.clip(np.rint(curve), 0, 255).astype(np.uint8)[None])
    if rng.random() < 0.2:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.5))
    if rng.random() < 0.3:
        side = image.shape[0]
        height, width = (rng.uniform(0.05, 0.25, 2) * side).astype(int)
        top, left = rng.integers(0, side - height), rng.integers(0, side - width)
        image[top : top + height, left : left + width] = cv2.mean(image)[:3]
    return image
