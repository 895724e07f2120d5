"""Units of the tracker's windows: the fixed-point numbers in which every engine crops.

docs/numerics.md and tracking/crop.py say what is computed with them.
"""

CENTRE_BITS = 8
"""Centres and sizes of boxes are in 1/2**8 image pixel."""
STEP_BITS = 16
"""The step from crop pixel to crop pixel, and the positions of crop pixels, are in 1/2**16 image pixel."""
BLEND_BITS = 8
"""Positions are rounded to 1/2**8 image pixel, half up, for the bilinear blend."""
GROWTH = 16
"""A target's box is at most so many times as wide and as high as the frame."""
