"""Whether a run gave what it should: its error code, its response, its peak, its cycles."""

from __future__ import annotations

import numpy as np

from siammixer.arch.errors import MESSAGES, Error
from siammixer.compiler.program import BranchProgram
from siammixer.driver.core import RunOutcome
from siammixer.golden.difference import first_difference


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
    position = int(np.argmax(outcome.response))
    expected = position, int(outcome.response[position])
    return _peaks(expected, outcome, "in the response")


def peak_difference(plan: BranchProgram, response: np.ndarray, outcome: RunOutcome) -> str | None:
    """How the core's peak differs from golden's, of a response (rows, columns, channels); None where it is
    right.
    """
    words = plan.response_words(response)
    position = int(np.argmax(words))
    return _peaks((position, int(words[position])), outcome, "in golden's response")


def outcome_problem(
    plan: BranchProgram, outcome: RunOutcome, response: np.ndarray | None, stalled: bool = False
) -> str | None:
    """The first fault of the outcome of a branch's run: its error code, the response, the peak, or its
    cycles; None where nothing is.

    Parameters
    ----------
    response
        golden's, INT32 (rows, columns, 1), of a search branch; None of a template branch.
    stalled
        The pixels paused: the run may take longer than predicted.
    """
    problem = reported(outcome)
    if problem is None and response is not None:
        found = plan.response(outcome.response)
        problem = first_difference("response", response, found) or peak_difference(plan, response, outcome)
    wrong = outcome.cycles < plan.predicted_cycles if stalled else outcome.cycles != plan.predicted_cycles
    if problem is None and wrong:
        problem = f"{outcome.cycles} cycles, {plan.predicted_cycles} predicted"
    return problem and f"{plan.branch} branch: {problem}"


def _peaks(expected: tuple[int, int], outcome: RunOutcome, where: str) -> str | None:
    found = outcome.peak_position, outcome.peak_value
    return (
        None
        if expected == found
        else f"peak (cell, value): {expected} {where}, the accelerator reports {found}"
    )
