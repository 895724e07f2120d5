"""The order in which a traced run's faults are named, and the cycles of steps and run."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from siammixer.arch.accelerator import FETCH_CYCLES
from siammixer.sim.run import TracedOutcome
from siammixer.sim.trace import compare, traced_problem

STEPS = tuple(SimpleNamespace(name=name, cycles=cycles, writes=None) for name, cycles in (("A", 5), ("B", 3)))
LIKENESS = SimpleNamespace(name="likeness", out_shape=(1, 2, 1))
PLAN = SimpleNamespace(
    branch="search",
    steps=STEPS,
    executions=[(0, 0), (1, 0)],
    predicted_cycles=FETCH_CYCLES + 5 + 3 + 1,
    least_cycles=10,
    network=SimpleNamespace(responses=lambda branch: (LIKENESS,)),
    accelerator=SimpleNamespace(lanes=4),
)
TENSORS = {"likeness": np.array([4, 9], np.int32).reshape(1, 2, 1)}
NONE = np.zeros(0, np.int64)
RIGHT = TracedOutcome(
    cycles=PLAN.predicted_cycles,
    response=np.array([4, 9], np.int32),
    peak_position=1,
    peak_value=9,
    error=0,
    step=1,
    identity=0,
    pixels_taken=0,
    clocks=99,
    wall_seconds=1.0,
    step_index=np.array([0, 1]),
    step_cycle=FETCH_CYCLES + np.array([5, 8]),
    trace_step=NONE,
    trace_address=NONE,
    trace_data=np.zeros((0, 8), np.int8),
)


def problem(stalled=False, **change):
    outcome = replace(RIGHT, **change)
    return traced_problem(PLAN, outcome, TENSORS, compare(PLAN, outcome, TENSORS), stalled=stalled)


def test_nothing_is_wrong():
    assert problem() is None
    for by in (7, -1):
        other = {"cycles": RIGHT.cycles + by, "step_cycle": RIGHT.step_cycle + by}
        assert problem(stalled=True, **other) is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"response": np.array([4, 8], np.int32), "peak_value": 8, "cycles": 3},
            "layer likeness, row 0, column 1, channel 0: golden 9, accelerator 8",
        ),
        ({"peak_position": 0, "cycles": 3}, "peak (cell, value): (1, 9) in golden's response"),
        ({"step_cycle": RIGHT.step_cycle[:1], "cycles": 3}, "1 steps ran, 2 in the program"),
        ({"step_cycle": FETCH_CYCLES + np.array([5, 9]), "cycles": 3}, "step B: 4 cycles, 3 predicted"),
        ({"cycles": 3}, f"3 cycles, {PLAN.predicted_cycles} predicted"),
        ({"cycles": 3, "stalled": True}, f"3 cycles, {PLAN.predicted_cycles} predicted"),
        ({"trace_address": np.zeros(2, np.int64)}, "2 words written that no step should write"),
    ],
)
def test_the_first_fault_is_named(change, expected):
    assert problem(**change).startswith(expected)
