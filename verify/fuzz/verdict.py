"""Runs cases on every engine and reports the first difference.

The engines are golden on the whole image, golden in patches, onnxruntime and the accelerator.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from siammixer.arch.accelerator import Accelerator
from siammixer.compiler.program import BranchProgram, Program
from siammixer.driver.compare import reported
from siammixer.driver.core import Core, CoreRun
from siammixer.driver.planner import Pass, Planner, plan_branches
from siammixer.driver.reference import Reference
from siammixer.driver.session import execute_passes
from siammixer.ir.network import BRANCHES
from siammixer.ir.operators import TEMPLATE
from siammixer.ir.weights import Weights
from siammixer.sim.build import SimulationError
from siammixer.sim.run import CocotbSimulator, TracedOutcome
from siammixer.sim.simulators import simulator
from siammixer.sim.trace import compare, traced_problem
from siammixer.verify.fuzz.case import Case
from siammixer.verify.fuzz.images import image
from siammixer.verify.fuzz.weights import case_weights
from siammixer.verify.onnx.compare import compare as compare_tensor
from siammixer.verify.onnx.compare import run_onnxruntime
from siammixer.verify.onnx.export import export

Tensors = dict[str, np.ndarray]
BATCH = 16
RUNS = (*BRANCHES, BRANCHES[-1])
"""Branches of the accelerator's runs of a case. In the last run the pixel stream pauses."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A case that is ready to run: its weights and its program, and a crop and golden's tensors for each of
    ``RUNS``.
    """

    case: Case
    weights: Weights
    program: Program
    crops: tuple[np.ndarray, ...]
    tensors: tuple[Tensors, ...]

    @property
    def plans(self) -> tuple[BranchProgram, ...]:
        """The program of each of ``RUNS``."""
        return tuple(self.program[branch] for branch in RUNS)

    @property
    def planner(self) -> Planner:
        """A new planner, for a core whose memories are empty."""
        return Planner(self.program, self.weights)

    @property
    def passes(self) -> list[Pass]:
        """A pass for each of ``RUNS``."""
        stalls = (0.0, 0.0, self.case.stall)
        return [
            Pass(branch=branch, crop=crop, stall=stall, seed=self.case.seed)
            for branch, crop, stall in zip(RUNS, self.crops, stalls, strict=True)
        ]

    @property
    def runs(self) -> list[CoreRun]:
        """A run for each of ``RUNS``, for a core whose memories are empty."""
        return self.planner.runs(self.passes)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The result of a case. ``problem`` names the engine and the first difference, or is None."""

    prepared: Prepared
    problem: str | None

    @property
    def case(self) -> Case:
        """The case that was run."""
        return self.prepared.case


def prepare(case: Case) -> Prepared:
    """Compiles a case and computes golden's tensors.

    Raises
    ------
    InputError
        The case is no valid network, or it does not fit its accelerator.
    """
    network, weights = case.network, case_weights(case)
    program = plan_branches(network, case.accelerator, case.grid, weights)
    crops = tuple(
        image(case.image, network.side(branch), case.seed + number) for number, branch in enumerate(RUNS)
    )
    reference = Reference(network, weights)
    return Prepared(
        case=case,
        weights=weights,
        program=program,
        crops=crops,
        tensors=tuple(reference.tensors(branch, crop) for branch, crop in zip(RUNS, crops, strict=True)),
    )


def judge(
    cases: Sequence[Case], progress: Callable[[str], None] = lambda _: None, simulated: bool = True
) -> list[Verdict]:
    """The verdicts of the cases, in their order.

    Parameters
    ----------
    simulated
        Whether the accelerator runs too.

    Raises
    ------
    InputError
        See :func:`prepare`.
    """
    prepared = [prepare(case) for case in cases]
    problems = [_software_problem(one) for one in prepared]
    waiting: dict[Accelerator, list[int]] = defaultdict(list)
    for index, one in enumerate(prepared):
        if simulated and problems[index] is None:
            waiting[one.case.accelerator].append(index)
    for accelerator, indices in waiting.items():
        core = CocotbSimulator(simulator(accelerator, progress))
        for start in range(0, len(indices), BATCH):
            some = indices[start : start + BATCH]
            found = _simulated_problems(core, [prepared[index] for index in some])
            for index, problem in zip(some, found, strict=True):
                problems[index] = problem
    return [Verdict(prepared=one, problem=problem) for one, problem in zip(prepared, problems, strict=True)]


def _software_problem(one: Prepared) -> str | None:
    """The first difference of golden in patches or of onnxruntime from golden, in both branches; or None."""
    network, template = one.weights.network, None
    in_patches = Reference(network, one.weights, one.case.grid)
    for branch, crop, tensors in zip(BRANCHES, one.crops, one.tensors, strict=False):
        found = {
            "golden in patches": in_patches.tensors(branch, crop),
            "onnxruntime": run_onnxruntime(export(network, one.weights, branch), crop, template),
        }
        for engine, others in found.items():
            for name, tensor in tensors.items():
                row = compare_tensor(branch, name, tensor, {"onnxruntime": others[name], "reference": tensor})
                if not row.equal:
                    return f"{engine}, {branch} branch: layer {row.first.replace('onnxruntime', engine)}"
        template = found["onnxruntime"].get(TEMPLATE, template)
    return None


def _simulated_problems(core: Core, batch: Sequence[Prepared]) -> list[str | None]:
    """The first difference of each case on a core with a trace. All their runs share one simulation."""
    try:
        results = execute_passes(core, [(one.planner, one.passes) for one in batch])
    except SimulationError as error:
        if len(batch) == 1:
            return [f"accelerator: the simulation did not finish: {error}"]
        return [problem for one in batch for problem in _simulated_problems(core, [one])]
    return [accelerator_problem(one, found) for one, found in zip(batch, results, strict=True)]


def accelerator_problem(one: Prepared, results: Sequence[TracedOutcome]) -> str | None:
    """The first difference of the accelerator's runs: error code, words written, response, peak, cycles."""
    for number, (plan, tensors, result) in enumerate(zip(one.plans, one.tensors, results, strict=True)):
        stalled = number == 2 and one.case.stall > 0
        where = f"accelerator, {plan.branch} branch" + (
            f", pixels pausing ({one.case.stall})" if stalled else ""
        )
        problem = reported(result) or traced_problem(
            plan, result, tensors, compare(plan, result, tensors), stalled=stalled
        )
        if problem:
            return f"{where}: {problem}"
    return None
