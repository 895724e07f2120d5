"""Does an accelerator do what golden and the program say? A frame's response, peak and cycles, without a
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
from siammixer.driver.planner import plan_branches
from siammixer.driver.session import Session
from siammixer.ir.network import BRANCHES, Network
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
    program.

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
    program = plan_branches(network, accelerator, grid, weights)
    crops = dict(zip(BRANCHES, (template_crop, search_crop), strict=True))
    binary = native_simulator(accelerator, progress)
    progress(f"simulating {network.name} on {accelerator.name}")
    with closing(Session(program, weights, Simulator(binary))) as session:
        judged = {branch: session.judge(branch, crop) for branch, crop in crops.items()}
    return Check(
        cycles={branch: each.outcome.cycles for branch, each in judged.items()},
        predicted_cycles={branch: part.predicted_cycles for branch, part in program.branches.items()},
        problem=next((each.problem for each in judged.values() if each.problem), None),
    )
