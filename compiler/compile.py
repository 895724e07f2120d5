"""The compiler's chain of passes, from a network and an accelerator to a program.

Every pass is pure and reads what the passes before it have decided::

    Job -> legalise -> fuse -> place weights -> allocate maps -> select steps -> link residual shifts ->
    Program

The compiler refuses a network that does not fit, and names the layer and the limit.
"""

from __future__ import annotations

from dataclasses import replace

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.instruction import INSTRUCTION_WORDS
from siammixer.compiler.allocate import allocate
from siammixer.compiler.fuse import deep_groups, patch_groups
from siammixer.compiler.job import Job
from siammixer.compiler.legalise import legalise
from siammixer.compiler.program import BranchProgram, Program, Step
from siammixer.compiler.select.deep_stage import maps_left, select_deep_stage
from siammixer.compiler.select.patch_stage import loop_fields, select_patch_stage
from siammixer.compiler.select.step import Layout
from siammixer.compiler.weight_layout import place_weights
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights


def compile_network(
    network: Network, accelerator: Accelerator, grid: Grid | None = None, weights: Weights | None = None
) -> Program:
    """The programs of both branches; see :func:`compile_branch`."""
    branches = {branch: compile_branch(network, accelerator, grid, branch, weights) for branch in BRANCHES}
    return Program(branches=branches)


def compile_branch(
    network: Network,
    accelerator: Accelerator,
    grid: Grid | None = None,
    branch: str = "search",
    weights: Weights | None = None,
) -> BranchProgram:
    """The program of one branch.

    Parameters
    ----------
    grid
        The patch grid, by default the accelerator's.
    weights
        They give the shifts of the residuals. Without weights the shifts are zero. Cycles do not depend on
        them.

    Raises
    ------
    InputError
        The network does not fit; the message names the layer and the limit.
    """
    job = Job(
        network=network,
        accelerator=accelerator,
        grid=grid or Grid(*accelerator.patch_grid),
        branch=branch,
    )
    legalise(job)
    shallow = patch_groups(job.patch_operators, accelerator, job.patches[0].regions)
    deep = deep_groups(network, branch)
    placed = place_weights(network, accelerator)
    layout = Layout(job=job, weights=placed, maps=allocate(job, shallow, maps_left(job, deep)))
    deep_steps, used = select_deep_stage(layout, deep)
    steps = link(_ended(select_patch_stage(layout, shallow) + deep_steps), weights)
    words = (len(steps) + 1) * INSTRUCTION_WORDS
    what = "words of program memory (with the steps before it)"
    job.refuse(steps[-1].name, what, words, accelerator.program_words)
    return BranchProgram(
        network=network,
        accelerator=accelerator,
        grid=job.grid,
        branch=branch,
        steps=steps,
        loop=loop_fields(layout),
        map_words=used + job.spare,
        weight_layout=placed,
    )


def _ended(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps, the last of which ends the program."""
    *others, last = steps
    return (*others, replace(last, fields={**last.fields, "end": 1}))


def link(steps: tuple[Step, ...], weights: Weights | None) -> tuple[Step, ...]:
    """The last pass: the steps with the residual shifts that follow from the weights' exponents."""
    if weights is None:
        return steps
    return tuple(_linked(step, weights) for step in steps)


def _linked(step: Step, weights: Weights) -> Step:
    if step.residual is None:
        return step
    shifts = weights.alignment(step.residual)
    patch = {"left_x": shifts.left_x, "left_y": shifts.left_y, "right": shifts.right}
    return replace(step, fields={**step.fields, **patch})
