"""Which depthwise layers of the patch stage are done by the step before them."""

from dataclasses import replace

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.compiler.fusing import steps_of_a_patch
from siammixer.ir.catalogue import find_network
from siammixer.ir.patches import Grid, patches

NETWORK, DEFAULT = find_network("siammixer"), find_accelerator("ecp5-85f")
BOTH, NONE = ["P1+P2.dw", "P2.pw+P3.dw", "P3.pw"], ["P1", "P2.dw", "P2.pw", "P3.dw", "P3.pw"]


def steps(accelerator, grid: str = "4x4", **changes: dict) -> list[str]:
    """The names of a patch's steps, the operators changed so."""
    operators = {operator.name: operator for operator in NETWORK.operators("search")}
    operators |= {
        name.replace("_", "."): replace(operators[name.replace("_", ".")], **fields)
        for name, fields in changes.items()
    }
    regions = patches(NETWORK, "search", Grid.parse(grid))[0].regions
    return ["+".join(names) for names in steps_of_a_patch(NETWORK, accelerator, operators, regions)]


def test_both_strided_layers_of_the_default_network():
    assert steps(DEFAULT) == BOTH


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"P2_dw": {"stride": 1}}, BOTH),
        ({"P2_dw": {"kernel": 5}}, ["P1", "P2.dw", *BOTH[1:]]),
        ({"P2_pw": {"relu": False}}, [BOTH[0], *NONE[2:]]),
        ({"P2_dw": {"kind": "pointwise"}}, ["P1", "P2.dw", *BOTH[1:]]),
    ],
    ids=["stride 1", "5 x 5", "another activation", "not depthwise"],
)
def test_only_3x3_behind_the_same_activation(changes, expected):
    assert steps(DEFAULT, **changes) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"line_width": 70}, BOTH),  # two blocks of 35 columns
        ({"line_width": 69}, ["P1", "P2.dw", *BOTH[1:]]),
        ({"line_width": 35, "constants": 8}, ["P1", "P2.dw", *BOTH[1:]]),  # twice four blocks
        ({"line_width": 35, "constants": 7}, NONE),
        ({"lanes": 8, "constants": 63}, ["P1", "P2.dw", *BOTH[1:]]),  # four blocks cannot alternate
        ({"lanes": 32}, BOTH),  # one block has nothing to alternate with
    ],
    ids=str,
)
def test_only_where_the_accelerator_has_room(change, expected):
    assert steps(replace(DEFAULT, **change)) == expected


def test_wide_patches_are_not_fused():
    assert steps(DEFAULT, "16x1") == ["P1", "P2.dw", *BOTH[1:]]
