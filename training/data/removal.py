"""Targets are taken out of their images, and holes filled where nothing was taken out.

Images, positions and sizes are those of :mod:`siammixer.training.data.augment`. What is filled in must not
betray by its looks that a target is missing, so holes are filled in several ways, and elsewhere too.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.random import Generator

from siammixer.training.data.augment import Thing, soft_mask

STRANGE_SHARE, NEIGHBOUR_SHARE = 0.15, 0.45
"""Of the holes that are filled with another scene, and with a piece from beside; the rest is painted in."""
LEAST_SIDE = 8
"""A smaller hole is not worth filling."""
FLAT = 4.0
"""Deviation of grey values below which a piece is padding; that would be a sign of what is missing."""


class Hole(NamedTuple):
    """A rectangle of whole pixels; right and bottom lie outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Pixels in a row."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def place(self) -> tuple[slice, slice]:
        """The rows and columns of an image."""
        return np.s_[self.top : self.bottom, self.left : self.right]


def take_out(target: Thing, other: Thing, rng: Generator) -> np.ndarray:
    """Returns the target's image without it: its place is filled softly with what lies beside it, with what
    is painted in from around, or with a piece of another thing's image.
    """
    image = target.image
    limits = np.array(image.shape[1::-1])
    spans = np.clip(target.size * rng.uniform(1.25, 1.5), 10, limits.min() - 4)
    first = np.rint(target.centre - spans / 2).clip(0).astype(int)
    last = np.minimum(limits, np.rint(target.centre + spans / 2).astype(int))
    hole = Hole(*map(int, (*first, *last)))
    if min(hole.width, hole.height) < LEAST_SIDE:
        return image
    filled = _filling(image, hole, other, rng)
    mask = soft_mask(hole.height, hole.width, rng, power=8.0, steepness=rng.uniform(5, 14))
    result = image.copy()
    mixed = image[hole.place] * (1 - mask) + filled * mask
    result[hole.place] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return result


def make_hole(target: Thing, other: Thing, rng: Generator) -> np.ndarray:
    """Returns the target's image with another place filled as if something had been taken out there."""
    limits = np.array(target.image.shape[1::-1])
    for _ in range(6):
        size = target.size * np.exp(rng.normal(-0.1, 0.25, 2))
        centre = target.centre + rng.uniform(-1, 1, 2) * 120
        apart = np.abs(centre - target.centre) - (0.78 * size + 0.52 * target.size)
        if apart.max() > 0 and (centre > 12).all() and (centre < limits - 12).all():
            return take_out(Thing(target.image, centre, size), other, rng)
    return target.image


def _filling(image: np.ndarray, hole: Hole, other: Thing, rng: Generator) -> np.ndarray:
    """Returns what fills the hole, float64 of its shape."""
    draw = rng.random()
    if draw < STRANGE_SHARE:
        piece = _piece(other.image, hole, None, rng)
        if piece is not None:
            ring = image[max(0, hole.top - 8) : hole.bottom + 8, max(0, hole.left - 8) : hole.right + 8]
            shift = np.array(cv2.mean(ring)[:3]) - cv2.mean(piece)[:3]
            return piece + shift * rng.uniform(0.3, 1.0)
    elif draw < STRANGE_SHARE + NEIGHBOUR_SHARE:
        piece = _piece(image, hole, hole, rng)
        if piece is not None:
            return piece.astype(np.float64)
    return _painted(image, hole, rng)


def _piece(image: np.ndarray, like: Hole, taken: Hole | None, rng: Generator) -> np.ndarray | None:
    """Returns a random piece as large as ``like`` that does not touch ``taken``, perhaps mirrored; mostly the
    nearest of a few. None where there is no room.
    """
    height, width = image.shape[:2]
    w, h = like.width, like.height
    if width - w < 1 or height - h < 1:
        return None
    tries = np.column_stack([rng.integers(0, width - w, 12), rng.integers(0, height - h, 12)])
    if taken is not None:
        beside = (tries[:, 0] >= taken.right) | (tries[:, 0] + w <= taken.left)
        tries = tries[beside | (tries[:, 1] >= taken.bottom) | (tries[:, 1] + h <= taken.top)]
    if not len(tries):
        return None
    near = np.abs(tries - [like.left, like.top]).sum(1).argsort()
    order = tries[near] if rng.random() < 0.7 else tries
    lively = [(x, y) for x, y in order[:5] if image[y : y + h : 3, x : x + w : 3, 1].std() > FLAT]
    x, y = lively[0] if lively else order[0]
    piece = image[y : y + h, x : x + w]
    return piece[:, ::-1] if rng.random() < 0.5 else piece


def _painted(image: np.ndarray, hole: Hole, rng: Generator) -> np.ndarray:
    """Returns what cv2.inpaint makes of the hole on a reduced image, with the grain of another place."""
    factor = int(np.clip(min(hole.width, hole.height) // 8, 2, 6))
    left, top = max(0, hole.left - 6 * factor), max(0, hole.top - 6 * factor)
    around = image[top : hole.bottom + 6 * factor, left : hole.right + 6 * factor]
    inner = Hole(hole.left - left, hole.top - top, hole.right - left, hole.bottom - top)
    sides = [max(8, side // factor) for side in around.shape[1::-1]]
    small = cv2.resize(around, sides, interpolation=cv2.INTER_AREA)
    x, y = small.shape[1] / around.shape[1], small.shape[0] / around.shape[0]
    mask = np.zeros(small.shape[:2], np.uint8)
    rows = slice(int(inner.top * y), int(np.ceil(inner.bottom * y)))
    mask[rows, int(inner.left * x) : int(np.ceil(inner.right * x))] = 1
    small = cv2.inpaint(small, mask, 3, cv2.INPAINT_TELEA if rng.random() < 0.5 else cv2.INPAINT_NS)
    filled = cv2.resize(small, around.shape[1::-1], interpolation=cv2.INTER_LINEAR)[inner.place]
    filled = filled.astype(np.float64)
    piece = _piece(image, hole, hole, rng)
    if piece is not None and rng.random() < 0.8:
        piece = piece.astype(np.float32)
        filled += (piece - cv2.GaussianBlur(piece, (0, 0), rng.uniform(2, 6))) * rng.uniform(0.5, 1.2)
    return filled
