"""One frame through the simulated accelerator: both branches, compared with golden."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from siammixer.arch.accelerator import Accelerator
from siammixer.driver.planner import Pass, plan_branches
from siammixer.driver.reference import Reference
from siammixer.driver.session import Session
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights
from siammixer.sim.frame_report import FrameReport, branch_steps, frame_report
from siammixer.sim.run import CocotbSimulator
from siammixer.sim.simulators import simulator


def simulate_frames(
    network: Network,
    weights: Weights,
    accelerator: Accelerator,
    grid: Grid | None,
    template_crop: np.ndarray,
    search_crops: Sequence[np.ndarray],
    *,
    progress: Callable[[str], None] = lambda _: None,
    stall: float = 0.0,
    seed: int = 0,
) -> list[FrameReport]:
    """The template branch once, the search branch on every crop, all equal to golden or reported.

    Parameters
    ----------
    template_crop, search_crops
        uint8 RGB (template_side, template_side, 3), (search_side, search_side, 3).
    stall, seed
        Probability that the pixel stream pauses in a cycle; cycles then exceed the prediction.

    Raises
    ------
    InputError
        The network does not fit the accelerator, or a crop has the wrong shape.
    SimulationError
        The simulation did not finish.
    """
    program = plan_branches(network, accelerator, grid, weights)
    progress("golden")
    reference = Reference(network, weights, program.grid)
    before, frame = BRANCHES
    template = reference.tensors(before, template_crop)
    session = Session(program, weights, CocotbSimulator(simulator(accelerator, progress)))
    progress(f"simulating {network.name} on {accelerator.name}")
    template_result, *results = session.attempt_all(
        [
            Pass(branch=branch, crop=crop, stall=stall, seed=seed + number)
            for number, (branch, crop) in enumerate(
                [(before, template_crop), *((frame, crop) for crop in search_crops)]
            )
        ]
    )
    template_steps, template_problem = branch_steps(
        program[before], template_result, template, stalled=stall > 0
    )
    reports = []
    for crop, result in zip(search_crops, results, strict=True):
        tensors = reference.tensors(frame, crop)
        steps, problem = branch_steps(program[frame], result, tensors, stalled=stall > 0)
        reports.append(
            frame_report(program[frame], weights, result, steps, template_steps, template_problem or problem)
        )
    return reports


def simulate_frame(
    network: Network,
    weights: Weights,
    accelerator: Accelerator,
    grid: Grid | None,
    template_crop: np.ndarray,
    search_crop: np.ndarray,
    progress: Callable[[str], None] = lambda _: None,
) -> FrameReport:
    """:func:`simulate_frames` of a single search crop."""
    return simulate_frames(
        network, weights, accelerator, grid, template_crop, [search_crop], progress=progress
    )[0]
