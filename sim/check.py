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
from siammixer.driver.compare import outcome_problem
from siammixer.driver.planner import Planner, plan_branches
from siammixer.golden.network import run as run_golden
from siammixer.ir.network import Network
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights
from siammixer.sim.native import Simulator
from siammixer.sim.simulators import native_simulator


@dataclass(frozen=True, kw_only=True)
class Check:
    """The result of the simulation of both branches.

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
    plans = plan_branches(network, accelerator, grid, weights)
    planner, crops = Planner(plans, weights), {"template": template_crop, "search": search_crop}
    binary = native_simulator(accelerator, progress)
    progress(f"simulating {network.name} on {accelerator.name}")
    with closing(Simulator(binary)) as simulator:
        outcomes = {branch: simulator.execute(planner.run(branch, crop)) for branch, crop in crops.items()}
    template = run_golden(network, weights, template_crop, "template")["template"]
    response = run_golden(network, weights, search_crop, "search", template=template)["response"]
    problems = [
        outcome_problem(plan, outcomes[branch], response if branch == "search" else None)
        for branch, plan in plans.branches.items()
    ]
    return Check(
        cycles={branch: outcome.cycles for branch, outcome in outcomes.items()},
        predicted_cycles={branch: plan.predicted_cycles for branch, plan in plans.branches.items()},
        problem=next((problem for problem in problems if problem), None),
    )
