"""Views of crops for samples with boxes: warped, cut off, and shrunk to a network's size.

Positions are (x, y) and sizes (width, height). ``linear`` (2, 2) turns an offset from the target in a view
into the offset that it has in the crop.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

MIRROR_SHARE = 0.65


def matrix(rng: Generator, zoom: float, *, scale: float, aspect: float, turn: float) -> np.ndarray:
    """Returns a random ``linear``.

    Parameters
    ----------
    scale, aspect, turn
        Deviations of the size's and the aspect's logarithms, and of the angle in radians; shear has half
        of it.
    """
    angle, stretch = rng.normal(0, turn), rng.normal(0, aspect)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shape = np.array([[np.exp(stretch), rng.normal(0, turn / 2)], [0, np.exp(-stretch)]])
    return zoom * np.exp(rng.normal(0, scale)) * rotation @ shape


def sized(size: np.ndarray, linear: np.ndarray) -> np.ndarray:
    """Returns width and height, in the view, of a box of the crop: half of what turning adds to an upright
    box counts.
    """
    inverse = np.abs(np.linalg.inv(linear))
    return inverse @ size - 0.5 * np.array([inverse[0, 1] * size[1], inverse[1, 0] * size[0]])


def warp(
    image: np.ndarray,
    side: int,
    centre: np.ndarray,
    at: np.ndarray,
    linear: np.ndarray,
    rng: Generator,
    *,
    mirrored: bool,
) -> np.ndarray:
    """Returns the (side, side, 3) view with the crop's position ``centre`` at ``at`` pixels from the middle.

    A stored crop ends at equal distances from its target, which would give the target away: most views are
    mirrored at that edge if ``mirrored``.
    """
    offset = centre - linear @ ((side - 1) / 2 + at)
    border = cv2.BORDER_REFLECT_101 if mirrored and rng.random() < MIRROR_SHARE else cv2.BORDER_CONSTANT
    return cv2.warpAffine(
        image,
        np.column_stack([linear, offset]),
        (side, side),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=border,
        borderValue=cv2.mean(image)[:3],
    )


def cut_off(image: np.ndarray, at: np.ndarray, size: np.ndarray, rng: Generator) -> np.ndarray:
    """Returns the view with an image's edge in it: filled with the mean colour from a line on, somewhere
    beside the target's middle.
    """
    side = image.shape[0]
    axis, sign = int(rng.integers(2)), rng.choice([-1, 1])
    line = (side - 1) / 2 + at[axis] + sign * rng.uniform(0.3, 1.6) * size[axis]
    place = int(np.clip(line, 0, side))
    result = image.copy()
    part = slice(place, None) if sign > 0 else slice(None, place)
    result[(slice(None), part) if axis == 0 else part] = cv2.mean(image)[:3]
    return result


def shrunk(image: np.ndarray, side: int) -> np.ndarray:
    """Returns the image (s, s, 3) as (side, side, 3), which is not larger."""
    if image.shape[0] == side:
        return image
    return cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)


def middle(image: np.ndarray, side: int) -> np.ndarray:
    """Returns the centre (side, side, 3) of an image (s, s, 3), half a pixel up and left where the margins
    differ.
    """
    edge = (image.shape[0] - side) // 2
    return image[edge : edge + side, edge : edge + side]
