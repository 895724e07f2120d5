"""Requantisation against exact fractions: Python's round() of a Fraction is round half to even."""

from fractions import Fraction

import numpy as np
import pytest

from siammixer.golden.requantise import requantise, requantise_integer, round_half_even

MULTIPLIERS = [1, 2, 3, 127, 128, 129, 1023, 1024, 4096, 65535, 65536, 65537, 131070, 131071]


def exact(accumulator: int, multiplier: int, relu: bool) -> int:
    return min(max(round(Fraction(accumulator * multiplier, 2**17)), 0 if relu else -128), 127)


def edges(multiplier: int) -> np.ndarray:
    """Accumulators around every tie and every clamp, and the largest there are."""
    halves = np.arange(-260, 261) * 2**16  # products at every integer and every half
    near = (halves[:, np.newaxis] // multiplier + np.arange(-2, 3)).ravel()
    powers = 2 ** np.arange(31)
    limits = [-(2**31), 2**31 - 1, 2**17 - 1, -(2**17), 2**24 + 1, -(2**24) - 1]
    values = np.concatenate([near, powers, -powers, powers - 1, limits])
    return values[(values >= -(2**31)) & (values < 2**31)]


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("multiplier", MULTIPLIERS)
def test_edge_values_round_as_exact_fractions(multiplier, relu):
    accumulators = edges(multiplier)
    wanted = np.array([exact(int(a), multiplier, relu) for a in accumulators])
    for function in (requantise_integer, requantise):
        for dtype in (np.int32, np.float64):
            found = function(accumulators.astype(dtype)[:, np.newaxis], np.array([multiplier]), relu)
            assert found.dtype == np.int8
            np.testing.assert_array_equal(found[:, 0], wanted)


def test_edge_values_contain_ties_of_both_signs():
    for multiplier in (1024, 4096, 65536):
        ties = edges(multiplier)[(edges(multiplier) * multiplier) % 2**17 == 2**16]
        assert ties.min() < 0 < ties.max()


@pytest.mark.parametrize("seed", range(4))
def test_float32_equals_the_integer_definition(seed):
    random = np.random.default_rng(seed)
    multipliers = random.integers(1, 2**17, 64)
    # Products of every magnitude up to just beyond the clamp, and beyond it.
    accumulators = np.rint(random.uniform(-140, 140, (5000, 64)) * 2**17 / multipliers).astype(np.int64)
    accumulators[::7] = random.integers(-(2**24), 2**24, accumulators[::7].shape)
    accumulators = np.clip(accumulators, -(2**24) + 1, 2**24 - 1)
    for relu in (False, True):
        wanted = requantise_integer(accumulators, multipliers, relu)
        np.testing.assert_array_equal(requantise(accumulators.astype(np.float32), multipliers, relu), wanted)
        np.testing.assert_array_equal(requantise(accumulators, multipliers, relu), wanted)


@pytest.mark.parametrize("shift", range(9))
def test_right_shift_rounds_half_to_even(shift):
    values = np.arange(-2000, 2001)
    np.testing.assert_array_equal(
        round_half_even(values, shift), [round(Fraction(int(v), 2**shift)) for v in values]
    )
