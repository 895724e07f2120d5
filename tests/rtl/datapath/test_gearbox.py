"""Gearbox: groups of nine channels out of words of 16 and 32; whole words where they are narrower."""

import numpy as np
import pytest

from siammixer.arch.accelerator import TAPS, Accelerator
from siammixer.rtl.datapath.gearbox import Gearbox


def drive(pixels: np.ndarray, lanes: int, pause: float, random) -> tuple[list[tuple], list[tuple]]:
    """(advance, word, end) per cycle; (cycle of the group's end, its channels, zeros beyond the last)."""
    cycles, expected = [], []
    size = min(lanes, TAPS)
    for channels in pixels:
        words = np.pad(channels, (0, -len(channels) % lanes + lanes)).reshape(-1, lanes)
        newest = -1
        for first in range(0, len(channels), size):
            while random.random() < pause:
                cycles.append((0, random.integers(-128, 128, lanes), random.integers(lanes)))
            last = first + size - 1
            advance, newest = last // lanes != newest, last // lanes
            cycles.append((advance, words[newest] if advance else -words[0], last % lanes))
            expected.append((len(cycles) - 1, np.pad(channels[first : first + size], (0, TAPS))[:TAPS]))
    return cycles, expected


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("pause", [0.0, 0.5])
@pytest.mark.parametrize(("lanes", "channels"), [(16, 144), (16, 40), (16, 9), (32, 96), (8, 24), (4, 12)])
def test_groups(lanes, channels, pause, seed, clocked, word, elements):
    random = np.random.default_rng(seed)
    pixels = random.integers(-127, 128, (4, channels), np.int8)
    cycles, expected = drive(pixels, lanes, pause, random)
    advance, words, ends = zip(*cycles, strict=True)
    accelerator = Accelerator(name="test", lanes=lanes, map_words=16, weight_words=16)
    inputs = {"advance": list(map(int, advance)), "i": list(map(word, words)), "end": list(map(int, ends))}
    seen = elements(clocked(Gearbox(accelerator), inputs, ["o"], len(cycles) + Gearbox.LATENCY)["o"], TAPS)
    if not pause:
        assert len(cycles) == len(expected)  # a group in every cycle
    for cycle, group in expected:
        assert np.array_equal(seen[cycle + Gearbox.LATENCY], group), f"group of cycle {cycle}"
