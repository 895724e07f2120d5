"""The tracker's functions on integers: tables and shifts that hardware can follow to the bit.

Each table is made once from the formula that its docstring gives. docs/numerics.md describes the formats
and lists values to check against.
"""

from __future__ import annotations

import numpy as np

from siammixer.ir.box_map import SCORES_PER_LOGIT

PROBABILITY_BITS = 15
"""A probability of 1 is 2**15."""
ONE = 1 << PROBABILITY_BITS
LOG_BITS = 16
"""Logarithms of the tracker are to the base 2, in 1/65536."""
_TABLE_BITS = 8

PROBABILITIES = np.rint(2**PROBABILITY_BITS / (1 + np.exp(-np.arange(-128, 128) / SCORES_PER_LOGIT))).astype(
    np.int32
)
"""INT32 (256,): the probability of each score from -128 on, which is the logistic function of the logit."""

_FRACTIONS = np.arange(2**_TABLE_BITS + 1) / 2**_TABLE_BITS
POWERS = tuple(map(int, np.rint(2.0**_FRACTIONS * 2**LOG_BITS)))
"""2 to the power of 0, 1/256 ... 1, in 1/65536; 257 entries."""
LOGARITHMS = tuple(map(int, np.rint(np.log2(1 + _FRACTIONS) * 2**LOG_BITS)))
"""The logarithms to the base 2 of 1, 1 + 1/256 ... 2, in 1/65536; 257 entries."""
_LOW = LOG_BITS - _TABLE_BITS


def probability(score: np.ndarray) -> np.ndarray:
    """INT32: the probabilities of INT8 scores, in 1/2**15."""
    return PROBABILITIES[score.astype(np.int32) + 128]


def quotient(numerator: int, denominator: int) -> int:
    """The quotient rounded to the nearest integer, half up; the denominator is positive."""
    return (2 * numerator + denominator) // (2 * denominator)


def shifted(value: int, bits: int) -> int:
    """The value over 2**bits, rounded half up; a negative ``bits`` multiplies."""
    return value << -bits if bits <= 0 else (value + (1 << (bits - 1))) >> bits


def logarithm(value: int) -> int:
    """The logarithm to the base 2 of a positive integer, in 1/65536.

    The leading one gives the whole part. The next 16 bits are looked up in a table of 257 values and
    interpolated: the error is below 1/20,000 octave.
    """
    whole = value.bit_length() - 1
    fraction = (value << LOG_BITS >> whole) - 2**LOG_BITS
    return (whole << LOG_BITS) + _interpolated(LOGARITHMS, fraction)


def scaled(value: int, log: int) -> int:
    """A non-negative integer times 2 to the power of ``log`` / 65536, rounded half up.

    The power comes from a table of 257 values, interpolated, and errs by less than 1/30,000 of itself.
    """
    whole, fraction = log >> LOG_BITS, log & (2**LOG_BITS - 1)
    return shifted(value * _interpolated(POWERS, fraction), LOG_BITS - whole)


def _interpolated(table: tuple[int, ...], fraction: int) -> int:
    """The table's value at a fraction 0 to 65535 of 65536, rounded down between two entries."""
    index, part = fraction >> _LOW, fraction & (2**_LOW - 1)
    return table[index] + ((table[index + 1] - table[index]) * part >> _LOW)


def cosine_axis(side: int) -> np.ndarray:
    """INT32 (side,): the raised cosine along one axis, 256 in the middle, zero two cells outside the map:
    256 sin(pi (k + 2) / (side + 3))**2, rounded, for cell k from 0 on.
    """
    angles = np.pi * (np.arange(side) + 2) / (side + 3)
    return np.rint(np.sin(angles) ** 2 * 2**_TABLE_BITS).astype(np.int32)


def cosine(side: int) -> np.ndarray:
    """INT32 (side, side): the raised cosine over the cells, 2**15 in the middle: half of the product of
    :func:`cosine_axis` of row and column.
    """
    axis = cosine_axis(side)
    return np.outer(axis, axis) >> (2 * _TABLE_BITS - PROBABILITY_BITS)
