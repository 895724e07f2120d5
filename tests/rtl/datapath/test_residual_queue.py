"""ResidualQueue: words of both kinds in order, a byte beside every lane, as many as it holds, cleared."""

import numpy as np
import pytest

from siammixer.rtl.datapath.residual_queue import ResidualQueue

LANES, DEPTH = 4, 8


@pytest.mark.parametrize("seed", [1, 2], ids="seed={}".format)
@pytest.mark.parametrize("clear", [0, 1])
def test_order(clear, seed, clocked, skewed, aligned):
    """Cycles in which a word comes, or not, and one is taken, or not, as room and words allow.

    Before them, or not, three words of which one is taken and ``clear`` forgets the others.
    """
    random = np.random.default_rng(seed)
    cycles, forgotten = 400, 3 * clear
    words = random.integers(-128, 128, (2, cycles, LANES), np.int8)
    put, take, expected, came = np.zeros((2, cycles), int), np.zeros(cycles, int), {}, []
    put[0, :forgotten] = 1
    take[forgotten] = clear
    cleared = [0] * (forgotten + LANES) + [clear]
    for cycle in range(len(cleared), cycles - LANES - 1):
        if random.random() < 0.8 and len(came) - len(expected) < DEPTH:
            kind = random.integers(2)
            put[kind, cycle] = 1
            came.append((cycle, words[kind, cycle]))
        waits = len(came) > len(expected) and came[len(expected)][0] <= cycle - ResidualQueue.LATENCY
        if waits and random.random() < (0.9 if cycle // 50 % 2 else 0.3):
            take[cycle] = 1
            expected[cycle + 1] = came[len(expected)][1]
    inputs = {name: skewed(rows) for name, rows in zip(("activations", "centres"), words, strict=True)}
    inputs |= {
        "read": put[0].tolist(),
        "centre": put[1].tolist(),
        "take": take.tolist(),
        "clear": [*cleared, 0],
    }
    seen = aligned(clocked(ResidualQueue(LANES, DEPTH), inputs, ["o"], cycles)["o"], LANES)
    assert len(expected) > 150
    assert np.array_equal(seen[list(expected)], np.stack(list(expected.values())))
