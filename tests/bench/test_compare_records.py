"""siammixer.bench.compare_records judges changes, and nothing in the tree is worse than recorded."""

from copy import deepcopy
from functools import reduce

import pytest

from siammixer.bench.compare_records import Change, changes, since_the_record

BEFORE = {
    "case": {"cycles": 100, "utilisation_per_mille": 900, "steps": {"P1": 10}},
    "size": {"block_rams": 20, "feature_map_bytes": 7, "grid": "4x4"},
}


def test_no_figure_is_worse_than_recorded():
    assert [str(change) for change in since_the_record() if change.worse] == []


def changed(path: str, value) -> Change:
    """The one change that setting a figure makes."""
    now = deepcopy(BEFORE)
    *outer, last = path.split(".")
    reduce(dict.__getitem__, outer, now)[last] = value
    (change,) = changes(BEFORE, now)
    return change


@pytest.mark.parametrize(
    ("path", "value", "worse"),
    [
        ("case.cycles", 101, True),
        ("case.cycles", 99, False),
        ("case.utilisation_per_mille", 899, True),
        ("case.utilisation_per_mille", 901, False),
        ("case.steps.P1", 11, False),
        ("size.block_rams", 21, True),
        ("size.feature_map_bytes", 6, False),
        ("size.grid", "8x8", False),
        ("size.multipliers", 144, False),
    ],
)
def test_what_is_worse(path, value, worse):
    change = changed(path, value)
    assert change.worse is worse and change.path == tuple(path.split("."))
    assert str(change).startswith("WORSE ") is worse and str(change).endswith(f" -> {value}")


def test_equal_figures_are_no_change():
    assert changes(BEFORE, BEFORE) == []


def test_a_figure_that_is_gone_is_worse():
    (change,) = changes({"case": {"cycles": 1}}, {"case": {}})
    assert change.worse
