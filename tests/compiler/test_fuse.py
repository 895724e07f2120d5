"""Which depthwise layers of the patch stage are done by the step before them."""

from dataclasses import replace

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.compiler.fuse import deep_groups, patch_groups
from siammixer.ir.catalogue import find_network
from siammixer.ir.operators import PointwiseConvolution
from siammixer.ir.patches import Grid, patches

NETWORK, DEFAULT = find_network("siammixer"), find_accelerator("ecp5-85f")
BOTH, NONE = ["P1+P2.dw", "P2.pw+P3.dw", "P3.pw"], ["P1", "P2.dw", "P2.pw", "P3.dw", "P3.pw"]


def steps(accelerator, grid: str = "4x4", **changes: dict) -> list[str]:
    """The names of a patch's steps, the operators changed so."""
    operators = [operator for operator in NETWORK.operators("search") if operator.patch]
    operators = [replace(one, **changes.get(one.name.replace(".", "_"), {})) for one in operators]
    return names(operators, accelerator, grid)


def names(operators, accelerator, grid: str = "4x4") -> list[str]:
    regions = patches(NETWORK, "search", Grid.parse(grid))[0].regions
    return ["+".join(one.name for one in group) for group in patch_groups(operators, accelerator, regions)]


def test_both_strided_layers_of_the_default_network():
    assert steps(DEFAULT) == BOTH


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"P2_dw": {"stride": 1}}, BOTH),
        ({"P2_dw": {"kernel": 5}}, ["P1", "P2.dw", *BOTH[1:]]),
        ({"P2_pw": {"relu": False}}, [BOTH[0], *NONE[2:]]),
    ],
    ids=["stride 1", "5 x 5", "another activation"],
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


def test_only_depthwise_layers_are_fused():
    convolution, depthwise, *others = (one for one in NETWORK.operators("search") if one.patch)
    shape = convolution.out_shape
    other = PointwiseConvolution(
        name="P2.dw", inputs=("P1",), in_shape=shape, out_shape=shape, relu=True, patch=True
    )
    assert names([convolution, depthwise, *others], DEFAULT)[0] == "P1+P2.dw"
    assert names([convolution, other, *others], DEFAULT)[:2] == ["P1", "P2.dw"]


def test_an_addition_and_its_branch_are_one_group():
    deep = [operator for operator in NETWORK.operators("search") if not operator.patch]
    groups = [[operator.name for operator in group] for group in deep_groups(NETWORK, "search")]
    assert groups[:4] == [
        ["D1.dw"],
        ["D1.pw"],
        ["M1.local.branch", "M1.local"],
        ["M1.channel.hidden", "M1.channel.branch", "M1.channel"],
    ]
    assert groups[-2:] == [["E"], ["response"]]
    assert [name for group in groups for name in group] == [operator.name for operator in deep]
