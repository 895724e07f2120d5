"""Whether a run gave what it should: its error code, its named outputs, its peak, its cycles."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np

from siammixer.arch.errors import MESSAGES, Error
from siammixer.compiler.program import BranchProgram
from siammixer.driver.core import RunOutcome
from siammixer.golden.difference import first_difference
from siammixer.golden.response import cells, from_cells, peak


def describe(code: int) -> str:
    """A core's error code in words."""
    return MESSAGES[Error(code)] if code in list(Error) else f"the unknown error {code}"


def reported(outcome: RunOutcome) -> str | None:
    """The error that the core reports, and its step; None where there is none."""
    return (
        f"the accelerator reports {describe(outcome.error)} (step {outcome.step})" if outcome.error else None
    )


def peak_problem(outcome: RunOutcome) -> str | None:
    """How the core's peak differs from that of the response that it gave; None where it is the largest cell,
    the first of equal ones.
    """
    return _peaks(peak(outcome.response), outcome, "in the response")


def named_responses(program: BranchProgram, words: np.ndarray) -> dict[str, np.ndarray]:
    """The outputs of a branch that lie in the response memory, by name, each of its shape (rows, columns,
    channels).

    Parameters
    ----------
    words
        INT32 (words,): the response memory's, one output behind the other, each channel after channel.
    """
    operators = program.network.responses(program.branch)
    ends = np.cumsum([prod(operator.out_shape) for operator in operators])[:-1]
    return {
        operator.name: from_cells(part, operator.out_shape)
        for operator, part in zip(operators, np.split(words, ends) if operators else (), strict=True)
    }


def response_difference(
    program: BranchProgram, outcome: RunOutcome, tensors: Mapping[str, np.ndarray], prefix: str = ""
) -> str | None:
    """The first difference between golden's tensors and the outputs that the run left in the response memory;
    None where there is none. ``prefix`` stands before the output's name.
    """
    for name, found in named_responses(program, outcome.response).items():
        if problem := first_difference(f"{prefix}{name}", tensors[name], found):
            return problem
    return None


def peak_difference(
    program: BranchProgram, outcome: RunOutcome, tensors: Mapping[str, np.ndarray]
) -> str | None:
    """How the core's peak differs from that of golden's outputs in the response memory; None where it is
    right, or the branch has no such output.
    """
    operators = program.network.responses(program.branch)
    if not operators:
        return None
    words = np.concatenate([cells(tensors[operator.name]) for operator in operators])
    return _peaks(peak(words), outcome, "in golden's response")


def cycles_problem(predicted: int, outcome: RunOutcome, least: int | None = None) -> str | None:
    """How the run's cycles differ from those predicted; None where they do not.

    Parameters
    ----------
    least
        None, or of a run whose pixels pause: the cycles that it takes at least
        (:attr:`siammixer.compiler.program.BranchProgram.least_cycles`). Pauses mostly cost cycles, but they
        also move the moments at which windows of a fused layer come due: one of 480 random networks took 11
        cycles of 14,668 less.
    """
    wrong = outcome.cycles != predicted if least is None else outcome.cycles < least
    return f"{outcome.cycles} cycles, {predicted} predicted" if wrong else None


def outcome_problem(
    program: BranchProgram, outcome: RunOutcome, tensors: Mapping[str, np.ndarray], stalled: bool = False
) -> str | None:
    """The first fault of the outcome of a branch's run: its error code, the outputs in the response memory,
    the peak, or its cycles; None where nothing is.

    Parameters
    ----------
    tensors
        golden's, by name; those that the branch leaves in the response memory are needed.
    stalled
        The pixels paused: see :func:`cycles_problem`.
    """
    problem = (
        reported(outcome)
        or response_difference(program, outcome, tensors)
        or peak_difference(program, outcome, tensors)
        or cycles_problem(program.predicted_cycles, outcome, program.least_cycles if stalled else None)
    )
    return problem and f"{program.branch} branch: {problem}"


def _peaks(expected: tuple[int, int], outcome: RunOutcome, where: str) -> str | None:
    found = outcome.peak_position, outcome.peak_value
    return (
        None
        if expected == found
        else f"peak (cell, value): {expected} {where}, the accelerator reports {found}"
    )
