"""LineWindow: the taps of every whole window, both kernels, with and without pauses, map after map without
reset; two maps that alternate.
"""

import numpy as np
import pytest

from siammixer.arch.accelerator import TAPS
from siammixer.arch.instruction import FUSED_BLOCKS, TAP_GROUPS
from siammixer.rtl.datapath.window import ALTERNATE, SHOWN, LineWindow


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
@pytest.mark.parametrize("pause", [0.0, 0.5])
@pytest.mark.parametrize(("kernel", "columns"), [(3, 8), (5, 6)])
def test_windows(kernel, columns, pause, seed, clocked, elements):
    random = np.random.default_rng(seed)
    maps = [random.integers(-128, 128, shape, np.int8) for shape in ((6, 5), (7, columns))]
    maps[1][3, 2:4] = [-128, 127]
    cycles, expected = [], []  # (push, column, activation); (cycle in which it is there, the window)
    for image in maps:
        for row, column in np.ndindex(image.shape):
            while random.random() < pause:
                cycles.append((0, random.integers(5), random.integers(-128, 128)))
            cycles.append((1, column, image[row, column]))
            if min(row, column) >= kernel - 1:
                window = image[row - kernel + 1 : row + 1, column - kernel + 1 : column + 1]
                expected.append((len(cycles) - 1 + LineWindow.LATENCY, window))
    push, column, activation = zip(*cycles, strict=True)
    inputs = {"push": list(map(int, push)), "column": list(map(int, column)), "i": list(map(int, activation))}
    words = clocked(
        LineWindow(line_width=8, line_width_5=6), inputs, ["o"], len(cycles) + LineWindow.LATENCY
    )["o"]
    seen = elements(words, len(SHOWN) * TAPS).reshape(-1, len(SHOWN), TAPS)
    for cycle, window in expected:
        for group, taps in enumerate(TAP_GROUPS[kernel]):
            found = [window[tap] for tap in taps] + [0] * (TAPS - len(taps))
            assert seen[cycle, group].tolist() == found, f"group {group} in cycle {cycle}"


@pytest.mark.parametrize("seed", [1], ids="seed={}".format)
def test_two_maps_whose_columns_alternate(seed, clocked, elements):
    maps = np.random.default_rng(seed).integers(-128, 128, (FUSED_BLOCKS, 5, 4), np.int8)
    pushed = [
        (column * FUSED_BLOCKS + block, maps[block, row, column])
        for row, column, block in np.ndindex(5, 4, FUSED_BLOCKS)
    ]
    inputs = {
        "push": [1] * len(pushed),
        "column": [place for place, _ in pushed],
        "i": [int(value) for _, value in pushed],
    }
    words = clocked(
        LineWindow(line_width=8, line_width_5=6), inputs, ["o"], len(pushed) + LineWindow.LATENCY
    )["o"]
    seen = elements(words, len(SHOWN) * TAPS).reshape(-1, len(SHOWN), TAPS)
    for block, row, column in np.ndindex(FUSED_BLOCKS, 3, 2):
        cycle = ((row + 2) * 4 + column + 2) * FUSED_BLOCKS + block + LineWindow.LATENCY
        assert (
            seen[cycle, ALTERNATE].tolist()
            == maps[block, row : row + 3, column : column + 3].reshape(-1).tolist()
        )
