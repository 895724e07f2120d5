"""Frame after frame on one simulated accelerator, its pixels pausing, its runs broken off by resets: always
golden's responses.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from siammixer.arch.accelerator import Accelerator
from siammixer.driver.planner import plan_branches
from siammixer.driver.session import Session
from siammixer.golden.random_weights import random_image
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights
from siammixer.sim.native import Simulator
from siammixer.sim.run import SimulatedOutcome
from siammixer.sim.simulators import native_simulator

PAUSES = (0.0, 0.0, 0.1, 0.5, 0.9)
"""Of the pixels, as probabilities in a cycle: one of them for each run."""

RESET_SHARE = 0.15
TEMPLATE_SHARE = 0.05


@dataclass(kw_only=True)
class Soak:
    """The result of a soak.

    Parameters
    ----------
    frames
        Search runs that ended by themselves, each compared with golden.
    templates
        Template runs that did.
    stalled
        Of both, those in which the pixels could pause.
    resets
        Runs that a reset broke off.
    clocks
        All cycles, of loading and reading too.
    steady_cycles
        Different counts of cycles of the frames whose pixels did not pause: one, where nothing varies.
    problem
        The first difference with the number of its frame, or None. The soak ends with it.
    """

    frames: int = 0
    templates: int = 0
    stalled: int = 0
    resets: int = 0
    clocks: int = 0
    steady_cycles: set[int] = field(default_factory=set)
    problem: str | None = None


def soak(
    network: Network,
    weights: Weights,
    accelerator: Accelerator,
    frames: int,
    seed: int,
    grid: Grid | None = None,
    progress: Callable[[str], None] = lambda _: None,
    *,
    power_up: int | None = None,
) -> Soak:
    """Runs ``frames`` search crops one after the other, now and then with a new template; the same for the
    same seed.

    A share of the runs is broken off by a reset in any of its cycles and then made again, with nothing
    loaded anew.

    Raises
    ------
    InputError
        The network does not fit the accelerator.
    SimulationError
        A run does not finish.
    """
    random = np.random.default_rng(seed)
    program = plan_branches(network, accelerator, grid, weights)
    result, (before, frame) = Soak(), BRANCHES
    binary = native_simulator(accelerator, progress, power_up=power_up is not None)
    core = Simulator(binary, power_up=power_up)
    with closing(Session(program, weights, core)) as session:
        while result.frames < frames and result.problem is None:
            first = session.reference.template is None
            branch = before if first or random.random() < TEMPLATE_SHARE else frame
            crop = random_image(network.side(branch), int(random.integers(2**31)))
            pause = float(random.choice(PAUSES))
            given: dict[str, Any] = {"crop": crop, "stall": pause, "seed": int(random.integers(2**31))}
            while random.random() < RESET_SHARE:
                cycle = int(random.integers(program[branch].predicted_cycles))
                broken = session.attempt(branch, **given, reset_cycle=cycle)
                result.resets += 1
                result.clocks += broken.clocks
            judged = session.judge(branch, **given)
            _count(result, branch, judged.outcome, pause)
            if judged.problem:
                result.problem = f"frame {result.frames}: {judged.problem}"
            progress(f"{result.frames} of {frames} frames, {result.resets} resets")
    return result


def _count(result: Soak, branch: str, outcome: SimulatedOutcome, pause: float) -> None:
    before, frame = BRANCHES
    result.frames += branch == frame
    result.templates += branch == before
    result.stalled += pause > 0
    result.clocks += outcome.clocks
    if branch == frame and not pause:
        result.steady_cycles.add(outcome.cycles)
