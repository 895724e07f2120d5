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

import cv2
import numpy as np

from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.window import BLEND_BITS, CENTRE_BITS, STEP_BITS
from siammixer.tracking.box import Box

_UNIT = 2**BLEND_BITS
# Positions of pixels are INT16 in OpenCV.
_SIDE_MAX = 2**15 - 4


@dataclass(frozen=True, kw_only=True)
class Window:
    """A window says where a square crop lies in its image.

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

    @property
    def first(self) -> tuple[int, int]:
        """Position (x, y) of the first crop pixel's sample, in 1/65536 image pixel, 0 being the middle of the
        image's first pixel.
        """
        reach = ((self.side - 1) * self.step) >> 1
        # A pixel's sample lies at its middle, half a pixel from the corner that coordinates count from.
        left, top = (
            (centre << (STEP_BITS - CENTRE_BITS)) - 2 ** (STEP_BITS - 1) - reach
            for centre in (self.x, self.y)
        )
        return left, top

    def to_crop(self, box: Box) -> Box:
        """Converts a box of the image to pixels of the crop."""
        left, top = (
            (value - centre / 2**CENTRE_BITS) * self.scale + self.side / 2
            for value, centre in ((box.x, self.x), (box.y, self.y))
        )
        return Box(left, top, box.width * self.scale, box.height * self.scale)

    def displacement(self, cells: float, network: Network) -> float:
        """Returns the image pixels from the window's centre to a place so many cells from the response's
        centre, along one axis.
        """
        return cells * (network.stride * self.step / 2**STEP_BITS)


def window_at(x: int, y: int, width: int, height: int, side: int, network: Network) -> Window:
    """Returns the window of ``side`` crop pixels around a target whose centre, width and height are in 1/256
    image pixel; the sizes are at least 1.
    """
    context = math.isqrt((3 * width + height) * (width + 3 * height)) // 2
    step = max(1, ((context << (STEP_BITS - CENTRE_BITS + 1)) // network.exemplar_side + 1) >> 1)
    return Window(x=x, y=y, step=step, side=side)


def in_units(box: Box) -> tuple[int, int, int, int]:
    """Returns a box's centre x, y, width and height in 1/256 pixel, half up; the sizes are at least 1."""
    x, y = map(_fixed, box.centre)
    width, height = (max(1, _fixed(value)) for value in (box.width, box.height))
    return x, y, width, height


def _fixed(value: float) -> int:
    return math.floor(value * 2**CENTRE_BITS + 0.5)


def template_window(box: Box, network: Network) -> Window:
    """Returns the window that the template branch sees: the target in its context."""
    return window_at(*in_units(box), network.template_side, network)


def search_window(box: Box, network: Network) -> Window:
    """Returns the window to search next, given the box last seen."""
    return window_at(*in_units(box), network.search_side, network)


def crop(image: np.ndarray, window: Window, fill: np.ndarray | None = None) -> np.ndarray:
    """Returns the (side, side, 3) uint8 pixels of a window of an RGB uint8 image.

    ``fill`` is the image's mean colour, uint8 (3,), where the caller has it: several crops of a frame need
    it once.
    """
    return resample(
        image,
        *window.first,
        window.step,
        (window.side, window.side),
        mean_colour(image) if fill is None else fill,
    )


def mean_colour(image: np.ndarray) -> np.ndarray:
    """Returns the mean colour of an image, uint8 (3,)."""
    pixels = image.shape[0] * image.shape[1]
    # OpenCV adds bytes in integers and gives a double: exact, and a hundred times as fast as NumPy along
    # this axis.
    return np.array(
        [(int(total) + pixels // 2) // pixels for total in cv2.sumElems(image)[: image.shape[2]]], np.uint8
    )


def resample(
    image: np.ndarray, left: int, top: int, step: int, size: tuple[int, int], fill: np.ndarray
) -> np.ndarray:
    """Samples a uint8 image (h, w, 1 to 4 channels) bilinearly on a regular grid.

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

    Raises
    ------
    InputError
        Where the image has more pixels along an edge than OpenCV can address.
    """
    height, width, channels = image.shape
    if max(height, width) > _SIDE_MAX:
        raise InputError(
            f"an image must have at most {_SIDE_MAX} pixels along an edge, not {max(height, width)}"
        )
    row, row_part = _positions(top, step, size[0])
    column, column_part = _positions(left, step, size[1])
    row, column = np.clip(row, -2, height), np.clip(column, -2, width)
    across = np.repeat(column_part, channels).astype(np.uint16)
    # 255 * 2**8 fits UINT16, which is half the work; the second blend needs 24 bits.
    upper, lower = (
        _pixels(image, line, column, fill) * (_UNIT - across)
        + _pixels(image, line, column + 1, fill) * across
        for line in (row, row + 1)
    )
    down = row_part.astype(np.uint32)[:, np.newaxis]
    blend = upper * (_UNIT - down) + lower * down
    return ((blend + 2 ** (2 * BLEND_BITS - 1)) >> (2 * BLEND_BITS)).astype(np.uint8).reshape(*size, channels)


def _pixels(image: np.ndarray, row: np.ndarray, column: np.ndarray, fill: np.ndarray) -> np.ndarray:
    """Returns the pixels at rows x columns, ``fill`` outside the image: uint8 (rows, columns * channels)."""
    places = np.empty((len(row), len(column), 2), np.int16)
    places[..., 0], places[..., 1] = column, row[:, np.newaxis]
    # With whole positions OpenCV's remap only copies.
    pixels = cv2.remap(
        image,
        places,
        np.empty(0, np.uint16),
        cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=tuple(map(int, fill)),
    )
    return pixels.reshape(len(row), -1)


def _positions(first: int, step: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the pixel left of each sample, and the sample's distance from it in 1/256."""
    position = first + step * np.arange(count, dtype=np.int64)
    position = (position + 2 ** (STEP_BITS - BLEND_BITS - 1)) >> (STEP_BITS - BLEND_BITS)
    return position >> BLEND_BITS, position & (_UNIT - 1)


def box_from_peak(peak: tuple[int, int], window: Window, box: Box, network: Network) -> Box:
    """Returns the box, of the size of ``box``, whose centre the response's peak (row, column) points at."""
    row, column = (window.displacement(value - (network.response_side - 1) / 2, network) for value in peak)
    return box.moved_to(window.x / 2**CENTRE_BITS + column, window.y / 2**CENTRE_BITS + row)
