"""The fault of a run's outcome: the first of error code, response, peak and cycles."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from siammixer.arch.errors import MESSAGES, Error
from siammixer.driver.compare import describe, named_responses, outcome_problem, peak_problem
from siammixer.driver.core import RunOutcome

RESPONSE = np.array([3, -1, 7, 7], np.int32).reshape(2, 2, 1)
GOLDEN = {"response": RESPONSE, "image": np.zeros((9, 9, 3), np.int8)}
RIGHT = RunOutcome(cycles=50, response=RESPONSE.reshape(-1), peak_position=2, peak_value=7, error=0, step=4)


def plan(branch, **shapes):
    """A branch whose outputs of these shapes lie in the response memory."""
    operators = tuple(SimpleNamespace(name=name, out_shape=shape) for name, shape in shapes.items())
    network = SimpleNamespace(responses=lambda asked: operators if asked == branch else None)
    return SimpleNamespace(branch=branch, predicted_cycles=50, least_cycles=40, network=network)


PLAN = plan("search", response=(2, 2, 1))
HIGHER = np.array([3, -1, 7, 8], np.int32)


def test_the_right_outcome_has_no_problem():
    assert outcome_problem(PLAN, RIGHT, GOLDEN) is None
    for cycles in (40, 51):
        assert outcome_problem(PLAN, replace(RIGHT, cycles=cycles), GOLDEN, stalled=True) is None


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
        ({"cycles": 49}, False, "49 cycles, 50 predicted"),
        ({"cycles": 39}, True, "39 cycles, 50 predicted"),
    ],
)
def test_what_is_wrong_is_named(change, stalled, problem):
    found = outcome_problem(PLAN, replace(RIGHT, **change), GOLDEN, stalled)
    assert found == f"search branch: {problem}"


def test_a_template_branch_has_neither_response_nor_peak():
    outcome = replace(RIGHT, response=RESPONSE.reshape(-1)[:0], peak_position=9)
    assert outcome_problem(plan("template"), outcome, {}) is None


def test_outputs_of_other_names_and_several_are_compared_each_by_its_name():
    two = plan("search", near=(2, 2, 1), far=(1, 3, 1))
    golden = {"near": RESPONSE, "far": np.array([5, 9, 2], np.int32).reshape(1, 3, 1)}
    cells = np.array([3, -1, 7, 7, 5, 9, 2], np.int32)
    right = replace(RIGHT, response=cells, peak_position=5, peak_value=9)
    assert [found.shape for found in named_responses(two, cells).values()] == [(2, 2, 1), (1, 3, 1)]
    assert outcome_problem(two, right, golden) is None
    for cell, place in ((1, "near, row 0, column 1"), (6, "far, row 0, column 2")):
        found = cells.copy()
        found[cell] += 1
        assert f"search branch: {place}, channel 0: golden" in outcome_problem(
            two, replace(right, response=found), golden
        )
    assert "peak (cell, value): (5, 9) in golden's response" in outcome_problem(
        two, replace(right, peak_position=2, peak_value=7), golden
    )


def test_channels_lie_one_behind_the_other():
    head = plan("search", response=(1, 2, 3))
    golden = {"response": np.array([[[1, 2, 3], [4, 5, 9]]], np.int32)}
    words = np.array([1, 4, 2, 5, 3, 9], np.int32)
    right = replace(RIGHT, response=words, peak_position=5, peak_value=9)
    np.testing.assert_array_equal(named_responses(head, words)["response"], golden["response"])
    assert outcome_problem(head, right, golden) is None and peak_problem(right) is None
    found = outcome_problem(head, replace(right, response=golden["response"].reshape(-1)), golden)
    assert found == "search branch: response, row 0, column 0, channel 1: golden 2, accelerator 3"


def test_a_peak_that_is_not_the_responses_is_seen():
    """Also where another cell is as large but later."""
    assert peak_problem(RIGHT) is None
    for wrong in ({"peak_position": 3}, {"peak_value": 6}, {"response": HIGHER}):
        assert "in the response, the accelerator reports" in peak_problem(replace(RIGHT, **wrong))


def test_every_code_has_words():
    assert all(describe(error) == MESSAGES[error] for error in Error)
    assert describe(99) == "the unknown error 99"
