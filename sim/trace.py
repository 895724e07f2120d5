"""Compares what the accelerator wrote with what golden computed, word by word."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from siammixer.compiler.schedule import Schedule, Step
from siammixer.compiler.writes import PADDING, Writes
from siammixer.golden.difference import first_difference, place
from siammixer.sim.run import TracedOutcome


def compare(schedule: Schedule, result: TracedOutcome, tensors: dict[str, np.ndarray]) -> dict[int, str]:
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
        writes = step.writes(execution)
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
        response = tensors["response"]
        difference = first_difference("layer response", response, result.response.reshape(response.shape))
        if difference:
            problems.setdefault(len(schedule.steps) - 1, difference)
    return problems


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
        expected = np.append(tensors[name].reshape(-1), np.int8(0))[
            np.where(writes.elements >= 0, writes.elements, -1)
        ]
        wrong = np.argwhere(words != expected)
        if len(wrong):
            word, lane = wrong[0]
            element = writes.elements[word, lane]
            where = "padding channel" if element == PADDING else place(element, tensors[name].shape)
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
