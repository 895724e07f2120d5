"""Transposer: every block transposed while the next one comes in, with and without pauses; bypassed words as
they are.
"""

import numpy as np
import pytest

from siammixer.rtl.datapath.transposer import Transposer


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("pause", [0.0, 0.5])
@pytest.mark.parametrize("size", [4, 8])
def test_blocks(size, pause, seed, clocked, word, elements):
    random = np.random.default_rng(seed)
    blocks = random.integers(-128, 128, (6, size, size), np.int8)
    cycles, expected = [], []  # (shift, turn, word); (cycle of the shift, the word that leaves)
    for number, place in np.ndindex(6, size):
        while random.random() < pause:
            cycles.append((0, int(random.integers(2)), random.integers(-128, 128, size)))
        if number:
            expected.append((len(cycles), blocks[number - 1, :, place]))
        cycles.append((1, number % 2, blocks[number, place]))
    shifts, turns, words = zip(*cycles, strict=True)
    inputs = {"shift": shifts, "turn": turns, "i": list(map(word, words))}
    seen = elements(clocked(Transposer(size), inputs, ["o"], len(cycles) + Transposer.LATENCY)["o"], size)
    for cycle, column in expected:
        assert np.array_equal(seen[cycle + Transposer.LATENCY], column), f"word of cycle {cycle}"


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
def test_bypass(seed, clocked, word, elements):
    words = np.random.default_rng(seed).integers(-128, 128, (20, 4), np.int8)
    inputs = {"bypass": [1], "shift": [n % 3 == 0 for n in range(20)], "i": list(map(word, words))}
    seen = elements(clocked(Transposer(4), inputs, ["o"], 20 + Transposer.LATENCY)["o"], 4)
    assert np.array_equal(seen[Transposer.LATENCY :], words)
