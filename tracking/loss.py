"""How the tracker decides that the target is lost, where it looks then, and when it goes back.

All of it is in comparisons and one counter (docs/numerics.md), with one search pass a frame.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from siammixer.tracking.settings import Settings


class Look(Enum):
    """The place where a frame is searched."""

    NEAR = "near"
    """Around the last place, with the raised cosine."""
    BESIDE = "beside"
    """A window's reach beside the last place, without the cosine."""
    AGAIN = "again"
    """Around the place that the last look beside found, without the cosine: does the next frame agree?"""


SIDES = ((1, 0), (0, -1), (0, 1), (-1, 0))
"""Directions (right, down) of the looks beside, in turn."""


class Hold(NamedTuple):
    """How firmly the target is held.

    ``missed`` counts the frames in a row whose probability was too low, and the looks beside. ``candidate``
    says that the last look beside found a place.
    """

    missed: int = 0
    candidate: bool = False

    def lost(self, patience: int) -> bool:
        """Whether the target counts as lost."""
        return self.missed > patience

    def look(self, patience: int) -> Look:
        """The place where the next frame is searched: every second frame of a lost target beside."""
        if self.candidate:
            return Look.AGAIN
        beside = self.lost(patience) and (self.missed - patience) % 2 == 0
        return Look.BESIDE if beside else Look.NEAR

    def side(self, patience: int) -> tuple[int, int]:
        """The direction (right, down) of a look beside."""
        return SIDES[((self.missed - patience) // 2 - 1) % len(SIDES)]

    def after(self, look: Look, probability: int, settings: Settings) -> tuple[Hold, bool]:
        """The next state, and whether the tracker takes the place over that it found.

        ``probability``, in 1/32768, is the found place's.
        """
        found = probability >= settings.chance("found_above")
        if look is Look.AGAIN:
            return Hold(0 if found else self.missed), found
        if look is Look.BESIDE:
            return Hold(self.missed + 1, found), False
        seen = probability >= settings.chance("lost_below")
        return Hold(0 if seen else self.missed + 1), True
