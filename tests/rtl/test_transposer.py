"""Transposer: block after block, columns in order, one word per cycle, partly drained blocks."""

import numpy as np
import pytest

from rtl.transposer import Transposer


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("pause", [0.0, 0.5])
@pytest.mark.parametrize("size", [4, 8])
def test_blocks(size, pause, seed, clocked, word, elements):
    random = np.random.default_rng(seed)
    cycles, expected = [], []  # (fill, drain, row), (cycle of the drain, column)
    for drained in (size, 1, size, size - 1, size):
        block = random.integers(-128, 128, (size, size), np.int8)
        for fill, step in [(1, row) for row in block] + [(0, column) for column in block.T[:drained]]:
            while random.random() < pause:
                cycles.append((0, 0, random.integers(-128, 128, size)))
            if not fill:
                expected.append((len(cycles), step))
            cycles.append((fill, 1 - fill, step if fill else random.integers(-128, 128, size)))
    fills, drains, words = zip(*cycles, strict=True)
    inputs = {"fill": fills, "drain": drains, "i": list(map(word, words))}
    seen = elements(clocked(Transposer(size), inputs, ["o"], len(cycles) + Transposer.LATENCY)["o"], size)
    for cycle, column in expected:
        assert np.array_equal(seen[cycle + Transposer.LATENCY], column), f"column of cycle {cycle}"
