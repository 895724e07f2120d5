"""Requantise: golden's definition to the bit, ties, saturation and the limits of every width."""

import numpy as np
import pytest

from siammixer.golden.requantise import requantise_integer
from siammixer.ir import numerics
from siammixer.rtl.datapath.requantise import Requantise

BITS = 27  # holds +-2**25
EDGES = [
    sign * value + off for value in (0, 1, 2**16, 2**17, 2**25) for sign in (1, -1) for off in (-1, 0, 1)
]


def cases(seed: int) -> np.ndarray:
    """(accumulator, multiplier) pairs: ties, limits of the clamp, limits of the widths, then random."""
    ties = [(sign * odd, 2**16) for odd in range(1, 261, 2) for sign in (1, -1)]
    ties += [(sign * odd * 2**9, 128) for odd in (1, 3, 253, 255, 257) for sign in (1, -1)]
    # With M = 128 every accumulator that 18 bits cannot hold is beyond the clamp; below, only smaller
    # accumulators are allowed.
    limits = [(value, multiplier) for value in EDGES for multiplier in (128, 129, 2**16, 2**17 - 1)]
    limits += [
        (value, multiplier)
        for value in (-(2**17), 1 - 2**17, -1, 0, 1, 2**17 - 1)
        for multiplier in (1, 2, 127)
    ]
    random = np.random.default_rng(seed)
    wide = np.stack([random.integers(-(2**25), 2**25, 100), random.integers(128, 2**17, 100)], 1)
    inside = random.integers(128, 2**17, 300)
    near = np.stack([random.integers(-130 * 2**17, 130 * 2**17, 300) // inside, inside], 1)
    return np.concatenate([ties, limits, wide, near])


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("relu", [False, True])
def test_equals_golden(relu, seed, clocked):
    accumulators, multipliers = cases(seed).T
    inputs = {"valid": [1], "i": accumulators, "multiplier": multipliers, "relu": [relu]}
    results = clocked(
        Requantise(accumulator_bits=BITS), inputs, ["o"], len(accumulators) + Requantise.LATENCY
    )["o"]
    expected = requantise_integer(accumulators, multipliers, relu)
    assert set(expected) >= {numerics.ACTIVATION_MAX, 0} | (set() if relu else {numerics.ACTIVATION_MIN, -1})
    assert results[Requantise.LATENCY :] == expected.tolist()


@pytest.mark.parametrize("seed", [2], ids="seed={}".format)
def test_keeps_the_last_result(seed, clocked):
    """Nothing is valid in these cycles, and noise enters meanwhile."""
    accumulators, multipliers = cases(seed)[-400:].T
    valid = np.random.default_rng(seed).integers(0, 2, 400)
    valid[0] = 1
    inputs = {"valid": valid, "i": accumulators, "multiplier": multipliers}
    results = clocked(Requantise(accumulator_bits=BITS), inputs, ["o"], 400 + Requantise.LATENCY)["o"]
    last = np.maximum.accumulate(np.where(valid, np.arange(400), 0))
    assert (
        results[Requantise.LATENCY :] == requantise_integer(accumulators, multipliers, False)[last].tolist()
    )


def test_narrow_accumulator(clocked):
    """An accumulator as narrow as the multiplier's operand needs no saturation."""
    inputs = {"valid": [1], "i": [-(2**17), 2**17 - 1, 3], "multiplier": [64, 64, 2**16]}
    results = clocked(Requantise(accumulator_bits=18), inputs, ["o"], 3 + Requantise.LATENCY)["o"]
    assert results[Requantise.LATENCY :] == [-64, 64, 2]
