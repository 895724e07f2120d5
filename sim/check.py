"""Does an accelerator do what golden and the schedule say? A frame's response, peak and cycles, without a
trace.

For whole designs where :mod:`siammixer.sim.frame`, which compares every tensor, would cost too much: many
sizes, large ones.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.errors import MESSAGES, Error
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.program import BranchProgram
from siammixer.golden.network import run as run_golden
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights
from siammixer.sim.frame import branch_run, native_simulator
from siammixer.sim.native import Simulator
from siammixer.sim.run import Outcome
from siammixer.sim.trace import peak_difference


@dataclass(frozen=True, kw_only=True)
class Check:
    """What the simulation of both branches gave.

    Parameters
    ----------
    cycles, predicted_cycles
        By branch, from start to done.
    problem
        The first difference, or None: an error code, the response, the peak, cycles.
    """

    cycles: dict[str, int]
    predicted_cycles: dict[str, int]
    problem: str | None


def check_frame(
    network: Network,
    weights: Weights,
    accelerator: Accelerator,
    grid: Grid | None,
    template_crop: np.ndarray,
    search_crop: np.ndarray,
    progress: Callable[[str], None] = lambda _: None,
) -> Check:
    """The template branch and then the search branch on the C++ harness, compared with golden and the
    schedule.

    Parameters
    ----------
    grid
        Patches, by default the accelerator's.
    template_crop, search_crop
        uint8 RGB (template_side, template_side, 3), (search_side, search_side, 3).

    Raises
    ------
    InputError
        The network does not fit the accelerator, or the weights are another network's.
    SimulationError
        The simulation did not finish.
    """
    plans = {branch: compile_branch(network, accelerator, grid, branch, weights) for branch in BRANCHES}
    runs = {
        "template": branch_run(
            plans["template"], template_crop, weights, watchdog_cycles=_patience(plans["template"])
        ),
        "search": branch_run(plans["search"], search_crop, watchdog_cycles=_patience(plans["search"])),
    }
    binary = native_simulator(accelerator, progress)
    progress(f"simulating {network.name} on {accelerator.name}")
    with closing(Simulator(binary)) as simulator:
        outcomes = {branch: simulator.run(run) for branch, run in runs.items()}
    template = run_golden(network, weights, template_crop, "template")["template"]
    response = run_golden(network, weights, search_crop, "search", template=template)["response"]
    problems = [
        outcome_problem(plan, outcomes[branch], response if branch == "search" else None)
        for branch, plan in plans.items()
    ]
    return Check(
        cycles={branch: outcome.cycles for branch, outcome in outcomes.items()},
        predicted_cycles={branch: plan.predicted_cycles for branch, plan in plans.items()},
        problem=next((problem for problem in problems if problem), None),
    )


def outcome_problem(
    plan: BranchProgram, outcome: Outcome, response: np.ndarray | None, stalled: bool = False
) -> str | None:
    """What is wrong with the outcome of a run of a branch: its error code, the response, the peak, or
    cycles; None if nothing.

    Parameters
    ----------
    response
        golden's, of a search branch; None of a template branch.
    stalled
        The pixels paused: the run may take longer than predicted.
    """
    if outcome.error:
        return f"{plan.branch} branch: the accelerator reports {MESSAGES[Error(outcome.error)]}"
    difference = None if response is None else _difference(response, outcome)
    wrong = outcome.cycles < plan.predicted_cycles if stalled else outcome.cycles != plan.predicted_cycles
    return difference or (
        f"{plan.branch} branch: {outcome.cycles} cycles, {plan.predicted_cycles} predicted" if wrong else None
    )


def _patience(plan: BranchProgram) -> int:
    """Watchdog cycles: nothing pauses the run, and loading takes one cycle a word."""
    return 2 * plan.predicted_cycles + plan.accelerator.lanes * plan.accelerator.weight_words


def _difference(response: np.ndarray, outcome: Outcome) -> str | None:
    """The first response cell that differs, or the peak."""
    found = outcome.response.reshape(response.shape)
    if not np.array_equal(found, response):
        row, column, _ = (int(value) for value in np.argwhere(found != response)[0])
        return (
            f"response, row {row}, column {column}: golden {response[row, column, 0]}, accelerator "
            f"{found[row, column, 0]}"
        )
    return peak_difference(response, outcome)
