"""Compares what the accelerator wrote with what golden computed, word by word."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from siammixer.arch.accelerator import FETCH_CYCLES
from siammixer.compiler.program import BranchProgram, Step
from siammixer.compiler.writes import Writes
from siammixer.driver.compare import cycles_problem, peak_difference, response_difference
from siammixer.golden.difference import first_difference
from siammixer.sim.run import TracedOutcome


def compare(program: BranchProgram, result: TracedOutcome, tensors: dict[str, np.ndarray]) -> dict[int, str]:
    """The differences, by number of the step, in order of execution; empty where all is equal.

    Parameters
    ----------
    result
        A run of the program on an accelerator whose trace holds the word written and
        the word before the residual addition.
    tensors
        golden's, by name (siammixer.golden.network.run).
    """
    problems: dict[int, str] = {}
    position = 0
    for index, execution in program.executions:
        step = program.steps[index]
        if step.writes is None:
            continue
        writes = step.writes.writes(program.accelerator.lanes, execution)
        end = position + len(writes.addresses)
        found = _Words(result, slice(position, end), program.accelerator.lanes)
        position = end
        # Instruction 0 is the loop's.
        problem = _placed(step, writes, found, index + 1) or _equal(step, writes, found, tensors)
        if problem and index not in problems:
            problems[index] = problem
    if position < len(result.trace_address) and not problems:
        problems[len(program.steps) - 1] = (
            f"{len(result.trace_address) - position} words written that no step should write"
        )
    if difference := response_difference(program, result, tensors, prefix="layer "):
        problems.setdefault(len(program.steps) - 1, difference)
    return problems


def traced_problem(
    program: BranchProgram,
    result: TracedOutcome,
    tensors: dict[str, np.ndarray],
    problems: dict[int, str],
    *,
    stalled: bool = False,
) -> str | None:
    """The first thing in which a run that ended without an error code differs from golden and the program:
    a word that was written, the response, the peak, a step's cycles, the run's cycles; None where nothing
    does.

    Parameters
    ----------
    problems
        :func:`compare` of the same run.
    stalled
        The pixels paused: see :func:`siammixer.driver.compare.cycles_problem`.
    """
    return (
        next(iter(problems.values()), None)
        or peak_difference(program, result, tensors)
        or (None if stalled else _steps_problem(program, result))
        or cycles_problem(program.predicted_cycles, result, program.least_cycles if stalled else None)
    )


def _steps_problem(program: BranchProgram, result: TracedOutcome) -> str | None:
    """How the steps that ran, or the cycles of one, differ from the program; None where they do not."""
    measured = np.diff(result.step_cycle, prepend=FETCH_CYCLES)
    if len(measured) != len(program.executions):
        return f"{len(measured)} steps ran, {len(program.executions)} in the program"
    for (index, _), cycles in zip(program.executions, measured, strict=True):
        step = program.steps[index]
        if cycles != step.cycles:
            return f"step {step.name}: {cycles} cycles, {step.cycles} predicted"
    return None


class _Words:
    """A stretch of the trace."""

    def __init__(self, result: TracedOutcome, window: slice, lanes: int):
        self.step, self.address = result.trace_step[window], result.trace_address[window]
        self.word, self.branch = result.trace_data[window, :lanes], result.trace_data[window, lanes:]


def _placed(step: Step, writes: Writes, found: _Words, number: int) -> str | None:
    """Whether the step wrote as many words as it should, each where it should."""
    if len(found.address) < len(writes.addresses):
        return f"layer {step.name}: {len(found.address)} words written, {len(writes.addresses)} expected"
    if (found.step != number).any():
        return (
            f"layer {step.name}: a word was written by step {found.step[found.step != number][0]} "
            f"instead of {number}"
        )
    wrong = np.flatnonzero(found.address != writes.addresses)
    if len(wrong):
        first = wrong[0]
        return (
            f"layer {step.name}, word {first}: written at address {found.address[first]}, expected at "
            f"{writes.addresses[first]}"
        )
    return None


def _equal(step: Step, writes: Writes, found: _Words, tensors: dict[str, np.ndarray]) -> str | None:
    """Whether the words hold the tensor and, before the residual, the branch."""
    for name, words in _checks(step, found):
        problem = first_difference(f"layer {name}", tensors[name], words, elements=writes.elements)
        if problem:
            return f"{problem} (step {step.name})"
    return None


def _checks(step: Step, found: _Words) -> Iterator[tuple[str, np.ndarray]]:
    if step.branch is not None:
        yield step.branch, found.branch
    assert step.tensor is not None
    yield step.tensor, found.word
