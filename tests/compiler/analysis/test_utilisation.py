"""Utilisation by kind of layer: the kinds add up to the frame, and none falls below what is promised."""

from dataclasses import replace

import pytest

from siammixer.arch.accelerator import FETCH_CYCLES, RUN_DONE_CYCLES, find_accelerator
from siammixer.compiler.analysis.utilisation import by_kind, kind_of, predicted_by_kind
from siammixer.compiler.compile import compile_branch
from siammixer.ir.catalogue import NETWORKS, find_network
from siammixer.ir.network import BRANCHES

DEFAULT = find_accelerator("ecp5-85f")


@pytest.mark.parametrize("branch", BRANCHES)
@pytest.mark.parametrize("name", NETWORKS)
def test_kinds_add_up_to_the_frame(name, branch):
    plan = compile_branch(find_network(name), DEFAULT, branch=branch)
    kinds = predicted_by_kind(plan).values()
    assert sum(use.macs for use in kinds) == plan.macs
    assert FETCH_CYCLES + sum(use.cycles for use in kinds) + RUN_DONE_CYCLES == plan.predicted_cycles


def test_a_layer_and_its_parts_are_of_one_kind():
    network = find_network("siammixer")
    steps = (
        "P1",
        "P2.dw",
        "E",
        "M1.channel",
        "M1.channel.hidden",
        "M3.token",
        "M3.token.branch",
        "M3.token.columns",
        "H.correlation",
        "H.similarity",
        "H",
        "response",
    )
    kinds = [
        "convolution",
        "depthwise",
        "pointwise",
        "pointwise",
        "pointwise",
        "token",
        "token",
        "token",
        "depthwise correlation",
        "pointwise",
        "centre pointwise",
        "read-out",
    ]
    assert [kind_of(network, step) for step in steps] == kinds
    assert kind_of(replace(network, head_layers=()), "response") == "correlation"


def test_kinds_without_steps_are_left_out():
    use = by_kind(find_network("siammixer"), "search", {"E": 144, "D1.pw": 6})
    assert list(use) == ["pointwise"] and use["pointwise"].cycles == 150


@pytest.mark.parametrize(
    ("kind", "floor"),
    [
        ("convolution", 0.89),
        ("depthwise", 0.80),
        ("pointwise", 0.95),
        ("token", 0.92),
        ("depthwise correlation", 0.77),
        ("centre pointwise", 0.96),
    ],
)
def test_the_default_network_keeps_the_multipliers_busy(kind, floor):
    plan = compile_branch(find_network("siammixer"), DEFAULT)
    assert plan.utilisation >= 0.95
    assert predicted_by_kind(plan)[kind].utilisation(DEFAULT.multipliers) >= floor
