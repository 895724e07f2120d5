"""Which depthwise layers are done by the step before them, and which layers run behind the patches."""

from dataclasses import replace

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.fuse import deep_groups, fuse_deep, patch_groups
from siammixer.compiler.job import Job
from siammixer.ir.catalogue import find_network
from siammixer.ir.layers import Convolution, Depthwise, Pointwise, TokenMLP
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


def job(network=NETWORK, accelerator=DEFAULT, branch="search"):
    return Job(network=network, accelerator=accelerator, grid=Grid(1, 4), branch=branch)


def never(group):
    return False


def named(groups):
    return [[operator.name for operator in group] for group in groups]


def test_an_addition_and_its_branch_are_one_group():
    groups = named(deep_groups(job()))
    assert groups[:5] == [
        ["P3.pw"],
        ["D1.dw"],
        ["D1.pw"],
        ["M1.local.branch", "M1.local"],
        ["M1.channel.hidden", "M1.channel.branch", "M1.channel"],
    ]
    assert groups[-6:] == [
        ["E"],
        ["H.correlation", "H.similarity", "H.embedding", "H"],
        ["H.local"],
        ["H.mix"],
        ["H.box"],
        ["response"],
    ]
    deep = [operator.name for operator in job().operators if not operator.patch]
    assert [name for group in groups for name in group] == deep


@pytest.mark.parametrize(
    ("last", "behind"),
    [
        ((Pointwise(name="A", channels=9),), ["A"]),
        ((Pointwise(name="A", channels=8),), ["A"]),  # a word as before
        ((Pointwise(name="A", channels=17), Pointwise(name="B", channels=24)), ["A", "B"]),
        ((Pointwise(name="A", channels=17), Pointwise(name="B", channels=16)), []),  # it narrows the map
        ((Pointwise(name="A", channels=9), Depthwise(name="B")), []),
    ],
    ids=str,
)
def test_pointwise_layers_at_the_end_of_the_patches_run_on_the_whole_map(last, behind):
    tiny = find_network("tiny")
    first = (Convolution(name="P1", channels=8), Depthwise(name="P2"))
    network = replace(tiny, name="other", patch_layers=(*first, *last), mixer_layers=(), head_layers=())
    found = job(network, find_accelerator("tiny"))
    assert [one.name for one in found.operators] == [one.name for one in network.operators("search")]
    deep = [operator.name for operator in found.operators if not operator.patch]
    assert deep == [*behind, "response"]
    assert [operator.name for operator in found.patch_operators] == [
        layer.name for layer in network.patch_layers if layer.name not in behind
    ]


def test_a_depthwise_layer_behind_a_whole_maps_pointwise_layer_is_fused():
    groups = deep_groups(job())
    assert named(fuse_deep(job(), groups, never)) == [["P3.pw", "D1.dw"], *named(groups)[2:]]
    narrow = replace(DEFAULT, line_width=30)  # the map has 31 columns
    assert fuse_deep(job(accelerator=narrow), groups, never) == groups


def test_a_depthwise_layer_that_writes_transposed_stays_alone():
    layers = (Pointwise(name="A", channels=16), Depthwise(name="B"), TokenMLP(name="C", hidden=9))
    network = replace(find_network("tiny"), name="other", mixer_layers=layers)
    for room in (1024, 4096):
        plan = compile_branch(network, replace(find_accelerator("tiny"), map_words=room, response_words=2048))
        names = [step.name for step in plan.steps]
        assert {"A", "B"} < set(names) and "C.columns" not in names


def test_without_room_for_both_maps_they_are_not_fused():
    for words, names in ((8914, ["P3.pw+D1.dw"]), (8913, ["P3.pw", "D1.dw"])):
        plan = compile_branch(NETWORK, replace(DEFAULT, map_words=words))
        assert [step.name for step in plan.steps][2:][: len(names)] == names
