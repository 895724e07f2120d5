"""Views of target-centred crops (:mod:`siammixer.training.data.tracks`), and the validation pairs made of
them.

Lengths named ``*_PIXELS`` are pixels of a 127-pixel exemplar; a network with another exemplar scales them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.training.data.tracks import CROP_EXEMPLAR, Track

HIT_PIXELS = 16
VALIDATION_SHIFT_PIXELS = 40
VALIDATION_GAP = 30


@dataclass(frozen=True)
class View:
    """How a crop becomes a network's input: the target moved by (dx, dy) output pixels and distorted about
    its centre.

    ``linear`` (2, 2) turns an (x, y) offset from the target in the result into the offset that it has
    undistorted. The target's middle is ``centre``, (x, y) in the crop's pixels; None is the crop's own.
    """

    dx: float = 0.0
    dy: float = 0.0
    linear: np.ndarray = field(default_factory=lambda: np.eye(2))
    centre: np.ndarray | None = None

    def backwards(self, network: Network, crop_side: int, side: int) -> np.ndarray:
        """Returns float64 (2, 3): from a point (x, y, 1) of the result, ``side`` pixels square, to the point
        of the crop.
        """
        linear = self.linear / pixels(network, 1.0)
        centre = np.full(2, (crop_side - 1) / 2) if self.centre is None else self.centre
        return np.column_stack([linear, centre - linear @ ((side - 1) / 2 + np.array([self.dx, self.dy]))])


CENTRED = View()


@dataclass(frozen=True)
class Pairs:
    """Template crops (n, t, t, 3) and search crops (n, s, s, 3), uint8 RGB; target (n, 2) as (dx, dy) from
    the search centre, pixels.
    """

    template: np.ndarray
    search: np.ndarray
    target: np.ndarray


def pixels(network: Network, length: float) -> float:
    """Converts a length in pixels of a 127-pixel exemplar to pixels of the network's crops."""
    return length * network.exemplar_side / CROP_EXEMPLAR


def reach(network: Network) -> int:
    """Returns the largest target shift, in pixels, that the response can still show."""
    return network.stride * (network.correlation.out_shape[0] // 2)


def cut(image: np.ndarray, network: Network, side: int, view: View = CENTRED) -> np.ndarray:
    """Returns the network's crop of a stored crop: uint8 (side, side, 3), the target where ``view`` puts it.

    Outside the stored crop its mean colour is filled in, as trackers do outside the image.
    """
    backwards = view.backwards(network, image.shape[0], side)
    factor = pixels(network, 1.0)
    if factor < 1:
        # Area averaging first: the warp interpolates between neighbours only and would alias.
        before, after = image.shape[0], max(1, round(image.shape[0] * factor))
        image = cv2.resize(image, (after, after), interpolation=cv2.INTER_AREA)
        # The middle of the shrunk image is the middle of the image.
        backwards = backwards * (after / before)
        backwards[:, 2] += (after - 1) / 2 - (before - 1) / 2 * after / before
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        image,
        backwards,
        (side, side),
        flags=flags,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=cv2.mean(image)[:3],
    )


def validation_pairs(network: Network, tracks: list[Track], count: int, seed: int) -> Pairs:
    """Returns random (template, later frame within 30, target shifted by up to 40 px) pairs, without
    augmentation.
    """
    rng = np.random.default_rng(seed)
    choices = [
        (track, i, near)
        for track in tracks
        for i in range(len(track.frames))
        if (near := track.near(i, 1, VALIDATION_GAP))
    ]
    if not choices:
        raise InputError(f"the crops hold no two frames of one track within {VALIDATION_GAP} of each other")
    limit = int(pixels(network, VALIDATION_SHIFT_PIXELS))
    templates, searches = [], []
    targets = rng.integers(-limit, limit + 1, (count, 2))
    for dx, dy in targets:
        track, index, near = choices[rng.integers(len(choices))]
        templates.append(cut(track.image(index), network, network.template_side))
        searches.append(cut(track.image(rng.choice(near)), network, network.search_side, View(dx, dy)))
    return Pairs(np.stack(templates), np.stack(searches), targets.astype(np.float32))
