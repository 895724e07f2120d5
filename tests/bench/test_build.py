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


def test_every_seed_makes_the_clock_that_the_board_asks_for():
    assert set(RECORD["seeds"]) == set(map(str, SEEDS))
    assert all(result["fmax_mhz"] >= find_board(BOARD).clock_mhz for result in RECORD["seeds"].values()), (
        AGAIN
    )
    assert all(RECORD["used"][name] <= RECORD["available"][name] for name in RECORD["available"])


def test_a_slow_seed_and_more_area_are_regressions():
    now = copy.deepcopy(RECORD)
    assert regressions(RECORD, now, Fraction(90)) == []
    now["seeds"]["2"]["fmax_mhz"] = 89.99
    now["used"]["LUT"] = int(1.03 * RECORD["used"]["LUT"])
    now["used"]["DSP"] -= 10
    assert regressions(RECORD, now, Fraction(90)) == [
        "seed 2: 89.99 MHz, the board needs 90",
        f"LUT: {RECORD['used']['LUT']:,} -> {now['used']['LUT']:,}",
    ]
