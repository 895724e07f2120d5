"""Rectangles of a map."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Region:
    """A rectangle of a map: top row, left column, height and width in map cells."""

    top: int
    left: int
    height: int
    width: int

    @property
    def window(self) -> tuple[slice, slice]:
        """The rows and the columns, to index an array with."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def under_kernel(self, kernel: int, stride: int) -> Region:
        """The part of the input that an unpadded kernel reads to make this part of its output."""
        return Region(
            self.top * stride,
            self.left * stride,
            (self.height - 1) * stride + kernel,
            (self.width - 1) * stride + kernel,
        )
