"""ResidualAdd: golden's addition to the bit, for every pair of edge values and shifts at their limits;
either word alone.
"""

from itertools import product

import numpy as np
import pytest

from siammixer.golden.operators.residual import add
from siammixer.ir.weights import Alignment
from siammixer.rtl.datapath.residual import ResidualAdd

LANES = 4
EDGES = [-128, -127, -65, -64, -3, -2, -1, 0, 1, 2, 3, 63, 64, 126, 127]
SHIFTS = [
    (0, 0, 0),
    (0, 0, 1),
    (1, 0, 1),
    (0, 2, 2),
    (0, 3, 3),
    (3, 0, 5),
    (0, 0, 8),
    (7, 0, 0),
    (0, 7, 8),
    (7, 0, 8),
    (7, 7, 8),
    (7, 7, 0),
]


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("pause", [0.0, 0.5])
@pytest.mark.parametrize(("left_x", "left_y", "right"), SHIFTS)
def test_equals_golden(left_x, left_y, right, pause, seed, clocked, skewed, aligned):
    edges = np.array(list(product(EDGES, repeat=2)), np.int8)
    random = np.random.default_rng(seed)
    pairs = np.concatenate([edges, random.integers(-128, 128, (175, 2), np.int8)])
    x, y = pairs.T.reshape(2, -1, LANES)
    valid = random.random(len(x)) >= pause
    shifts = {"left_x": left_x, "left_y": left_y, "right": right}
    inputs = {
        "valid": [0, *map(int, valid), 0],
        "x": [0, *skewed(x)],
        "y": [0, *skewed(y)],
        "shifts": [shifts],
    }
    words = clocked(ResidualAdd(LANES), inputs, ["o"], len(x) + LANES + ResidualAdd.LATENCY)["o"]
    expected = add(x[None], y[None], Alignment(**shifts))[0]
    assert np.array_equal(aligned(words[1 + ResidualAdd.LATENCY :], LANES)[valid], expected[valid])


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
def test_one_of_the_words_or_none(seed, clocked, skewed, aligned):
    random = np.random.default_rng(seed)
    x, y = random.integers(-128, 128, (2, 200, LANES), np.int8)
    without = random.integers(0, 2, (2, len(x)))
    inputs = {
        "valid": [1],
        "no_x": without[0].tolist(),
        "no_y": without[1].tolist(),
        "x": skewed(x),
        "y": skewed(y),
    }
    words = clocked(ResidualAdd(LANES), inputs, ["o"], len(x) + LANES - 1 + ResidualAdd.LATENCY)["o"]
    there_x, there_y = 1 - without[:, :, None]
    assert np.array_equal(
        aligned(words[ResidualAdd.LATENCY :], LANES),
        np.clip(x.astype(int) * there_x + y.astype(int) * there_y, -128, 127),
    )
