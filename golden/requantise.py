"""Requantisation: one multiplication and one rounding bring an accumulator to INT8.

``y = clamp(RNE(accumulator * M / 2**17), low, 127)`` with RNE = round half to even.
"""

from __future__ import annotations

import numpy as np

from siammixer.ir import numerics


def round_half_even(product: np.ndarray, shift: int) -> np.ndarray:
    """``product / 2**shift`` rounded to the nearest integer, ties to the even one.

    Any signed integer type that can hold ``product + 2**(shift - 1)`` is accepted.
    """
    if shift == 0:
        return product
    return (product + (2 ** (shift - 1) - 1) + ((product >> shift) & 1)) >> shift


def requantise_integer(accumulator: np.ndarray, multiplier: np.ndarray, relu: bool) -> np.ndarray:
    """The definition in INT64 arithmetic: INT8 (..., outputs) of accumulators (..., outputs) and multipliers
    (outputs,).
    """
    product = np.asarray(accumulator).astype(np.int64) * np.asarray(multiplier).astype(np.int64)
    rounded = round_half_even(product, numerics.REQUANTISE_SHIFT)
    return np.clip(rounded, lowest(relu), numerics.ACTIVATION_MAX).astype(np.int8)


def requantise(accumulator: np.ndarray, multiplier: np.ndarray, relu: bool) -> np.ndarray:
    """The bits of :func:`requantise_integer`, computed in float32 and several times faster.

    The function overwrites a float32 ``accumulator``. It is exact because a result inside INT8 has
    ``|accumulator * M| <= 2**24``: accumulator, scale and product are then float32 numbers, and ``np.rint``
    rounds half to even. Outside, float32 rounding is monotonic, so the product stays beyond the clamp.

    Parameters
    ----------
    accumulator
        Integers of any type, (..., outputs).
    multiplier
        Integers in [1, 2**17), (outputs,).
    relu
        Clamp at 0 rather than at -128.

    Returns
    -------
    np.ndarray
        INT8, in the accumulator's shape.
    """
    scale = np.ldexp(np.asarray(multiplier, np.float32), -numerics.REQUANTISE_SHIFT)
    result = np.asarray(accumulator).astype(np.float32, copy=False)
    np.multiply(result, scale, out=result)
    np.rint(result, out=result)
    np.clip(result, lowest(relu), numerics.ACTIVATION_MAX, out=result)
    return result.astype(np.int8)


def lowest(relu: bool) -> int:
    """The lower clamp: 0 with ReLU, -128 without."""
    return 0 if relu else numerics.ACTIVATION_MIN
