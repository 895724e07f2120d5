"""The fault of a run's outcome: the first of error code, response, peak and cycles."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from siammixer.arch.errors import MESSAGES, Error
from siammixer.driver.compare import describe, outcome_problem, peak_problem
from siammixer.driver.core import RunOutcome

GOLDEN = np.array([3, -1, 7, 7], np.int32).reshape(2, 2, 1)
RIGHT = RunOutcome(cycles=50, response=GOLDEN.reshape(-1), peak_position=2, peak_value=7, error=0, step=4)
PLAN = SimpleNamespace(branch="search", predicted_cycles=50)
HIGHER = np.array([3, -1, 7, 8], np.int32)


def test_the_right_outcome_has_no_problem():
    assert outcome_problem(PLAN, RIGHT, GOLDEN) is None
    assert outcome_problem(PLAN, replace(RIGHT, cycles=51), GOLDEN, stalled=True) is None


@pytest.mark.parametrize(
    ("change", "stalled", "problem"),
    [
        ({"error": Error.BAD_CHECK}, False, f"the accelerator reports {MESSAGES[Error.BAD_CHECK]} (step 4)"),
        ({"response": HIGHER}, False, "response, row 1, column 1, channel 0: golden 7, accelerator 8"),
        (
            {"peak_position": 3},
            False,
            "peak (cell, value): (2, 7) in golden's response, the accelerator reports (3, 7)",
        ),
        (
            {"peak_value": 6},
            False,
            "peak (cell, value): (2, 7) in golden's response, the accelerator reports (2, 6)",
        ),
        ({"cycles": 51}, False, "51 cycles, 50 predicted"),
        ({"cycles": 49}, True, "49 cycles, 50 predicted"),
    ],
)
def test_what_is_wrong_is_named(change, stalled, problem):
    found = outcome_problem(PLAN, replace(RIGHT, **change), GOLDEN, stalled)
    assert found == f"search branch: {problem}"


def test_a_template_branch_has_neither_response_nor_peak():
    outcome = replace(RIGHT, response=GOLDEN.reshape(-1)[:0], peak_position=9)
    assert outcome_problem(replace_branch("template"), outcome, None) is None


def replace_branch(branch):
    return SimpleNamespace(branch=branch, predicted_cycles=50)


def test_a_peak_that_is_not_the_responses_is_seen():
    """Also where another cell is as large but later."""
    assert peak_problem(RIGHT) is None
    for wrong in ({"peak_position": 3}, {"peak_value": 6}, {"response": HIGHER}):
        assert "in the response, the accelerator reports" in peak_problem(replace(RIGHT, **wrong))


def test_every_code_has_words():
    assert all(describe(error) == MESSAGES[error] for error in Error)
    assert describe(99) == "the unknown error 99"
