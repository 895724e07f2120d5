"""The whole accelerator in Amaranth's own simulator and in Verilator: the same words written in the same
order, and the same cycles.
"""

from dataclasses import fields, replace

import numpy as np
import pytest

from siammixer.driver.session import execute_passes
from siammixer.ir.layers import ChannelMLP, Convolution, Depthwise, Pointwise, TokenMLP
from siammixer.ir.patches import Grid
from siammixer.sim.own_simulator import AmaranthSimulator
from siammixer.sim.run import CocotbSimulator, TracedOutcome
from siammixer.sim.simulators import simulator
from siammixer.verify.fuzz.accelerators import fuzz_accelerator
from siammixer.verify.fuzz.case import Case
from siammixer.verify.fuzz.verdict import accelerator_problem, prepare

# Every kind of step, both windows, several words a pixel, patches, all residuals, in as few cycles as that
# takes.
ALL = Case(
    seed=1,
    accelerator=fuzz_accelerator("tiny"),
    patch_layers=(Convolution(name="P0", channels=9, stride=2), Depthwise(name="P1")),
    mixer_layers=(
        Depthwise(name="M0", kernel=5, residual=True),
        TokenMLP(name="M1", hidden=9),
        ChannelMLP(name="M2", hidden=3),
        TokenMLP(name="M3", hidden=2),
        Pointwise(name="E", channels=10, relu=False),
    ),
    search_map=3,
    template_map=3,
    template_tokens=3,
    grid=Grid(1, 2),
    style="extreme",
    image="noise",
    stall=0.5,
)
FEW = replace(
    ALL, patch_layers=ALL.patch_layers[:1], mixer_layers=(TokenMLP(name="M0", hidden=2), Depthwise(name="M1"))
)
KINDS = {"convolution", "depthwise", "pointwise", "transpose", "store_template", "correlate"}
COUNTED = {"wall_seconds", "clocks"}


@pytest.mark.parametrize(
    "case", [pytest.param(FEW, id="few"), pytest.param(ALL, id="all", marks=pytest.mark.long)]
)
def test_the_tiny_accelerator(case):
    prepared = prepare(case)
    assert {step.kind for plan in prepared.plans for step in plan.steps} == KINDS
    cores = AmaranthSimulator(case.accelerator), CocotbSimulator(simulator(case.accelerator, lambda _: None))
    results, others = (execute_passes(core, [(prepared.planner, prepared.passes)])[0] for core in cores)
    assert accelerator_problem(prepared, results) is None
    for found, expected in zip(results, others, strict=True):
        for name in {field.name for field in fields(TracedOutcome)} - COUNTED:
            assert np.array_equal(getattr(found, name), getattr(expected, name)), name
