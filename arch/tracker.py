"""The tracker in the fabric as numbers: sizes, settings, tables, and the bounds of every intermediate value.

docs/numerics.md defines what the numbers mean. This module and the tracker in Python
(siammixer.tracking) are two readings of that page, neither made from the other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from siammixer.ir import box_map
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network

SHARE_BITS = 8
"""Settings are in 1/256."""
PROBABILITY_BITS = 15
"""A probability of 1 is 2**15."""
LOG_BITS = 16
"""Logarithms are to the base 2, in 1/65536."""
CENTRE_BITS = 8
"""Places and sizes in the image are in 1/256 pixel."""
STEP_BITS = 16
"""A window's step is in 1/65536 image pixel per crop pixel."""
CELL_BITS = 8
"""Places between cells are in 1/256 cell."""
TABLE_BITS = 8
"""Tables of powers and logarithms have 2**8 + 1 entries."""
TABLE_WORD_BITS = 18
"""Bits of an entry of any table, signed: the width of a block RAM."""

VIEWS = (
    (-23593, 2560, 0),
    (-11142, -1888, 1729),
    (0, 224, -2550),
    (11141, 1557, 2032),
    (23592, -2521, -446),
    (-17040, 2160, -1374),
    (5898, -665, 2472),
    (17039, -1179, -2272),
)
"""The first frame's windows: logarithm of the step over the first one's, offset right and down in 1/256 crop
pixel."""
SIDES = ((1, 0), (0, -1), (0, 1), (-1, 0))
"""Directions (right, down) of the looks beside, in turn."""


@dataclass(frozen=True, kw_only=True)
class TrackerDesign:
    """A tracker in the fabric: the network's sizes, the settings in 1/256, and the largest frame.

    Parameters
    ----------
    response_side, stride, exemplar_side, template_side, search_side
        The network's: rows of the response, crop pixels per cell, pixels that the context is scaled to, and
        along an edge of the two crops.
    window, size_gain, size_rate, aspect_rate, size_range, lost_below, found_above
        Settings of the tracker in 1/256 (siammixer.tracking.settings).
    patience
        Frames in a row that may be missed.
    frame_width, frame_height
        The largest image in pixels. The first box is no larger, and some of it lies in the image.

    Raises
    ------
    InputError
        A number is out of its range.
    """

    response_side: int
    stride: int
    exemplar_side: int
    template_side: int
    search_side: int
    window: int
    size_gain: int
    size_rate: int
    aspect_rate: int
    size_range: int
    lost_below: int
    patience: int
    found_above: int
    frame_width: int = 1280
    frame_height: int = 720

    def __post_init__(self) -> None:
        one = 1 << SHARE_BITS
        ranges = dict.fromkeys(
            ("window", "size_rate", "aspect_rate", "lost_below", "found_above"), (0, one)
        ) | {
            "response_side": (3, 31),
            "stride": (1, 32),
            "exemplar_side": (8, 1023),
            "template_side": (8, 1023),
            "search_side": (8, 1023),
            "size_gain": (0, 4 * one),
            "size_range": (one, 16 * one),
            "patience": (0, 1000),
            "frame_width": (16, 4096),
            "frame_height": (16, 4096),
        }
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise InputError(f"{name} of a tracker must lie in {low}..{high}, not {getattr(self, name)}")

    @classmethod
    def of(cls, network: Network, settings: Mapping[str, int], **frame: int) -> TrackerDesign:
        """The tracker of a network with a box head.

        Parameters
        ----------
        settings
            All in 1/256, and ``patience``: :meth:`siammixer.tracking.settings.Settings.shares`.
        frame
            ``frame_width``, ``frame_height``.

        Raises
        ------
        InputError
            The network has no box head, a number is out of its range, or a setting is missing or unknown.
        """
        if network.response_shape[2] != box_map.BOX_CHANNELS:
            raise InputError(f"network {network.name} has no box head, which a tracker needs")
        sizes = ("response_side", "stride", "exemplar_side", "template_side", "search_side")
        names = {field.name for field in fields(cls)} - {*sizes, "frame_width", "frame_height"}
        if set(settings) != names:
            wanted, given = (", ".join(sorted(some)) for some in (names, settings))
            raise InputError(f"settings of a tracker must be {wanted}, not {given}")
        return cls(**{name: getattr(network, name) for name in sizes}, **settings, **frame)

    @property
    def cells(self) -> int:
        """Cells of a channel of the response."""
        return self.response_side**2

    @property
    def log_limit(self) -> int:
        """The largest logarithm of a size over the first frame's."""
        return logarithm(self.size_range) - (SHARE_BITS << LOG_BITS)

    @property
    def octaves(self) -> int:
        """Octaves down that a size or a view's step may go; up it is at most one less, but for the exact
        number.
        """
        return max(1, -(-self.log_limit >> LOG_BITS))

    @property
    def due(self) -> int:
        """The sum over :data:`VIEWS` of the logarithms that a network without error sees."""
        gain = max(1, self.size_gain)
        return sum((2 * (-grown << SHARE_BITS) + gain) // (2 * gain) for grown, _, _ in VIEWS)

    @property
    def tables(self) -> dict[str, tuple[int, ...]]:
        """Every table by its name, in the order in which they lie in the memory.

        The raised cosine is that of the first half of the cells and the middle one: a cell and the one
        opposite the middle have the same. Powers are less 65536, so that they fit a word.
        """
        exponents = np.arange(2**TABLE_BITS + 1) / 2**TABLE_BITS
        scores = np.arange(-128, 128) / box_map.SCORES_PER_LOGIT
        angles = np.pi * (np.arange(self.response_side) + 2) / (self.response_side + 3)
        axis = np.rint(256 * np.sin(angles) ** 2).astype(int)
        cosines = (np.outer(axis, axis) >> 1).reshape(-1)[: self.cells // 2 + 1]
        return {
            "probabilities": _whole(2**PROBABILITY_BITS / (1 + np.exp(-scores))),
            "powers": _whole((2.0**exponents - 1) * 2**LOG_BITS),
            "logarithms": _whole(np.log2(1 + exponents) * 2**LOG_BITS),
            "cosines": _whole(cosines),
            "octaves": tuple(1 << power for power in range(2 * self.octaves + 1)),
            "views": tuple(number for view in VIEWS for number in view),
            "sides": tuple(number for side in SIDES for number in side),
        }

    @property
    def bounds(self) -> dict[str, int]:
        """The largest magnitude of every intermediate value, by its name.

        A size of the target is at most the frame's, ``size_range`` times; all else follows by the formulas
        of docs/numerics.md. Interpolated tables err by less than 1/1000, for which a 64th is added.
        """
        first = max(self.frame_width, self.frame_height) << CENTRE_BITS
        width, height = (
            (side << CENTRE_BITS) * self.size_range * 65 >> SHARE_BITS + 6
            for side in (self.frame_width, self.frame_height)
        )
        root = math.isqrt((3 * width + height) * (width + 3 * height))
        step = (root << (STEP_BITS - CENTRE_BITS)) // 2 // self.exemplar_side + 1
        step = step * 3 // 2  # a view's is larger by up to half an octave
        power = 1 << (LOG_BITS + 2 * self.octaves)
        weight = 9 << PROBABILITY_BITS
        offset = 128 + box_map.STEPS_PER_CELL
        place = (self.response_side << CELL_BITS) + offset * ((1 << CELL_BITS) // box_map.STEPS_PER_CELL)
        seen = 128 * ((1 << LOG_BITS) // box_map.STEPS_PER_OCTAVE)
        octave = 1 << LOG_BITS
        error = seen + (abs(self.due) >> 3) + 1
        change = ((seen + error) * self.size_gain >> SHARE_BITS) + 32 * octave + self.log_limit
        reach = self.stride * (self.response_side - 1) * step >> (STEP_BITS - CENTRE_BITS)
        # The first box's middle lies up to half its size outside the image.
        coordinate = first * 3 // 2 + reach
        side = max(self.template_side, self.search_side)
        return {
            "judged": 1 << (PROBABILITY_BITS + SHARE_BITS),
            "size": max(width, height),
            "root": root,
            "square": ((1 << root.bit_length()) - 1) ** 2,
            "context": root << (STEP_BITS - CENTRE_BITS),
            "step": step,
            "votes": 2 * weight * seen + weight,
            "scaled": max(first, step) * power,
            "multiplier": max(power, 3 * width + height, step, 2 * weight, reach, side),
            "movement": place * self.stride * step,
            "change": change,
            "taken": 2 * change * (1 << PROBABILITY_BITS + SHARE_BITS),
            "coordinate": coordinate,
            "corner": 2 * coordinate + max(width, height),
            "position": ((coordinate + 1) << (STEP_BITS - CENTRE_BITS)) + side * step,
        }

    @property
    def word_bits(self) -> int:
        """Bits of the tracker's words, signed; the sum of two bounded values still fits."""
        return max(self.bounds.values()).bit_length() + 2

    @property
    def multiplier_bits(self) -> int:
        """Bits of a long multiplier, unsigned."""
        return self.bounds["multiplier"].bit_length()


def logarithm(value: int) -> int:
    """The logarithm to the base 2 of a positive integer in 1/65536, as docs/numerics.md defines it."""
    whole = value.bit_length() - 1
    fraction = (value << LOG_BITS >> whole) - (1 << LOG_BITS)
    index, part = fraction >> TABLE_BITS, fraction & ((1 << TABLE_BITS) - 1)
    low, high = _whole(np.log2(1 + np.array([index, index + 1]) / 2**TABLE_BITS) * 2**LOG_BITS)
    return (whole << LOG_BITS) + low + ((high - low) * part >> TABLE_BITS)


def _whole(values: np.ndarray) -> tuple[int, ...]:
    return tuple(map(int, np.rint(values)))
