"""The integer functions against the formulas that they stand for, and at the places where they are exact."""

from fractions import Fraction

import numpy as np
import pytest

from siammixer.tracking.fixed import (
    LOG_BITS,
    ONE,
    PROBABILITIES,
    cosine,
    cosine_axis,
    logarithm,
    probability,
    quotient,
    scaled,
    shifted,
)

OCTAVE = 2**LOG_BITS
SCORES = np.arange(-128, 128)
DICE = np.random.default_rng(3)
VALUES = sorted({*range(1, 600), *(int(v) for v in 2 ** DICE.uniform(0, 40, 2000))})


def test_probabilities_are_the_logistic_function():
    """Half a unit of rounding: the table has an entry for each score."""
    exact = ONE / (1 + np.exp(-SCORES / 8))
    assert np.abs(probability(SCORES) - exact).max() <= 0.5
    assert (np.diff(PROBABILITIES) >= 0).all() and probability(np.array([0])) == ONE // 2
    # A score and its opposite make certainty together.
    assert (probability(SCORES[1:]) + probability(-SCORES[1:]) == ONE).all()


def test_probabilities_of_a_map_have_its_shape():
    scores = DICE.integers(-128, 128, (3, 5)).astype(np.int8)
    found = probability(scores)
    assert (
        found.shape == (3, 5)
        and found.dtype == np.int32
        and found[1, 2] == PROBABILITIES[int(scores[1, 2]) + 128]
    )


def test_quotients_are_rounded_half_up():
    for numerator in range(-40, 41):
        for denominator in range(1, 9):
            exact = Fraction(numerator, denominator)
            assert quotient(numerator, denominator) == (exact + Fraction(1, 2)).__floor__()


def test_shifts_are_rounded_half_up():
    for value in range(-40, 41):
        for bits in range(-2, 5):
            exact = Fraction(value) / Fraction(2) ** bits
            assert shifted(value, bits) == (exact + Fraction(1, 2)).__floor__()


def test_logarithms_are_near_the_true_ones():
    """A 20,000th of an octave: 24 parts in a million of the number itself, 100 times finer than a step of
    the box map.
    """
    errors = np.array([logarithm(value) / OCTAVE for value in VALUES]) - np.log2(VALUES)
    assert np.abs(errors).max() < 1 / 20_000


def test_logarithms_never_fall():
    found = [logarithm(value) for value in VALUES]
    assert found == sorted(found)


@pytest.mark.parametrize("power", [0, 1, 7, 16, 17, 31, 60])
def test_powers_of_two_are_exact(power):
    assert logarithm(1 << power) == power * OCTAVE
    assert scaled(3, power * OCTAVE) == 3 << power
    assert scaled(5 << power, -power * OCTAVE) == 5
    assert logarithm((1 << power) + 1) >= power * OCTAVE


def test_scaling_is_near_the_true_product():
    """Half a unit of rounding, and a relative error below 1/30,000."""
    for log in (*DICE.integers(-3 * OCTAVE, 3 * OCTAVE, 300), -OCTAVE - 1, OCTAVE - 1, -1, 1):
        for value in (0, 1, 37, 256, 9999, 10**6):
            exact = value * 2.0 ** (log / OCTAVE)
            assert abs(scaled(value, int(log)) - exact) <= 0.5 + exact / 30_000


def test_scaling_never_falls():
    logs = range(-2 * OCTAVE, 2 * OCTAVE, 97)
    found = [scaled(100_000, log) for log in logs]
    assert found == sorted(found)


def test_scaling_undoes_a_logarithm():
    for value in (1, 300, 4097, 123_456):
        for other in (1, 256, 70_001):
            change = logarithm(other) - logarithm(value)
            assert scaled(value, change) == pytest.approx(other, rel=1e-4, abs=0.5)


@pytest.mark.parametrize("side", [5, 9, 17])
def test_the_cosine_is_raised_over_the_cells(side):
    """A Hann window that is zero two cells outside the map."""
    axis, window = cosine_axis(side), np.hanning(side + 4)[2:-2]
    assert np.abs(axis / 256 - window).max() <= 0.5 / 256
    found = cosine(side)
    assert np.abs(found / ONE - np.outer(window, window)).max() < 1 / 200
    assert found[side // 2, side // 2] == ONE == found.max()
    assert (found == found.T).all() and (found == found[::-1]).all() and found.min() > 0
