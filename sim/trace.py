"""Compares what the accelerator wrote with what golden computed, word by word."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from siammixer.compiler.program import BranchProgram, Step
from siammixer.compiler.writes import PADDING, Writes
from siammixer.golden.operators.correlation import peak
from siammixer.ir.operators import Shape
from siammixer.sim.run import Outcome, RunResult


def compare(schedule: BranchProgram, result: RunResult, tensors: dict[str, np.ndarray]) -> dict[int, str]:
    """What differs, by number of the step, in order of execution; empty where all is equal.

    Parameters
    ----------
    result
        A run of ``schedule``'s program on an accelerator whose trace holds the word written and
        the word before the residual addition.
    tensors
        golden's, by name (siammixer.golden.network.run).
    """
    problems: dict[int, str] = {}
    position = 0
    for index, execution in schedule.executions:
        step = schedule.steps[index]
        if step.writes is None:
            continue
        writes = step.writes.writes(schedule.accelerator.lanes, execution)
        end = position + len(writes.addresses)
        found = _Words(result, slice(position, end), schedule.accelerator.lanes)
        position = end
        # Record 0 is the loop's.
        problem = _placed(step, writes, found, index + 1) or _equal(step, writes, found, tensors)
        if problem and index not in problems:
            problems[index] = problem
    if position < len(result.trace_address) and not problems:
        problems[len(schedule.steps) - 1] = (
            f"{len(result.trace_address) - position} words written that no step should write"
        )
    if schedule.branch == "search":
        difference = _first_difference(
            "response", tensors["response"].reshape(-1), result.response, tensors["response"].shape
        )
        if difference:
            problems.setdefault(len(schedule.steps) - 1, difference)
    return problems


def peak_difference(response: np.ndarray, outcome: Outcome) -> str | None:
    """Where the accelerator's peak is not that of golden's response (rows, columns, 1); None where it is."""
    row, column, value = peak(response)
    expected, found = (row * response.shape[1] + column, value), (outcome.peak_position, outcome.peak_value)
    return None if expected == found else f"peak (cell, value): golden {expected}, accelerator {found}"


class _Words:
    """A stretch of the trace."""

    def __init__(self, result: RunResult, window: slice, lanes: int):
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
        expected = np.append(tensors[name].reshape(-1), np.int8(0))[
            np.where(writes.elements >= 0, writes.elements, -1)
        ]
        wrong = np.argwhere(words != expected)
        if len(wrong):
            word, lane = wrong[0]
            element = writes.elements[word, lane]
            where = "padding channel" if element == PADDING else _position(element, tensors[name].shape)
            return (
                f"layer {name}, {where}: golden {expected[word, lane]}, accelerator "
                f"{words[word, lane]} (step {step.name})"
            )
    return None


def _checks(step: Step, found: _Words) -> Iterator[tuple[str, np.ndarray]]:
    if step.branch is not None:
        yield step.branch, found.branch
    assert step.tensor is not None
    yield step.tensor, found.word


def _first_difference(name: str, golden: np.ndarray, found: np.ndarray, shape: Shape) -> str | None:
    wrong = np.flatnonzero(golden != found)
    if not len(wrong):
        return None
    first = int(wrong[0])
    return f"layer {name}, {_position(first, shape)}: golden {golden[first]}, accelerator {found[first]}"


def _position(element: int, shape: Shape) -> str:
    row, column, channel = np.unravel_index(int(element), shape)
    return f"row {row}, column {column}, channel {channel}"
