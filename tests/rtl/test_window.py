"""LineWindow: the taps of every whole window, both kernels, with and without pauses, map after map without reset."""

import numpy as np
import pytest

from rtl.window import LineWindow
from spec.program import TAP_GROUPS


def drive(maps: list[np.ndarray], groups: list[int], pause: float, random) -> tuple[list[dict], list[tuple]]:
    """A cycle's inputs each, and (cycle, group, its nine taps) for every whole window of the last map."""
    kernel = 5 if len(groups) > 1 else 3
    cycles: list[dict] = []
    expected = []
    for each in maps:
        for row, column in np.ndindex(each.shape):
            while random.random() < pause:
                cycles.append({"push": 0, "column": int(random.integers(5)), "i": int(random.integers(-128, 128)), "group": 0})
            cycles.append({"push": 1, "column": column, "i": int(each[row, column]), "group": 0})
            for number, group in enumerate(groups):
                if number:
                    cycles.append({"push": 0, "column": column, "i": -1, "group": 0})
                if each is maps[-1] and min(row, column) >= kernel - 1:
                    window = each[row - kernel + 1 : row + 1, column - kernel + 1 : column + 1]
                    taps = [window[tap] for tap in TAP_GROUPS[kernel][group]]
                    expected.append((len(cycles), group, np.resize([*taps, 0], 9)))
    for cycle, group, _ in expected:
        cycles.extend([{**cycles[-1], "push": 0}] * (cycle + 1 - len(cycles)))
        cycles[cycle] = {**cycles[cycle], "group": group}
    return cycles, expected


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("pause", [0.0, 0.5])
@pytest.mark.parametrize(("groups", "columns"), [([0], 8), ([0, 1, 2], 6)], ids=["3x3", "5x5"])
def test_windows(groups, columns, pause, seed, clocked, elements):
    random = np.random.default_rng(seed)
    maps = [random.integers(-128, 128, shape, np.int8) for shape in ((6, 5), (7, columns))]
    maps[1][3, 2:4] = [-128, 127]
    cycles, expected = drive(maps, groups, pause, random)
    inputs = {name: [cycle[name] for cycle in cycles] for name in cycles[0]}
    seen = elements(clocked(LineWindow(line_width=8, line_width_5=6), inputs, ["o"], len(cycles))["o"], 9)
    assert len(expected) == (3 * 2 * 3 if len(groups) > 1 else 5 * 6)
    for cycle, group, taps in expected:
        assert np.array_equal(seen[cycle], taps), f"group {group} in cycle {cycle}"
