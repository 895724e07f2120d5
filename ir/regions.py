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
        """Slices of the rows and columns, as an index into an array."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def under_kernel(self, kernel: int, stride: int) -> Region:
        """The region of the input that an unpadded kernel reads to make this region of its output."""
        return Region(
            self.top * stride,
            self.left * stride,
            (self.height - 1) * stride + kernel,
            (self.width - 1) * stride + kernel,
        )
