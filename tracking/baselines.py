"""Trackers to be compared with: OpenCV's CSRT, KCF and MIL, and two plain ones of our own.

All follow one contract, that of :class:`siammixer.tracking.tracker.Tracker`: ``init`` takes the first image
and its box, ``update`` each later image; images are (height, width, 3) RGB uint8, boxes lie in image pixels.
A baseline that has lost the target says so and keeps the last box. All but MIL, which draws samples by the
clock, give the same boxes in every run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import cv2
import numpy as np

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box

SMALLEST = 8
"""Pixels along an edge of the smallest box that all of OpenCV's trackers accept."""


class Found(NamedTuple):
    """The box of one frame and how sure a baseline is of it.

    A baseline that knows no confidence says 1, and 0 when it has lost the target.
    """

    box: Box
    confidence: float
    lost: bool


class Static:
    """The box never moves: what any tracker must beat."""

    def init(self, image: np.ndarray, box: Box) -> None:
        """Keeps the box."""
        self.box = box

    def update(self, image: np.ndarray) -> Found:
        """Returns the box that was given."""
        return Found(self.box, 1.0, False)


class OpenCV:
    """The wrapper of a tracker of OpenCV, with its default settings.

    Parameters
    ----------
    create
        Makes it, such as ``cv2.TrackerKCF.create``. OpenCV takes whole pixels inside the image, and MIL
        never comes back from a box of 4 pixels, so the box is rounded, cut and at least 8 pixels wide and
        high for it.
    """

    def __init__(self, create: Callable[[], cv2.Tracker]):
        self.create = create

    def init(self, image: np.ndarray, box: Box) -> None:
        """Starts OpenCV's tracker on the first image."""
        self.tracker, self.box = self.create(), box
        self.tracker.init(image[..., ::-1].copy(), _inside(box, image, SMALLEST))

    def update(self, image: np.ndarray) -> Found:
        """Returns the box that OpenCV's tracker finds, or the last one with confidence 0."""
        try:
            seen, box = self.tracker.update(image[..., ::-1].copy())
        except cv2.error:  # as near an edge, or when frames change their size
            seen = False
        if seen:
            self.box = Box(*map(float, box))
        return Found(self.box, float(seen), not seen)


class Correlation:
    """Normalised cross-correlation of the first box's pixels in one box's reach around the box last found;
    the size stays.
    """

    def init(self, image: np.ndarray, box: Box) -> None:
        """Keeps the first box's pixels."""
        self.box = box
        self.left, self.top, width, height = _inside(box, image)
        self.shift = box.x - self.left, box.y - self.top
        self.template = image[self.top : self.top + height, self.left : self.left + width].copy()

    def update(self, image: np.ndarray) -> Found:
        """Returns the place with the highest correlation; its value is the confidence."""
        (height, width), (rows, columns) = self.template.shape[:2], image.shape[:2]
        if rows < height or columns < width:  # frames have become smaller than the target
            return Found(self.box, 0.0, True)
        top, left = min(self.top, rows - height), min(self.left, columns - width)
        up, before = max(top - height, 0), max(left - width, 0)
        area = np.ascontiguousarray(image[up : top + 2 * height, before : left + 2 * width])
        match = np.nan_to_num(cv2.matchTemplate(area, self.template, cv2.TM_CCOEFF_NORMED))
        row, column = map(int, np.unravel_index(match.argmax(), match.shape))
        self.left, self.top = before + column, up + row
        self.box = self.box._replace(x=self.left + self.shift[0], y=self.top + self.shift[1])
        return Found(self.box, float(match[row, column].clip(0, 1)), False)


TRACKERS: dict[str, Callable[[], Static | OpenCV | Correlation]] = {
    "static": Static,
    "ncc": Correlation,
    "kcf": lambda: OpenCV(cv2.TrackerKCF.create),
    "mil": lambda: OpenCV(cv2.TrackerMIL.create),
    "csrt": lambda: OpenCV(cv2.TrackerCSRT.create),
}


def check_baseline(name: str) -> None:
    """Refuses a name of no baseline.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if name not in TRACKERS:
        raise InputError(f"unknown baseline {name!r}; known: {', '.join(TRACKERS)}")


@contextmanager
def open_baseline(name: str) -> Iterator[Static | OpenCV | Correlation]:
    """Yields the baseline of that name, as :func:`siammixer.tracking.evaluate.evaluate` opens trackers.

    Raises
    ------
    InputError
        If there is none.
    """
    check_baseline(name)
    yield TRACKERS[name]()


def _inside(box: Box, image: np.ndarray, smallest: int = 1) -> tuple[int, int, int, int]:
    """Returns a box in whole pixels inside the image, at least ``smallest`` wide and high if the image is."""
    (left, width), (top, height) = (
        _cut(*side, smallest)
        for side in ((box.x, box.width, image.shape[1]), (box.y, box.height, image.shape[0]))
    )
    return left, top, width, height


def _cut(start: float, length: float, size: int, smallest: int) -> tuple[int, int]:
    first, last = max(round(start), 0), min(round(start) + round(length), size)
    length = min(max(last - first, smallest), size)
    return min(first, size - length), length
