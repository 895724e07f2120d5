"""Runs cases on every engine and reports the first difference.

The engines are golden on the whole image, golden in patches, onnxruntime and the accelerator.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from siammixer.arch.accelerator import Accelerator
from siammixer.compiler.program import BranchProgram
from siammixer.driver.compare import reported
from siammixer.driver.core import CoreRun
from siammixer.driver.planner import Planner, plan_branches
from siammixer.golden.network import run as run_golden
from siammixer.ir.network import BRANCHES
from siammixer.ir.weights import Weights
from siammixer.sim.build import Binary, SimulationError
from siammixer.sim.run import TracedOutcome, simulate
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
RUNS = ("template", "search", "search")
"""Branches of the accelerator's runs of a case. In the last run the pixel stream pauses."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A case that is ready to run: its weights, and a program, a crop and golden's tensors for each of
    ``RUNS``.
    """

    case: Case
    weights: Weights
    plans: tuple[BranchProgram, ...]
    crops: tuple[np.ndarray, ...]
    tensors: tuple[Tensors, ...]

    @property
    def runs(self) -> list[CoreRun]:
        """A run for each of ``RUNS``, for a core whose memories are empty."""
        plans = dict(zip(RUNS, self.plans, strict=True))
        planner = Planner(plans, self.weights)
        return [
            planner.run(branch, crop, stall=self.case.stall if number == 2 else 0.0, seed=self.case.seed)
            for number, (branch, crop) in enumerate(zip(RUNS, self.crops, strict=True))
        ]


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
    plans = plan_branches(network, case.accelerator, case.grid, weights)
    crops = tuple(
        image(case.image, network.side(branch), case.seed + number) for number, branch in enumerate(RUNS)
    )
    template = run_golden(network, weights, crops[0], "template")
    searches = [
        run_golden(network, weights, crop, "search", template=template["template"]) for crop in crops[1:]
    ]
    return Prepared(
        case=case,
        weights=weights,
        plans=tuple(plans[branch] for branch in RUNS),
        crops=crops,
        tensors=(template, *searches),
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
        binary = simulator(accelerator, progress)
        for start in range(0, len(indices), BATCH):
            some = indices[start : start + BATCH]
            for index, problem in zip(
                some, _simulated(binary, [prepared[index] for index in some]), strict=True
            ):
                problems[index] = problem
    return [Verdict(prepared=one, problem=problem) for one, problem in zip(prepared, problems, strict=True)]


def _software_problem(one: Prepared) -> str | None:
    """The first difference of golden in patches or of onnxruntime from golden, in both branches; or None."""
    network, templates = one.weights.network, {}
    for branch, crop, tensors in zip(BRANCHES, one.crops, one.tensors, strict=False):
        found = {
            "golden in patches": run_golden(
                network,
                one.weights,
                crop,
                branch,
                template=templates.get("golden in patches"),
                grid=one.case.grid,
            ),
            "onnxruntime": run_onnxruntime(
                export(network, one.weights, branch), crop, templates.get("onnxruntime")
            ),
        }
        for engine, others in found.items():
            for name, tensor in tensors.items():
                row = compare_tensor(branch, name, tensor, {"onnxruntime": others[name], "reference": tensor})
                if not row.equal:
                    return f"{engine}, {branch} branch: layer {row.first.replace('onnxruntime', engine)}"
        templates = {engine: others.get("template") for engine, others in found.items()}
    return None


def _simulated(binary: Binary, batch: Sequence[Prepared]) -> list[str | None]:
    """The first difference of each case. All their runs share one simulation."""
    try:
        results = simulate(binary, [run for one in batch for run in one.runs])
    except SimulationError as error:
        if len(batch) == 1:
            return [f"accelerator: the simulation did not finish: {error}"]
        return [problem for one in batch for problem in _simulated(binary, [one])]
    count = len(RUNS)
    return [
        accelerator_problem(one, results[count * index : count * (index + 1)])
        for index, one in enumerate(batch)
    ]


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
