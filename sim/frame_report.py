"""The report of a simulated frame: its steps, and the frame."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from siammixer.arch.accelerator import FETCH_CYCLES, Accelerator
from siammixer.compiler.program import BranchProgram
from siammixer.driver.compare import named_responses, reported
from siammixer.ir.network import Network
from siammixer.ir.operator import Shape
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights
from siammixer.sim.build import SimulationError
from siammixer.sim.run import TracedOutcome
from siammixer.sim.trace import compare, traced_problem


@dataclass(frozen=True, kw_only=True)
class StepReport:
    """A step of a branch, all its executions together.

    ``cycles`` are measured, ``layers`` says which layer they served, ``utilisation`` is useful MACs over
    multipliers x cycles.
    """

    name: str
    kind: str
    shape: Shape
    macs: int
    predicted_cycles: int
    cycles: int
    layers: dict[str, int]
    utilisation: float
    equal: bool


@dataclass(frozen=True, kw_only=True)
class FrameReport:
    """A simulated frame: what it gave, and how that compares with golden.

    ``mismatch`` names the first difference: of a tensor, the peak, or a step's cycles. ``response`` is INT32
    (rows, columns, channels), ``peak`` the core's (word, value) of the largest of its words.
    ``cycles``, ``predicted_cycles`` and ``utilisation`` are of the search branch, from start to
    response; ``wall_seconds`` and ``cycles_per_second`` of its simulation.
    """

    network: Network
    accelerator: Accelerator
    grid: Grid
    steps: list[StepReport]
    template_steps: list[StepReport]
    mismatch: str | None
    response: np.ndarray
    peak: tuple[int, int]
    cycles: int
    predicted_cycles: int
    utilisation: float
    parameter_bytes: int
    memory: list[tuple[str, int]]
    fingerprint: str
    wall_seconds: float
    cycles_per_second: float

    @property
    def equal(self) -> bool:
        """Whether every tensor equals that of golden."""
        return self.mismatch is None

    @property
    def cycles_by_layer(self) -> dict[str, int]:
        """Cycles of the search branch by layer; a fused step's are its two layers'."""
        return {layer: count for step in self.steps for layer, count in step.layers.items()}

    @property
    def feature_map_bytes(self) -> int:
        """Bytes of feature-map memory, all of :attr:`memory` together."""
        return sum(size for _, size in self.memory)


def branch_steps(
    program: BranchProgram, result: TracedOutcome, tensors: dict[str, np.ndarray], *, stalled: bool
) -> tuple[list[StepReport], str | None]:
    """The steps of a branch's run, and the first thing in which it differs from golden's tensors and the
    program (:func:`siammixer.sim.trace.traced_problem`).

    Raises
    ------
    SimulationError
        Where the run ended with an error code, or ran other steps than the program's.
    """
    if problem := reported(result):
        raise SimulationError(f"{program.branch} branch: {problem}")
    problems = compare(program, result, tensors)
    cycles = np.diff(result.step_cycle, prepend=FETCH_CYCLES)
    names = [program.steps[index].name for index, _ in program.executions]
    if len(names) != len(cycles):
        ran = f"{len(cycles)} steps ran, {len(names)} in the program"
        raise SimulationError(f"{program.branch} branch: {ran}")
    steps = [_step(program, name, names, cycles, problems) for name in dict.fromkeys(names)]
    return steps, traced_problem(program, result, tensors, problems, stalled=stalled)


def _step(
    program: BranchProgram, name: str, names: list[str], cycles: np.ndarray, problems: dict[int, str]
) -> StepReport:
    members = [(index, step) for index, step in enumerate(program.steps) if step.name == name]
    step = members[0][1]
    if step.operators:
        operator = step.operators[-1]
    else:
        assert step.tensor is not None, "a step that computes nothing moves feature maps"
        operator = program.network.operator(step.tensor, program.branch)
    measured = int(sum(count for owner, count in zip(names, cycles, strict=True) if owner == name))
    return StepReport(
        name=name,
        kind=step.kind,
        shape=operator.out_shape,
        macs=step.macs,
        layers=step.layers(measured),
        predicted_cycles=sum(member.cycles * member.executions for _, member in members),
        cycles=measured,
        utilisation=step.macs / (measured * program.accelerator.multipliers),
        equal=not any(index in problems for index, _ in members),
    )


def frame_report(
    program: BranchProgram,
    weights: Weights,
    result: TracedOutcome,
    steps: list[StepReport],
    template_steps: list[StepReport],
    problem: str | None,
) -> FrameReport:
    """The report of a frame from the run of its search branch; ``problem`` is its first difference."""
    identity = f"{weights.fingerprint}{program.accelerator.fingerprint}"
    return FrameReport(
        network=program.network,
        accelerator=program.accelerator,
        grid=program.grid,
        steps=steps,
        template_steps=template_steps,
        mismatch=problem,
        response=named_responses(program, result.response)[program.network.response.name],
        peak=(result.peak_position, result.peak_value),
        cycles=result.cycles,
        predicted_cycles=program.predicted_cycles,
        utilisation=program.macs / (result.cycles * program.accelerator.multipliers),
        parameter_bytes=program.network.parameter_bytes,
        memory=program.memory,
        fingerprint=hashlib.sha256(identity.encode()).hexdigest()[:16],
        wall_seconds=result.wall_seconds,
        cycles_per_second=result.clocks_per_second,
    )
