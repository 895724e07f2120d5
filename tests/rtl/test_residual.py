"""ResidualAdd: golden's addition to the bit, for every pair of edge values and shifts at their limits."""

from itertools import product

import numpy as np
import pytest

from golden.residual import add
from rtl.residual import ResidualAdd
from spec.weights import Alignment

LANES = 4
EDGES = [-128, -127, -65, -64, -3, -2, -1, 0, 1, 2, 3, 63, 64, 126, 127]
SHIFTS = [(0, 0, 0), (0, 0, 1), (1, 0, 1), (0, 2, 2), (0, 3, 3), (3, 0, 5), (0, 0, 8), (7, 0, 0), (0, 7, 8), (7, 0, 8), (7, 7, 8), (7, 7, 0)]


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("pause", [0.0, 0.5])
@pytest.mark.parametrize(("left_x", "left_y", "right"), SHIFTS)
def test_equals_golden(left_x, left_y, right, pause, seed, clocked, word, elements):
    edges = np.array(list(product(EDGES, repeat=2)), np.int8)
    random = np.random.default_rng(seed)
    pairs = np.concatenate([edges, random.integers(-128, 128, (175, 2), np.int8)])
    x, y = pairs.T.reshape(2, -1, LANES)
    valid = random.random(len(x)) >= pause
    shifts = {"left_x": left_x, "left_y": left_y, "right": right}
    ahead = [0] * LANES  # until every channel has its shifts
    inputs = {"valid": ahead + list(map(int, valid)), "x": ahead + list(map(word, x)), "y": ahead + list(map(word, y)), "shifts": [shifts]}
    words = clocked(ResidualAdd(LANES), inputs, ["o"], LANES + len(x) + ResidualAdd.LATENCY)["o"]
    expected = add(x[None], y[None], Alignment(**shifts))[0]
    assert np.array_equal(elements(words[LANES + ResidualAdd.LATENCY :], LANES)[valid], expected[valid])


def test_without_residual_the_branch_passes(clocked, word):
    words = [word(row) for row in np.arange(-128, 128).reshape(-1, LANES)]
    assert clocked(ResidualAdd(LANES), {"valid": [1], "y": words}, ["o"], len(words) + ResidualAdd.LATENCY)["o"][ResidualAdd.LATENCY :] == words
