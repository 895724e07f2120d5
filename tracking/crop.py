"""The SiamFC crop in integers, and the way back from a response peak to a box.

With p = (w + h) / 2 of the target's box, a square of side s = sqrt((w + p)(h + p)) around its
centre is scaled to ``network.exemplar_side`` crop pixels. Template and search crops share that
scale and differ in how many pixels they take. What lies outside the image has the image's mean
colour.

Everything is fixed-point, so that a camera pipeline can compute the same bits:

* centre and size of a box enter in 1/256 pixel, s by an integer square root;
* the step from crop pixel to crop pixel is in 1/65536 image pixel, and so are positions;
* a position is rounded to 1/256 pixel (half up) for the bilinear blend, whose four weights are
  products of two 9-bit fractions; the one rounding is at the end, half up;
* the mean colour is rounded to the nearest integer, half up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spec.network import Network
from tracking.box import Box

CENTRE_BITS = 8
STEP_BITS = 16
BLEND_BITS = 8


@dataclass(frozen=True, kw_only=True)
class Window:
    """Where a square crop lies in its image.

    Parameters
    ----------
    x, y
        Centre, in 1/256 image pixel; integer values are pixels' top left corners.
    step
        Image pixels per crop pixel, in 1/65536.
    side
        Crop pixels along an edge.
    """

    x: int
    y: int
    step: int
    side: int

    @property
    def scale(self) -> float:
        """Crop pixels per image pixel."""
        return 2**STEP_BITS / self.step

    def to_crop(self, box: Box) -> Box:
        """A box of the image in pixels of the crop."""
        left, top = ((value - centre / 2**CENTRE_BITS) * self.scale + self.side / 2 for value, centre in ((box.x, self.x), (box.y, self.y)))
        return Box(left, top, box.width * self.scale, box.height * self.scale)


def _window(box: Box, side: int, network: Network) -> Window:
    width, height = (max(1, _fixed(value)) for value in (box.width, box.height))
    context = math.isqrt((3 * width + height) * (width + 3 * height)) // 2
    step = max(1, ((context << (STEP_BITS - CENTRE_BITS + 1)) // network.exemplar_side + 1) >> 1)
    x, y = map(_fixed, box.centre)
    return Window(x=x, y=y, step=step, side=side)


def _fixed(value: float) -> int:
    return math.floor(value * 2**CENTRE_BITS + 0.5)


def template_window(box: Box, network: Network) -> Window:
    """What the template branch sees: the target in its context."""
    return _window(box, network.template_side, network)


def search_window(box: Box, network: Network) -> Window:
    """Where to search next, given the box last seen."""
    return _window(box, network.search_side, network)


def crop(image: np.ndarray, window: Window) -> np.ndarray:
    """The (side, side, 3) uint8 pixels of a window of an RGB uint8 image."""
    reach = ((window.side - 1) * window.step) >> 1
    # A pixel's sample lies at its middle, half a pixel from the corner that coordinates count from.
    left, top = ((centre << (STEP_BITS - CENTRE_BITS)) - 2 ** (STEP_BITS - 1) - reach for centre in (window.x, window.y))
    return resample(image, left, top, window.step, (window.side, window.side), mean_colour(image))


def mean_colour(image: np.ndarray) -> np.ndarray:
    """uint8 (3,)"""
    pixels = image.shape[0] * image.shape[1]
    return ((image.reshape(pixels, -1).sum(axis=0, dtype=np.int64) + pixels // 2) // pixels).astype(np.uint8)


def resample(image: np.ndarray, left: int, top: int, step: int, size: tuple[int, int], fill: np.ndarray) -> np.ndarray:
    """Bilinear samples of a uint8 image on a regular grid.

    Parameters
    ----------
    left, top
        Position of the first sample in 1/65536 pixel, 0 being the middle of the top left pixel.
    step
        From sample to sample, in 1/65536 pixel.
    size
        Rows and columns of the result.
    fill
        Colour of what lies outside the image.
    """
    row, row_part = _positions(top, step, size[0])
    column, column_part = _positions(left, step, size[1])
    padded, row, column = _cut(image, row, column, fill)
    unit = 2**BLEND_BITS
    column_part = column_part[:, None]
    upper, lower = padded[row], padded[row + 1]
    upper, lower = (line[:, column] * (unit - column_part) + line[:, column + 1] * column_part for line in (upper, lower))
    row_part = row_part[:, None, None]
    blend = upper * (unit - row_part) + lower * row_part
    return ((blend + 2 ** (2 * BLEND_BITS - 1)) >> (2 * BLEND_BITS)).astype(np.uint8)


def _positions(first: int, step: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Pixel left of each sample, and the sample's distance from it in 1/256."""
    position = first + step * np.arange(count, dtype=np.int64)
    position = (position + 2 ** (STEP_BITS - BLEND_BITS - 1)) >> (STEP_BITS - BLEND_BITS)
    return position >> BLEND_BITS, (position & (2**BLEND_BITS - 1)).astype(np.int32)


def _cut(image: np.ndarray, row: np.ndarray, column: np.ndarray, fill: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The part of the image that the samples touch, framed by ``fill``, and the samples' indices in it."""
    height, width, channels = image.shape
    row, column = np.clip(row, -2, height), np.clip(column, -2, width)
    top, left = row[0], column[0]
    part = np.empty((row[-1] + 2 - top, column[-1] + 2 - left, channels), np.int32)
    part[:] = fill
    inside = image[max(top, 0) : max(row[-1] + 2, 0), max(left, 0) : max(column[-1] + 2, 0)]
    part[max(-top, 0) :, max(-left, 0) :][: inside.shape[0], : inside.shape[1]] = inside
    return part, row - top, column - left


def box_from_peak(peak: tuple[int, int], window: Window, box: Box, network: Network) -> Box:
    """The box, of the size of ``box``, whose centre the response's peak (row, column) points at."""
    middle = network.response_side - 1
    row, column = ((2 * value - middle) * network.stride * window.step for value in peak)
    fixed = 2 ** (STEP_BITS + 1)
    return box.moved_to(window.x / 2**CENTRE_BITS + column / fixed, window.y / 2**CENTRE_BITS + row / fixed)
