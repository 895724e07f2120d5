"""Augmentation changes a crop as cameras, other scenes and neighbours do; nothing here moves the target.

Images are uint8 RGB (h, w, 3) and are not changed in place. Positions are (x, y) and sizes (width, height),
in pixels from the middle of the top left pixel. ``pixel`` is the length of one pixel of a 127-pixel
exemplar.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

GREY_SHARE = 0.15
COARSE_SHARE = 0.3
COARSEST = 3.2
"""So many times smaller, at most, was the image before it was enlarged again."""
BLUR_SHARE = 0.15
MOTION_SHARE = 0.15
HIDDEN_SHARE = 0.25


@dataclass(frozen=True)
class Look:
    """The crops of one sample share this: all are grey or none is, and all were enlarged as many times."""

    grey: bool
    coarseness: float

    @classmethod
    def draw(cls, rng: Generator) -> Look:
        """Draws a look for the crops of one sample."""
        return cls(
            bool(rng.random() < GREY_SHARE),
            float(np.exp(rng.uniform(0, np.log(COARSEST)))) if rng.random() < COARSE_SHARE else 1.0,
        )

    def varied(self, rng: Generator) -> Look:
        """Returns the same look, enlarged a little more or less."""
        return (
            Look(self.grey, self.coarseness * float(np.exp(rng.normal(0, 0.15))))
            if self.coarseness > 1
            else self
        )


def develop(image: np.ndarray, rng: Generator, look: Look, pixel: float, *, spoilt: bool) -> np.ndarray:
    """Returns the image as another camera might have it; ``spoilt`` asks for stronger colours, and perhaps
    for blur, motion or a hidden part.
    """
    if look.coarseness > 1:
        image = coarsen(image, look.coarseness)
    image = recolour(image, rng, look.grey, 1.0 if spoilt else 0.5)
    if spoilt:
        if rng.random() < BLUR_SHARE:
            image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.5) * pixel)
        if rng.random() < MOTION_SHARE:
            image = smear(image, rng.integers(4, 17) * pixel, rng.uniform(0, np.pi))
        if rng.random() < HIDDEN_SHARE:
            image = hide(image, rng)
    return image


def coarsen(image: np.ndarray, factor: float) -> np.ndarray:
    """Reduces the image ``factor`` times and enlarges it again, so that its finest detail is lost."""
    height, width = image.shape[:2]
    small = cv2.resize(
        image, (max(8, int(width / factor)), max(8, int(height / factor))), interpolation=cv2.INTER_AREA
    )
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def recolour(image: np.ndarray, rng: Generator, grey: bool, strength: float) -> np.ndarray:
    """Changes brightness, contrast and, unless grey, the colour cast at random."""
    if grey:
        image = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2)
    contrast = np.exp(rng.normal(0, 0.2 * strength)) * np.exp(
        rng.normal(0, 0.0 if grey else 0.08 * strength, 3)
    )
    curve = (np.arange(256)[:, None] - 128) * contrast + 128 + rng.normal(0, 20 * strength)
    return cv2.LUT(image, np.clip(np.rint(curve), 0, 255).astype(np.uint8)[None])


def smear(image: np.ndarray, length: float, angle: float) -> np.ndarray:
    """Blurs the image by a straight motion of ``length`` pixels, the same to both sides of every pixel."""
    side = 2 * int(length / 2) + 1
    middle, reach = side // 2, side // 2 * np.array([np.cos(angle), np.sin(angle)])
    ends = [tuple(round(value) for value in middle + sign * reach) for sign in (-1, 1)]
    kernel = np.zeros((side, side), np.float32)
    cv2.line(kernel, *ends, 1.0)
    kernel += kernel[::-1, ::-1].copy()
    return cv2.filter2D(image, -1, kernel / kernel.sum())


def hide(image: np.ndarray, rng: Generator) -> np.ndarray:
    """Hides a random rectangle, up to 22 % of each side, behind the mean colour or a part of the image."""
    side = min(image.shape[:2])
    height, width = (rng.uniform(0.05, 0.22, 2) * side).astype(int)
    top, left = rng.integers(0, side - height), rng.integers(0, side - width)
    result = image.copy()
    if rng.random() < 0.5:
        result[top : top + height, left : left + width] = cv2.mean(image)[:3]
    else:
        other_top, other_left = rng.integers(0, side - height), rng.integers(0, side - width)
        result[top : top + height, left : left + width] = image[
            other_top : other_top + height, other_left : other_left + width
        ]
    return result


@dataclass(frozen=True)
class Thing:
    """Something in an image: where its middle lies and how large it is."""

    image: np.ndarray
    centre: np.ndarray
    size: np.ndarray

    @property
    def extent(self) -> float:
        """Square root of its area, pixels."""
        return float(np.sqrt(self.size.prod()))


def change_background(target: Thing, other: Thing, rng: Generator) -> np.ndarray:
    """Cuts the target out softly, where it was, and lays it on another image, whose own target has moved out
    of the way.
    """
    return paste(other_scene(target.image, other, rng), target, target.centre, 1.0, rng)


def other_scene(like: np.ndarray, other: Thing, rng: Generator) -> np.ndarray:
    """Returns another thing's image, as large as ``like``, moved so that the thing is not in the middle."""
    height, width = like.shape[:2]
    background = cv2.resize(other.image, (width, height)) if other.image.shape != like.shape else other.image
    away = rng.uniform(0.35, 0.5) * min(height, width) * rng.choice([-1, 1], 2) * rng.uniform(0.3, 1, 2)
    moved = np.array([[1, 0, away[0]], [0, 1, away[1]]], np.float32)
    return cv2.warpAffine(background, moved, (width, height), borderMode=cv2.BORDER_REFLECT)


def add_distractor(target: Thing, other: Thing, rng: Generator) -> np.ndarray:
    """Pastes another thing, of about the target's size, softly beside the target."""
    scale = float(np.clip(np.exp(rng.normal(0, 0.2)) * target.extent / other.extent, 0.3, 3))
    angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(0.9, 2.2) * target.extent
    return paste(
        target.image, other, target.centre + distance * np.array([np.cos(angle), np.sin(angle)]), scale, rng
    )


def paste(canvas: np.ndarray, thing: Thing, at: np.ndarray, scale: float, rng: Generator) -> np.ndarray:
    """Scales the thing, cuts it out softly and pastes it on the canvas around the position ``at``; what falls
    outside is lost.
    """
    limit = min(thing.image.shape[:2]) - 2
    width, height = (int(max(8, min(length * rng.uniform(1.0, 1.2), limit))) for length in thing.size)
    left, top = max(0, round(thing.centre[0] - width / 2)), max(0, round(thing.centre[1] - height / 2))
    part = thing.image[top : top + height, left : left + width]
    if min(part.shape[:2]) < 6:
        return canvas
    part = cv2.resize(
        part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    mask = soft_mask(part.shape[0], part.shape[1], rng)
    x, y = round(at[0] - part.shape[1] / 2), round(at[1] - part.shape[0] / 2)
    first_y, first_x = max(0, y), max(0, x)
    end_y, end_x = min(canvas.shape[0], y + part.shape[0]), min(canvas.shape[1], x + part.shape[1])
    if end_y - first_y < 4 or end_x - first_x < 4:
        return canvas
    inside = np.s_[first_y - y : end_y - y, first_x - x : end_x - x]
    place = np.s_[first_y:end_y, first_x:end_x]
    result = canvas.copy()
    result[place] = np.rint(canvas[place] * (1 - mask[inside]) + part[inside] * mask[inside]).astype(np.uint8)
    return result


def soft_mask(
    height: int, width: int, rng: Generator, *, power: float | None = None, steepness: float | None = None
) -> np.ndarray:
    """Returns float32 (height, width, 1): an ellipse or a rounded rectangle of 1 that falls to 0 at the
    edges; its roundness and how steeply it falls are drawn where they are not given.
    """
    y, x = np.abs(np.linspace(-1, 1, height))[:, None], np.abs(np.linspace(-1, 1, width))
    power = power or (2.0 if rng.integers(2) == 0 else 6.0)
    distance = (x**power + y**power) ** (1 / power)
    return np.clip((1 - distance) * (steepness or rng.uniform(4, 12)), 0, 1)[..., None].astype(np.float32)
