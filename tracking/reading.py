"""The tracker reads a box response here: the cell, the vote for centre and size, the new target.

Every function is on integers and keeps nothing (docs/numerics.md).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from siammixer.ir import box_map
from siammixer.tracking import fixed
from siammixer.tracking.crop import CENTRE_BITS, STEP_BITS
from siammixer.tracking.settings import SHARE_BITS, Settings

CELL_BITS = 8
"""Places between cells are in 1/256 cell."""
_OCTAVE = 1 << fixed.LOG_BITS
_CELL_UNIT = (1 << CELL_BITS) // box_map.STEPS_PER_CELL
_OCTAVE_UNIT = _OCTAVE // box_map.STEPS_PER_OCTAVE
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
"""Windows of the first frame whose sizes are compared with the true one: the logarithm of the window's size
over the first one's in 1/65536 octave, and its centre's offset right and down in 1/256 crop pixel. Sizes and
directions are spread evenly, ten crop pixels beside the target."""


class Target(NamedTuple):
    """A target in integers: its centre in 1/256 image pixel, and the logarithms of its width and height over
    the first frame's in 1/65536 octave.
    """

    x: int
    y: int
    width: int = 0
    height: int = 0


class Vote(NamedTuple):
    """A cell and its neighbours say together: the centre's offset right of and below the cell's middle in
    1/256 cell, and the logarithms of width and height over the template's in 1/65536 octave.
    """

    x: int
    y: int
    width: int
    height: int


def best_cell(chances: np.ndarray, cosine: np.ndarray | None = None, share: int = 0) -> tuple[int, int]:
    """Row and column of the highest probability; of equal ones the first in row-major order.

    Parameters
    ----------
    chances
        INT32 (r, r), in 1/32768.
    cosine
        The raised cosine of :func:`siammixer.tracking.fixed.cosine`, which damps far cells.
    share
        Its weight, in 1/256.
    """
    judged = chances if cosine is None else chances * ((1 << SHARE_BITS) - share) + cosine * share
    row, column = divmod(int(judged.argmax()), judged.shape[1])
    return row, column


def vote(response: np.ndarray, chances: np.ndarray, row: int, column: int) -> Vote:
    """The means over a cell and its up to eight neighbours in the map, weighed by probability.

    Parameters
    ----------
    response
        INT32 (r, r, 5), as :mod:`siammixer.ir.box_map` defines it.
    chances
        INT32 (r, r): the scores' probabilities in 1/32768.
    """
    sums, weight = [0, 0, 0, 0], 0
    for y in range(max(0, row - 1), min(chances.shape[0], row + 2)):
        for x in range(max(0, column - 1), min(chances.shape[1], column + 2)):
            chance, cell = int(chances[y, x]), response[y, x].tolist()
            values = (
                cell[box_map.X] + box_map.STEPS_PER_CELL * (x - column),
                cell[box_map.Y] + box_map.STEPS_PER_CELL * (y - row),
                cell[box_map.WIDTH],
                cell[box_map.HEIGHT],
            )
            weight += chance
            sums = [total + chance * value for total, value in zip(sums, values, strict=True)]
    weight = max(weight, 1)
    units = (_CELL_UNIT, _CELL_UNIT, _OCTAVE_UNIT, _OCTAVE_UNIT)
    return Vote(*(fixed.quotient(total * unit, weight) for total, unit in zip(sums, units, strict=True)))


def movement(cell: int, offset: int, middle: int, stride: int, step: int) -> int:
    """How far right or down of its window's centre a place lies, in 1/256 image pixel.

    Parameters
    ----------
    cell, offset
        The place: a row or column, and the vote's offset in 1/256 cell.
    middle
        The response's middle row or column.
    stride
        Crop pixels from cell to cell.
    step
        The window's, in 1/65536 image pixel per crop pixel.
    """
    cells = ((cell - middle) << CELL_BITS) + offset
    return fixed.shifted(cells * stride * step, CELL_BITS + STEP_BITS - CENTRE_BITS)


def change(seen: int, bias: int, last: int, grown: int, settings: Settings) -> int:
    """The logarithm of the width or height seen over the last one, in 1/65536 octave.

    Parameters
    ----------
    seen
        The vote's.
    bias
        The error that the network made in the first frame.
    last
        The target's last one.
    grown
        The logarithm of the window's step over the first window's.
    """
    return fixed.shifted((seen - bias) * settings.share("size_gain"), SHARE_BITS) + grown - last


def new_sizes(
    last: tuple[int, int], changes: tuple[int, int], certainty: int, settings: Settings
) -> tuple[int, int]:
    """The logarithms of width and height after a share of their changes is taken over.

    The change of the area and the change of the ratio of the sides are taken over at rates of their own, in
    proportion to the place's probability ``certainty``, in 1/32768.
    """
    bits = fixed.PROBABILITY_BITS + SHARE_BITS + 1
    area, aspect = (
        fixed.shifted(value * certainty * settings.share(rate), bits)
        for value, rate in (
            (changes[0] + changes[1], "size_rate"),
            (changes[0] - changes[1], "aspect_rate"),
        )
    )
    limit = fixed.logarithm(settings.share("size_range")) - (SHARE_BITS << fixed.LOG_BITS)
    width, height = (
        min(max(log, -limit), limit) for log in (last[0] + area + aspect, last[1] + area - aspect)
    )
    return width, height


def own_errors(votes: list[Vote], settings: Settings) -> tuple[int, int]:
    """The mean errors of width and height that the network sees at :data:`VIEWS` of the first frame, whose
    true change is known, in 1/65536 octave.
    """
    gain = max(1, settings.share("size_gain"))
    due = [fixed.quotient(-grown << SHARE_BITS, gain) for grown, _, _ in VIEWS]
    width, height = (
        fixed.quotient(sum(value - true for value, true in zip(seen, due, strict=True)), len(VIEWS))
        for seen in ([one.width for one in votes], [one.height for one in votes])
    )
    return width, height
