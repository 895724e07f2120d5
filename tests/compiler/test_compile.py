"""The program: what fits, what is refused, and that its own numbers agree."""

from dataclasses import replace

import numpy as np
import pytest

from siammixer.arch.accelerator import ACCELERATORS, TAPS, find_accelerator
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.writes import PADDING
from siammixer.golden.random_weights import random_weights
from siammixer.ir.catalogue import NETWORKS, find_network
from siammixer.ir.errors import InputError
from siammixer.ir.layers import Depthwise
from siammixer.ir.network import BRANCHES
from siammixer.ir.numerics import FEATURE_MAP_BUDGET_BYTES, PARAMETER_BUDGET_BYTES
from siammixer.ir.patches import Grid

DEFAULT = find_accelerator("ecp5-85f")


@pytest.mark.parametrize("name", NETWORKS)
def test_the_paper_budgets_hold(name):
    network = find_network(name)
    assert network.parameter_bytes <= PARAMETER_BUDGET_BYTES
    assert compile_branch(network, DEFAULT).feature_map_bytes <= FEATURE_MAP_BUDGET_BYTES


@pytest.mark.parametrize("branch", BRANCHES)
@pytest.mark.parametrize("grid", ["4x4", "8x8", "16x1", "31x31"])
def test_every_tensor_element_is_written_where_there_is_memory(grid, branch):
    plan = compile_branch(find_network("siammixer"), DEFAULT, Grid.parse(grid), branch)
    shapes = plan.network.tensors(branch)
    seen = {name: np.zeros(np.prod(shape), bool) for name, shape in shapes.items()}
    for index, execution in plan.executions:
        step = plan.steps[index]
        if step.writes is None:
            continue
        writes = step.writes.writes(DEFAULT.lanes, execution)
        assert writes.addresses.min() >= 0
        assert writes.addresses.max() < plan.map_words <= DEFAULT.map_words
        for name in {step.tensor, step.branch} - {None}:
            seen[name][writes.elements[writes.elements >= 0]] = True
    # What a fused step makes on the way is written nowhere.
    inside = [operator.name for step in plan.steps for operator in step.operators[:-1]]
    unwritten = [
        name for name, elements in seen.items() if not elements.all() and name not in ("image", "template")
    ]
    assert unwritten == inside and not any(seen[name].any() for name in inside)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("branch", BRANCHES)
def test_the_last_group_of_a_pixel_reads_inside_the_memory(name, branch):
    """Even where it takes in the word behind the pixel."""
    plan = compile_branch(find_network(name), DEFAULT, branch=branch)
    for step in plan.steps:
        fields = {"read_pixel": 0, "read_row": 0} | step.fields
        if step.kind == "pointwise":
            places = [
                row * fields["read_row"] + column * fields["read_pixel"]
                for row in (0, fields["rows"] - 1)
                for column in (0, fields["columns"] - 1)
            ]
            assert (
                fields["read_base"] + max(places) + (TAPS * fields["macs"] - 1) // DEFAULT.lanes
                < plan.map_words
            ), step.name


def test_padding_is_checked():
    plan = compile_branch(find_network("tiny"), DEFAULT)
    elements = {
        step.name: step.writes.writes(plan.accelerator.lanes).elements for step in plan.steps if step.writes
    }
    assert (elements["P1+P2.dw"] == PADDING).any()  # 8 channels in words of 16
    assert (elements["M1.local"] == PADDING).any()  # 81 tokens in words of 16
    assert not (elements["D1.pw"] < 0).any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"map_words": 7500},
            "layer of the deep stage needs 7599 words of feature-map memory (grid 1x4), there are 7500",
        ),
        (
            {"weight_words": 1000},
            "words of weight memory per lane (with the layers before it), there are 1000",
        ),
        (
            {"patch_grid": (1, 2)},
            "layer P1 needs 25040 words of feature-map memory (grid 1x2), there are 9216",
        ),
        ({"program_words": 256}, "words of program memory"),
        ({"constants": 16}, "layer M3.token.branch needs 28 blocks of 16 outputs, there are 16"),
        (
            {"line_width_5": 24},
            "layer M1.local.branch needs 29 columns in the line buffers of a 5 x 5 window, there are 24",
        ),
        (
            {"line_width": 30},
            "layer P2.dw needs 35 columns in the line buffers of a 3 x 3 window, there are 30",
        ),
        ({"pixel_width": 64}, "layer P1 needs 71 columns in the pixel line buffers, there are 64"),
        ({"response_words": 100}, "layer response needs 1125 response cells, there are 100"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_does_not_fit_is_refused_with_layer_and_limit(change, message):
    with pytest.raises(InputError) as error:
        compile_branch(find_network("siammixer"), replace(DEFAULT, name="small", **change))
    assert "network siammixer does not fit accelerator small" in str(error.value)
    assert message in str(error.value)


def test_a_network_without_mixer_layers_has_a_program():
    network = replace(find_network("tiny"), name="patches", mixer_layers=(), head_layers=())
    assert [step.name for step in compile_branch(network, DEFAULT).steps] == ["P1+P2.dw", "P2.pw", "response"]


def test_a_fused_step_serves_two_layers():
    plan = compile_branch(find_network("siammixer"), DEFAULT, Grid(4, 4))
    step = plan.steps[0]
    first, second = step.layers(total := step.cycles * step.executions).values()
    assert first + second == total and second == step.fused_cycles * step.executions > 16 * 2 * 17 * 17
    assert step.macs == sum(plan.network.operator(name).macs for name in ("P1", "P2.dw"))


def test_an_accumulator_that_does_not_fit_is_refused():
    network = find_network("siammixer")
    plan = compile_branch(network, replace(DEFAULT, accumulator_bits=20))
    with pytest.raises(InputError, match=r"layer \S+, channel \d+: the accumulator can need \d+ bits"):
        plan.weight_memory(random_weights(network, 1))


def test_windows_that_the_hardware_lacks_are_refused():
    network = find_network("siammixer")
    layers = list(network.mixer_layers)
    layers[0] = Depthwise(name="D1.dw", kernel=7)
    with pytest.raises(InputError, match=r"layer D1\.dw has kernel 7, stride 1; windows are 3 x 3 or 5 x 5"):
        compile_branch(replace(network, name="wide", mixer_layers=tuple(layers)), DEFAULT)


@pytest.mark.parametrize("grid", ["0x1", "4", "4x", "axb", "32x1", "-1x2"])
def test_grids_that_do_not_divide_the_map_are_refused(grid):
    with pytest.raises(InputError, match="grid"):
        compile_branch(find_network("siammixer"), DEFAULT, Grid.parse(grid))


def test_fingerprints_differ():
    everything = [thing.fingerprint for thing in (*NETWORKS.values(), *ACCELERATORS.values())]
    assert len(set(everything)) == len(everything)
    assert all(len(fingerprint) == 16 for fingerprint in everything)
