"""Requantisation: accumulator to INT8, one multiplication and one rounding.

``y = clamp(RNE(accumulator * M / 2**17), low, 127)`` with RNE = round half to even.
"""

from __future__ import annotations

import numpy as np

from siammixer.ir import numerics


def round_half_even(product: np.ndarray, shift: int) -> np.ndarray:
    """``product / 2**shift`` to the nearest integer, ties to the even one, for any signed integer type.

    The type must hold ``product + 2**(shift - 1)``.
    """
    if shift == 0:
        return product
    return (product + (2 ** (shift - 1) - 1) + ((product >> shift) & 1)) >> shift


def requantise_integer(accumulator: np.ndarray, multiplier: np.ndarray, relu: bool) -> np.ndarray:
    """The definition, in INT64: accumulators (..., outputs), multipliers (outputs,) -> INT8."""
    product = np.asarray(accumulator).astype(np.int64) * np.asarray(multiplier).astype(np.int64)
    rounded = round_half_even(product, numerics.REQUANTISE_SHIFT)
    return np.clip(rounded, lowest(relu), numerics.ACTIVATION_MAX).astype(np.int8)


def requantise(accumulator: np.ndarray, multiplier: np.ndarray, relu: bool) -> np.ndarray:
    """The same bits in float32, several times faster; overwrites a float32 ``accumulator``.

    Exact because a result inside INT8 has ``|accumulator * M| <= 2**24``: accumulator, scale and
    product are then all float32 numbers and ``np.rint`` rounds half to even. Outside, float32
    rounding is monotonic, so the product stays beyond the clamp.

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
        INT8, of the accumulator's shape.
    """
    scale = np.ldexp(np.asarray(multiplier, np.float32), -numerics.REQUANTISE_SHIFT)
    result = np.asarray(accumulator).astype(np.float32, copy=False)
    np.multiply(result, scale, out=result)
    np.rint(result, out=result)
    np.clip(result, lowest(relu), numerics.ACTIVATION_MAX, out=result)
    return result.astype(np.int8)


def lowest(relu: bool) -> int:
    """The lower clamp."""
    return 0 if relu else numerics.ACTIVATION_MIN
