"""The ways in which operators come to the numbers of their results.

What a weights file holds for an operator depends on nothing else, so calibration, quantisation and fuzzing
have tables from these instead of from operator classes. An operator whose result comes about in one of these
ways needs no entry there.
"""

from __future__ import annotations

from enum import Enum


class Result(Enum):
    """The ways in which operators come to the numbers of their results, and to the exponents of these."""

    REQUANTISED = "requantised"
    """INT8: a bias and a multiplier for each output scale the accumulator. The exponent is free."""
    ALIGNED = "aligned"
    """INT8: shifts bring two inputs to one exponent, and their sum to the exponent of the result."""
    COPIED = "copied"
    """INT8: values of the first input, with its exponent."""
    ACCUMULATED = "accumulated"
    """INT32: the accumulator itself, which has no exponent of its own."""
