"""One frame through the simulated accelerator: both branches, compared with golden."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from siammixer.arch.accelerator import FETCH_CYCLES, Accelerator
from siammixer.arch.errors import MESSAGES, Error
from siammixer.arch.link import LANE_ADDRESS_BITS, Target
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.memory_checksum import MemoryChecksum
from siammixer.compiler.program import BranchProgram
from siammixer.golden.network import run as run_golden
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.operators import Shape
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights
from siammixer.rtl.accelerator import SiamMixer
from siammixer.sim.build import Binary, SimulationError, build
from siammixer.sim.native import build_native
from siammixer.sim.run import WRITE, Run, RunResult, simulate
from siammixer.sim.trace import compare, peak_difference
from siammixer.sim.verilog import cached_verilog

# Fewer lanes simulate so fast that no run makes up for a second build.
_TRAINED_LANES = 16


@dataclass(frozen=True, kw_only=True)
class Step:
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
class Report:
    """What a simulated frame gave.

    ``mismatch`` names the first difference: of a tensor, the peak, or a step's cycles.
    ``cycles``, ``predicted_cycles`` and ``utilisation`` are of the search branch, from start to
    response; ``wall_seconds`` and ``cycles_per_second`` of its simulation.
    """

    network: Network
    accelerator: Accelerator
    grid: Grid
    steps: list[Step]
    template_steps: list[Step]
    mismatch: str | None
    response: np.ndarray
    peak: tuple[int, int, int]
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
        return self.mismatch is None

    @property
    def cycles_by_layer(self) -> dict[str, int]:
        """Of the search branch, a fused step's as its two layers'."""
        return {layer: count for step in self.steps for layer, count in step.layers.items()}

    @property
    def feature_map_bytes(self) -> int:
        return sum(size for _, size in self.memory)


def simulator(accelerator: Accelerator, progress: Callable[[str], None] = print) -> Binary:
    """The compiled simulator of an accelerator; built where its sources changed."""
    # The trace holds two words: the one written and the one before the residual addition.
    return build(
        generated_verilog(accelerator, progress),
        parameters={"LANES": 2 * accelerator.lanes},
        progress=progress,
    )


def native_simulator(
    accelerator: Accelerator, progress: Callable[[str], None] = print, coverage: bool = False
) -> Binary:
    """Likewise without cocotb and trace, for :class:`siammixer.sim.native.Simulator`."""
    training = () if coverage or accelerator.lanes < _TRAINED_LANES else _training(accelerator)
    return build_native(
        generated_verilog(accelerator, progress), coverage=coverage, training=training, progress=progress
    )


def _training(accelerator: Accelerator) -> list[Run]:
    """Both branches of the smallest network: its steps are of all kinds. None where it does not fit."""
    network = min(NETWORKS.values(), key=lambda network: network.macs)
    try:
        return sample_runs(network, random_weights(network, seed=1), accelerator)
    except InputError:
        return []


def generated_verilog(accelerator: Accelerator, progress: Callable[[str], None] = print) -> str:
    """What its simulators run; converted only where it was not before."""
    progress(f"generating the Verilog of {accelerator.name}")
    return cached_verilog(lambda: SiamMixer(accelerator), "siammixer", accelerator)


def design_fingerprint(accelerator: Accelerator) -> str:
    """16 hex digits of that Verilog: what a record of runs is of."""
    return hashlib.sha256(generated_verilog(accelerator, lambda _: None).encode()).hexdigest()[:16]


def weight_words(plan: BranchProgram, weights: Weights) -> np.ndarray:
    """Words for the write port (siammixer.sim.run.WRITE) that fill the lanes' weight memories."""
    return lane_words(plan.weight_memory(weights))


def lane_words(memory: np.ndarray, first: int = 0) -> np.ndarray:
    """Words for the write port that put INT8 (lanes, words, 9) into the weight memories, from word ``first``
    on.
    """
    lanes, count, taps = memory.shape
    words = np.zeros(lanes * count, WRITE)
    words["target"] = Target.WEIGHTS.value
    words["address"] = (np.arange(lanes)[:, None] << LANE_ADDRESS_BITS | first + np.arange(count)).reshape(-1)
    words["data"] = memory.view(np.uint8).reshape(-1, taps)
    return words


def program_words(plan: BranchProgram) -> np.ndarray:
    """Words for the write port that fill the program memory."""
    return record_words(plan.program)


def record_words(program: np.ndarray) -> np.ndarray:
    """Likewise of a program uint32 (n,)."""
    words = np.zeros(len(program), WRITE)
    words["target"] = Target.PROGRAM.value
    words["address"] = np.arange(len(program))
    words["data"][:, :4] = program.astype("<u4").view(np.uint8).reshape(-1, 4)
    return words


def branch_run(plan: BranchProgram, image: np.ndarray, weights: Weights | None = None, **settings) -> Run:
    """A run of a branch on a crop uint8 (side, side, 3); with ``weights``, these are loaded first."""
    loads = [program_words(plan)] if weights is None else [weight_words(plan, weights), program_words(plan)]
    cells = plan.network.response_side**2 if plan.branch == "search" else 0
    return Run(
        writes=np.concatenate(loads, dtype=WRITE), pixels=plan.pixels(image), response_words=cells, **settings
    )


def checksum_run(checksum: MemoryChecksum) -> Run:
    """A run of the memory checksum; its response is the sums.

    The branch's program has to be loaded again after it.
    """
    writes = np.concatenate(
        [lane_words(checksum.operand_words, checksum.end), record_words(checksum.program)], dtype=WRITE
    )
    return Run(writes=writes, pixels=np.zeros((0, 3), np.uint8), response_words=len(checksum.parts))


def sample_runs(network: Network, weights: Weights, accelerator: Accelerator) -> list[Run]:
    """Template branch, weights loaded first, and search branch, on crops that are always the same;
    InputError where they do not fit.
    """
    plans = [compile_branch(network, accelerator, branch=branch, weights=weights) for branch in BRANCHES]
    images = [random_image(network.side(branch), seed=1) for branch in BRANCHES]
    return [
        branch_run(plan, image, loaded)
        for plan, image, loaded in zip(plans, images, (weights, None), strict=True)
    ]


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
) -> list[Report]:
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
    plans = {
        branch: compile_branch(network, accelerator, grid, branch, weights)
        for branch in ("template", "search")
    }
    progress("golden")
    template = run_golden(network, weights, template_crop, "template", grid=plans["template"].grid)
    binary = simulator(accelerator, progress)
    runs = [branch_run(plans["template"], template_crop, weights, stall=stall, seed=seed)]
    runs += [
        branch_run(plans["search"], crop, stall=stall, seed=seed + 1 + index)
        for index, crop in enumerate(search_crops)
    ]
    progress(f"simulating {network.name} on {accelerator.name}")
    template_result, *results = simulate(binary, runs)
    template_steps, template_problem = _steps(plans["template"], template_result, template)
    reports = []
    for crop, result in zip(search_crops, results, strict=True):
        tensors = run_golden(
            network, weights, crop, "search", template=template["template"], grid=plans["search"].grid
        )
        steps, problem = _steps(plans["search"], result, tensors)
        problem = template_problem or problem or peak_difference(tensors["response"], result)
        if not stall:
            problem = problem or _cycles_problem(template_steps + steps)
        reports.append(_report(plans["search"], weights, result, steps, template_steps, problem))
    return reports


def simulate_frame(
    network: Network,
    weights: Weights,
    accelerator: Accelerator,
    grid: Grid | None,
    template_crop: np.ndarray,
    search_crop: np.ndarray,
    progress: Callable[[str], None] = lambda _: None,
) -> Report:
    """:func:`simulate_frames` of a single search crop."""
    return simulate_frames(
        network, weights, accelerator, grid, template_crop, [search_crop], progress=progress
    )[0]


def _steps(
    plan: BranchProgram, result: RunResult, tensors: dict[str, np.ndarray]
) -> tuple[list[Step], str | None]:
    """The branch's steps, and the first thing that went wrong."""
    if result.error:
        raise SimulationError(
            f"{plan.branch} branch, step {len(result.step_index)}: the accelerator reports "
            f"{MESSAGES[Error(result.error)]}"
        )
    problems = compare(plan, result, tensors)
    cycles = np.diff(result.step_cycle, prepend=FETCH_CYCLES)
    names = [plan.steps[index].name for index, _ in plan.executions]
    if len(names) != len(cycles):
        raise SimulationError(f"{plan.branch} branch: {len(cycles)} steps ran, {len(names)} were scheduled")
    return [_step(plan, name, names, cycles, problems) for name in dict.fromkeys(names)], next(
        iter(problems.values()), None
    )


def _step(
    plan: BranchProgram, name: str, names: list[str], cycles: np.ndarray, problems: dict[int, str]
) -> Step:
    members = [(index, step) for index, step in enumerate(plan.steps) if step.name == name]
    step = members[0][1]
    operator = step.operators[-1] if step.operators else plan.network.operator(step.tensor, plan.branch)
    measured = int(sum(count for owner, count in zip(names, cycles, strict=True) if owner == name))
    return Step(
        name=name,
        kind=step.kind,
        shape=operator.out_shape,
        macs=step.macs,
        layers=step.layers(measured),
        predicted_cycles=sum(member.cycles * member.executions for _, member in members),
        cycles=measured,
        utilisation=step.macs / (measured * plan.accelerator.multipliers),
        equal=not any(index in problems for index, _ in members),
    )


def _cycles_problem(steps: list[Step]) -> str | None:
    """The first step that took other cycles than the schedule says."""
    wrong = next((step for step in steps if step.cycles != step.predicted_cycles), None)
    return wrong and f"step {wrong.name}: {wrong.cycles} cycles, {wrong.predicted_cycles} predicted"


def _report(
    plan: BranchProgram,
    weights: Weights,
    result: RunResult,
    steps: list[Step],
    template_steps: list[Step],
    problem: str | None,
) -> Report:
    side = plan.network.response_side
    identity = f"{weights.fingerprint}{plan.accelerator.fingerprint}"
    row, column = divmod(result.peak_position, side)
    return Report(
        network=plan.network,
        accelerator=plan.accelerator,
        grid=plan.grid,
        steps=steps,
        template_steps=template_steps,
        mismatch=problem,
        response=result.response.reshape(side, side),
        peak=(row, column, result.peak_value),
        cycles=result.cycles,
        predicted_cycles=plan.predicted_cycles,
        utilisation=plan.macs / (result.cycles * plan.accelerator.multipliers),
        parameter_bytes=plan.network.parameter_bytes,
        memory=plan.memory,
        fingerprint=hashlib.sha256(identity.encode()).hexdigest()[:16],
        wall_seconds=result.wall_seconds,
        cycles_per_second=result.clocks_per_second,
    )
