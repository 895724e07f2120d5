"""Boxes in image pixels."""

from __future__ import annotations

from typing import NamedTuple

from siammixer.ir.errors import InputError

LIMIT = 100_000
"""Largest coordinate and size, in pixels: the crop's arithmetic is in 64-bit integers."""


class Box(NamedTuple):
    """A target's rectangle: left and top edge, width and height, in pixels (fractions allowed).

    The top left pixel covers 0..1 in both directions, so a box over exactly that pixel is
    (0, 0, 1, 1) and its centre (0.5, 0.5). Numbers of an OTB file are taken as they stand.
    """

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y)"""
        return self.x + self.width / 2, self.y + self.height / 2

    def moved_to(self, x: float, y: float) -> Box:
        """Returns the box of the same size around another centre."""
        return Box(x - self.width / 2, y - self.height / 2, self.width, self.height)

    def check(self, image_width: int, image_height: int) -> Box:
        """Returns the box itself, if it can be tracked in an image of that size.

        Raises
        ------
        InputError
            Naming the field: not finite or beyond LIMIT, no width or height, or no pixel inside the image.
        """
        for field, value in zip(self._fields, self, strict=True):
            if not abs(value) <= LIMIT:  # not a number either
                raise InputError(
                    f"{field} of the box must be a finite number within +-{LIMIT:,} pixels, not {value:g}"
                )
        for field, value in (("width", self.width), ("height", self.height)):
            if value <= 0:
                raise InputError(f"{field} of the box must be more than 0, not {value:g}")
        if (
            self.x >= image_width
            or self.y >= image_height
            or self.x + self.width <= 0
            or self.y + self.height <= 0
        ):
            values = ", ".join(f"{value:g}" for value in self)
            raise InputError(
                f"box x,y,w,h = {values} lies outside the image of {image_width} x {image_height} pixels; "
                "some of it must lie inside"
            )
        return self


def overlap(a: Box, b: Box) -> float:
    """Returns the intersection over union, 0 to 1."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (a.width * a.height + b.width * b.height - shared)
