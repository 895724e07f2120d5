"""Residual addition: the operands are aligned by powers of two and added; the sum is rounded once and
clamped.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from siammixer.golden.requantise import round_half_even
from siammixer.ir import numerics
from siammixer.ir.errors import InputError
from siammixer.ir.operators import ResidualAdd
from siammixer.ir.weights import Alignment, Weights

OPERATOR = ResidualAdd


def execute(operator: ResidualAdd, inputs: Sequence[np.ndarray], weights: Weights) -> np.ndarray:
    """The sum of the residual and the branch, with the shifts that follow from their exponents."""
    x, y = inputs
    return add(x, y, weights.alignment(operator))


def centre(x: np.ndarray, height: int, width: int) -> np.ndarray:
    """A view of the centre, ``height`` x ``width``, of a map (h, w, channels); :class:`InputError` where the
    margins would differ.
    """
    top, left = (x.shape[0] - height) // 2, (x.shape[1] - width) // 2
    if min(top, left) < 0 or (x.shape[0] - height) % 2 or (x.shape[1] - width) % 2:
        raise InputError(
            f"a centre of {height} x {width} must leave equal margins in a map of {x.shape[0]} x {x.shape[1]}"
        )
    return x[top : top + height, left : left + width]


def add(x: np.ndarray, y: np.ndarray, shifts: Alignment) -> np.ndarray:
    """``clamp(RNE(((x << left_x) + (y << left_y)) / 2**right), -128, 127)``.

    The centre of INT8 x (h, w, channels) is cut to the shape of INT8 y (h', w', channels), which is that of
    the result. INT16 holds the widest sum and its rounding: -2**15 <= sum <= 254 * 2**7, plus at most 2**7.
    """
    x = centre(x, *y.shape[:2]).astype(np.int16)
    total = (x << shifts.left_x) + (y.astype(np.int16) << shifts.left_y)
    return np.clip(
        round_half_even(total, shifts.right), numerics.ACTIVATION_MIN, numerics.ACTIVATION_MAX
    ).astype(np.int8)
