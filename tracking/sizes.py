"""Frames of another size than the first are told once."""

from __future__ import annotations

from dataclasses import dataclass

ALIKE = 0.02
"""Two shapes whose ratios of width to height differ by less are one picture at two sizes."""
OWN_PIXELS = "every frame's box counts in its own pixels"


@dataclass
class Sizes:
    """Remembers the size of the first frame.

    Attributes
    ----------
    first
        Its width and height; None before it.
    """

    first: tuple[int, int] | None = None
    _told: bool = False

    def note(self, width: int, height: int, then: str = OWN_PIXELS) -> str:
        """Returns what a user should know of a frame: once, of the first that differs, with what comes of it,
        ``then``; else nothing.
        """
        self.first = self.first or (width, height)
        if self._told or self.first == (width, height):
            return ""
        self._told = True
        return f"of {width} x {height} pixels, and the first of {self.first[0]} x {self.first[1]}; {then}"

    def scaled(self, width: int, height: int) -> bool:
        """Whether a frame of that size has the first one's shape but not its size."""
        if self.first in (None, (width, height)):
            return False
        assert self.first is not None
        return abs(width * self.first[1] / (height * self.first[0]) - 1) < ALIKE
