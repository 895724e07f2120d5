"""The recorded build of the default accelerator belongs to the tree and holds its clock."""

import copy
import json
from fractions import Fraction

from siammixer.arch.accelerator import DEFAULT_ACCELERATOR, find_accelerator
from siammixer.bench.build import BOARD, FILE, SEEDS, regressions
from siammixer.boards.catalogue import find_board
from siammixer.boards.tools import tool_versions

AGAIN = "run python -m siammixer.bench.build and commit the change with its reason"
RECORD = json.loads(FILE.read_text())


def test_it_is_of_this_accelerator_and_these_tools():
    assert RECORD["accelerator_fingerprint"] == find_accelerator(DEFAULT_ACCELERATOR).fingerprint, AGAIN
    assert RECORD["tools"] == tool_versions(), AGAIN


def test_the_boards_seed_makes_its_clock():
    """Not every seed does (docs/timing.md): the one that the board is built with must."""
    board = find_board(BOARD)
    assert set(RECORD["seeds"]) == set(map(str, SEEDS))
    assert RECORD["seeds"][str(board.seed)]["fmax_mhz"] >= board.clock_mhz, AGAIN
    assert all(RECORD["used"][name] <= RECORD["available"][name] for name in RECORD["available"])


def test_a_slow_seed_and_more_area_are_regressions():
    now = copy.deepcopy(RECORD)
    for result in now["seeds"].values():
        result["fmax_mhz"] = 90.0
    assert regressions(RECORD, now, Fraction(90)) == []
    now["seeds"]["2"]["fmax_mhz"] = 89.99
    now["used"]["LUT"] = int(1.03 * RECORD["used"]["LUT"])
    now["used"]["DSP"] -= 10
    assert regressions(RECORD, now, Fraction(90)) == [
        "seed 2: 89.99 MHz, the board needs 90",
        f"LUT: {RECORD['used']['LUT']:,} -> {now['used']['LUT']:,}",
    ]
