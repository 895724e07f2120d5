"""LaneArray: a word of results and the sum of all lanes, broadcast operands and windows, every lane's own
weights.
"""

import numpy as np
import pytest

from siammixer.arch.accelerator import TAPS
from siammixer.golden.requantise import requantise_integer
from siammixer.rtl.datapath.lane import Lane
from siammixer.rtl.datapath.lane_array import LaneArray

CONSTANTS = 8


def load(weights: np.ndarray, bias: np.ndarray, multiplier: np.ndarray, word) -> list[dict]:
    """Cycles that fill the weight memories, INT8 (lanes, words, TAPS), and one constant, from the last lane
    to the first.
    """
    constants = np.concatenate(
        [bias.astype("<i4")[:, None].view(np.int8), multiplier.astype("<i4")[:, None].view(np.int8)], 1
    )
    cycles = []
    for lane in reversed(range(len(weights))):
        words = {**dict(enumerate(weights[lane])), CONSTANTS: constants[lane]}
        cycles += [
            {"write": {"enable": 1, "lane": lane, "address": address, "data": word(row)}}
            for address, row in words.items()
        ]
    # The last word written, lane 0's, needs no time; the last lane's has had some.
    return [*cycles, {"control": {"load": 1, "weight": CONSTANTS}}]


def play(clocked, array: LaneArray, lanes: int, cycles: list[dict]) -> dict[str, list]:
    quiet = {"control": {}, "broadcast": 0, "activations": 0, "write": {}}
    cycles = cycles + [{}] * (Lane.LATENCY + lanes)
    inputs = {name: [cycle.get(name, value) for cycle in cycles] for name, value in quiet.items()}
    inputs["broadcast"] = [0] * Lane.BROADCAST + inputs[
        "broadcast"
    ]  # it comes later than the control it belongs to
    return clocked(array, inputs, ["results", "centres", "chain"], len(cycles))


@pytest.fixture
def constants() -> tuple[np.ndarray, np.ndarray]:
    return np.array([0, -50_000, 2**16, 77]), np.array([400, 300, 128, 2000])


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
def test_pointwise(seed, clocked, small, word, aligned, constants):
    """Two groups of operands for all lanes, a result every other cycle."""
    random = np.random.default_rng(seed)
    weights = random.integers(-127, 128, (small.lanes, 2, TAPS), np.int8)
    operands = random.integers(-128, 128, (20, 2, TAPS), np.int8)
    operands[:2] = np.array([-128, 127])[:, None, None]
    cycles = load(weights, *constants, word)
    begin = len(cycles)
    cycles += [
        {"control": {"multiply": 1, "first": 1 - n, "last": n, "weight": n}, "broadcast": word(row[n])}
        for row in operands
        for n in (0, 1)
    ]
    array = LaneArray(small)
    seen = play(clocked, array, small.lanes, cycles)
    sums = np.einsum("pgt,lgt->pl", operands.astype(int), weights.astype(int)) + constants[0]
    ends = [begin + 2 * n + 1 for n in range(len(operands))]
    found = aligned(seen["results"][Lane.LATENCY :], small.lanes)[ends]
    assert np.array_equal(found, requantise_integer(sums, constants[1], False))
    assert [seen["chain"][end + array.CHAINED] for end in ends] == sums.sum(1).tolist()


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
def test_depthwise(seed, clocked, small, word, skewed, aligned, constants):
    """Every lane slides its own window over its own channel; a result per cycle, and the windows' centres."""
    random = np.random.default_rng(seed)
    weights = random.integers(-127, 128, (small.lanes, 1, TAPS), np.int8)
    image = random.integers(-128, 128, (5, 6, small.lanes), np.int8)
    cycles = load(weights, *constants, word)
    control = {"push": 1, "windowed": 1, "multiply": 1, "first": 1, "last": 1, "relu": 1}
    begin = len(cycles)
    cycles += [{"control": control | {"column": x}} for y, x in np.ndindex(5, 6)]
    cycles = [{"control": {"relu": 1}, **cycle} for cycle in [*cycles, *[{}] * 30]]
    for late, activations in enumerate(skewed(image.reshape(-1, small.lanes))):
        cycles[begin + late]["activations"] = activations
    seen = play(clocked, LaneArray(small), small.lanes, cycles)
    results, centres = (
        aligned(seen[name][latency:], small.lanes)
        for name, latency in (("results", Lane.LATENCY), ("centres", Lane.CENTRE))
    )
    views = np.lib.stride_tricks.sliding_window_view(image.astype(int), (3, 3), (0, 1)).reshape(
        3, 4, small.lanes, TAPS
    )
    expected = requantise_integer(
        np.einsum("yxlt,lt->yxl", views, weights[:, 0].astype(int)) + constants[0], constants[1], True
    )
    for y, x in np.ndindex(3, 4):
        cycle = begin + (y + 2) * 6 + x + 2
        assert np.array_equal(results[cycle], expected[y, x]), f"position {y}, {x}"
        assert np.array_equal(centres[cycle], image[y + 1, x + 1]), f"centre of position {y}, {x}"
