"""Response: sums over blocks, the first of the largest cells, the host's port."""

import numpy as np
import pytest

from siammixer.rtl.datapath.response import Response

CELLS = 6
READ_CYCLES = 3
EDGES = {
    "ties": [[1, 5, 5, -2, 5, 0]],
    "all negative": [[-9, -3, -3, -7, -(2**31), -4]],
    "largest": [[0, 2**30, 0, 2**31 - 1, 0, -1], [0, 2**30 - 1, 0, 0, 0, -1]],
    "zero": [[0] * CELLS],
}


def run(clocked, maps: list[np.ndarray], **options) -> dict[str, list]:
    """Clears, adds each map's planes (planes, cells) after each other, then reads all cells; the last map is
    left.
    """
    cycles = []
    for planes in maps:
        cycles.append({"clear": 1})
        for number, plane in enumerate(planes):
            edges = {"first": int(number == 0), "last": int(number == len(planes) - 1)}
            cycles += [
                {"add": 1, "address": cell, "value": int(value), **edges} for cell, value in enumerate(plane)
            ]
        cycles += [{"value": -1, "last": 1, "first": 1}] * Response.LATENCY  # nothing is added
    cycles += [{"read_address": cell} for cell in range(CELLS)] + [{}] * READ_CYCLES
    names = ("clear", "add", "first", "last", "address", "value", "read_address")
    inputs = {name: [cycle.get(name, 0) for cycle in cycles] for name in names}
    inputs["value"].insert(0, 0)  # it comes a cycle later than the rest of its addition
    return clocked(
        Response(CELLS, **options), inputs, ["peak_position", "peak_value", "read_data"], len(cycles)
    )


def check(seen: dict[str, list], planes: np.ndarray) -> None:
    cells = np.sum(planes, axis=0, dtype=np.int64)
    assert seen["read_data"][-CELLS:] == cells.tolist()
    # The peak is there LATENCY cycles after the last value, and the host's first address with it.
    at = -CELLS - READ_CYCLES
    assert (seen["peak_position"][at], seen["peak_value"][at]) == (int(np.argmax(cells)), int(cells.max()))


@pytest.mark.parametrize("name", EDGES)
def test_edges(name, clocked):
    check(run(clocked, [np.array(EDGES[name])]), np.array(EDGES[name]))


@pytest.mark.parametrize("seed", [1, 2], ids="seed={}".format)
def test_map_after_map(seed, clocked):
    random = np.random.default_rng(seed)
    maps = [random.integers(-(2**25), 2**25, (planes, CELLS)) for planes in (1, 3, 12)]
    maps[1] += 2**26  # its peak must be forgotten
    check(run(clocked, maps), maps[-1])
    check(run(clocked, maps[:2]), maps[1])


def test_few_bits(clocked):
    """Sums that fit the bits are whole, whatever they were before their last part."""
    planes = np.array([[300, -200, 255, -256, 0, 1], [-45, -56, -255, 511, -1, -2], [0, 0, 0, -256, 0, 0]])
    check(run(clocked, [planes], bits=9), planes)


def test_a_cell_again_at_once(clocked):
    """The shortest distance that the contract allows, and everything else zero in between."""
    between = Response.AGAIN - 1
    adds = [(5, 1, 0), *[(0, 0, 0)] * between, (7, 0, 1)]
    enable = [1, *[0] * between, 1, 0]
    inputs = {
        "add": enable,
        "address": [2],
        "value": [0, *(a[0] for a in adds)],
        "first": [a[1] for a in adds] + [0],
        "last": [a[2] for a in adds] + [0],
    }
    seen = clocked(
        Response(CELLS), inputs | {"read_address": [2]}, ["peak_position", "peak_value", "read_data"], 18
    )
    done = len(adds) + Response.LATENCY
    assert (seen["peak_position"][done], seen["peak_value"][done], seen["read_data"][-1]) == (2, 12, 12)
