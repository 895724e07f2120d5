"""Runs cases on every engine and reports the first difference.

The engines are golden on the whole image, golden in patches, onnxruntime and the accelerator.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from siammixer.arch.accelerator import FETCH_CYCLES, Accelerator
from siammixer.arch.errors import MESSAGES, Error
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.program import BranchProgram
from siammixer.golden.network import run as run_golden
from siammixer.ir.network import BRANCHES
from siammixer.ir.weights import Weights
from siammixer.sim.build import Binary, SimulationError
from siammixer.sim.frame import branch_run, simulator
from siammixer.sim.run import Run, RunResult, simulate
from siammixer.sim.trace import compare, peak_difference
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
    def runs(self) -> list[Run]:
        """The accelerator's runs, one for each of ``RUNS``. The first loads the weights."""
        loading = (
            self.plans[0].weight_layout.end * self.case.accelerator.lanes
            + self.case.accelerator.program_words
        )
        result = []
        for number, (plan, crop) in enumerate(zip(self.plans, self.crops, strict=True)):
            stall = self.case.stall if number == 2 else 0.0
            patience = round((4 * plan.predicted_cycles + 2 * loading + 1000) / (1 - stall))
            weights = self.weights if number == 0 else None
            result.append(
                branch_run(plan, crop, weights, stall=stall, seed=self.case.seed, watchdog_cycles=patience)
            )
        return result


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
    plans = {
        branch: compile_branch(network, case.accelerator, case.grid, branch, weights) for branch in BRANCHES
    }
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


def accelerator_problem(one: Prepared, results: Sequence[RunResult]) -> str | None:
    """The first difference of the accelerator's runs from golden and from the prediction, or None.

    It can be in the error code, the words written, the response, the peak or the cycles.
    """
    for number, (plan, tensors, result) in enumerate(zip(one.plans, one.tensors, results, strict=True)):
        stalled = number == 2 and one.case.stall > 0
        where = f"accelerator, {plan.branch} branch" + (
            f", pixels pausing ({one.case.stall})" if stalled else ""
        )
        if result.error:
            return f"{where}: error {result.error}: {MESSAGES[Error(result.error)]}"
        problem = next(iter(compare(plan, result, tensors).values()), None)
        problem = problem or (
            peak_difference(tensors["response"], result) if plan.branch == "search" else None
        )
        problem = problem or (None if stalled else _cycles(plan, result))
        if problem:
            return f"{where}: {problem}"
    return None


def _cycles(plan: BranchProgram, result: RunResult) -> str | None:
    """The first step, or else the run, whose cycles differ from the prediction, in words; or None."""
    measured = np.diff(result.step_cycle, prepend=FETCH_CYCLES)
    for (index, _), cycles in zip(plan.executions, measured, strict=True):
        if cycles != plan.steps[index].cycles:
            return f"step {plan.steps[index].name}: {cycles} cycles, {plan.steps[index].cycles} predicted"
    return (
        None
        if result.cycles == plan.predicted_cycles
        else f"{result.cycles} cycles, {plan.predicted_cycles} predicted"
    )
