"""Meaning and units of the cells of a box response: the contract between network and tracker.

A network with a box head answers with INT8 numbers in units that never change, so that every engine,
the trainer and the tracker's tables mean the same by them.
"""

from __future__ import annotations

SCORE, X, Y, WIDTH, HEIGHT = range(5)
"""Channels of the response. The score says how surely the target's centre lies near the cell. X and Y say
how far right of and below the cell's middle it lies. WIDTH and HEIGHT say how much larger the target is
than in the template, both seen in crop pixels."""

SCORES_PER_LOGIT = 8
"""The score is the logarithm of the odds, natural, in 1/8."""
STEPS_PER_CELL = 32
"""X and Y are in 1/32 of the distance between two cells."""
STEPS_PER_OCTAVE = 64
"""WIDTH and HEIGHT are logarithms to the base 2, in 1/64."""

BOX_CHANNELS = 5
"""Channels of a box response."""
UNITS = (SCORES_PER_LOGIT, STEPS_PER_CELL, STEPS_PER_CELL, STEPS_PER_OCTAVE, STEPS_PER_OCTAVE)
"""The integer that stands for one logit, cell or octave, by channel."""
