"""A network on a core: weights loaded once, the program when it changes, every result checked or compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic

import numpy as np

from siammixer.compiler.memory_checksum import MemoryChecksum
from siammixer.compiler.program import Program
from siammixer.driver.compare import cycles_problem, outcome_problem, peak_problem, reported
from siammixer.driver.core import Core, Outcome, RunOutcome
from siammixer.driver.errors import CoreError
from siammixer.driver.planner import Pass, Planner
from siammixer.driver.reference import Reference
from siammixer.ir.weights import Weights


@dataclass(frozen=True, kw_only=True)
class Judged(Generic[Outcome]):
    """A run beside golden's.

    Parameters
    ----------
    outcome
        The core's.
    tensors
        golden's, by name.
    problem
        The first difference (:func:`siammixer.driver.compare.outcome_problem`), or None.
    """

    outcome: Outcome
    tensors: Mapping[str, np.ndarray]
    problem: str | None


def execute_passes(
    core: Core[Outcome], batches: Sequence[tuple[Planner, Sequence[Pass]]]
) -> list[list[Outcome]]:
    """Executes the passes of one planner after those of the other, in one call of the core; the outcomes are
    not checked.

    Parameters
    ----------
    batches
        Planners with passes of theirs. Where there are several, each must be new and is not used afterwards,
        because none knows what the others load.

    Raises
    ------
    CoreError
        Where a run does not finish. The planners then count no program as loaded, and no weights that were
        not there before.
    """
    had_weights = [planner.has_weights for planner, _ in batches]
    try:
        runs = [planner.runs(passes) for planner, passes in batches]
        outcomes = iter(core.execute_all([run for some in runs for run in some]))
    except BaseException:
        for (planner, _), had in zip(batches, had_weights, strict=True):
            planner.forget(weights=not had)
        raise
    if not core.keeps_memories:
        for planner, _ in batches:
            planner.forget(weights=True)
    return [[next(outcomes) for _ in some] for some in runs]


class Session(Generic[Outcome]):
    """Runs the branches of a network on one core.

    After anything that raises the next run loads the program again; it loads the weights again only where
    they had not been there before, so that a kept template stays.

    :meth:`run` is the host's: it raises what is wrong. :meth:`judge` is the verifier's: it compares with
    golden. Both stand on :meth:`attempt`.

    Parameters
    ----------
    program
        The program of each branch, from :func:`siammixer.driver.planner.plan_branches`.
    weights
        The network's.
    core
        Its memories count as empty. It is closed with the session.
    """

    def __init__(self, program: Program, weights: Weights, core: Core[Outcome]):
        self.core, self.program = core, program
        self._planner = Planner(program, weights)
        self.reference = Reference(program.network, weights)
        """golden beside the core; its template is that of the latest template run that :meth:`judge` made."""

    def run(self, branch: str, crop: np.ndarray, **settings) -> Outcome:
        """A branch on its crop uint8 (side, side, 3) RGB; the template branch first.

        Parameters
        ----------
        settings
            The other fields of :class:`siammixer.driver.planner.Pass`.

        Raises
        ------
        CoreError
            Where the run does not finish, ends with an error code, or tells a peak that is not its
            response's.
        """
        had_weights = self._planner.has_weights
        outcome = self.attempt(branch, crop, **settings)
        try:
            self._require(branch, outcome)
        except BaseException:
            self.forget(weights=not had_weights)
            raise
        return outcome

    def judge(self, branch: str, crop: np.ndarray, **settings) -> Judged[Outcome]:
        """A run, as :meth:`run` describes its parameters, compared with golden and the predicted cycles.

        Raises
        ------
        CoreError
            Where the run does not finish.
        InputError
            Where the branch needs a template and no run of this method made one.
        """
        one = Pass(branch=branch, crop=crop, **settings)
        (outcome,) = self.attempt_all([one])
        tensors = self.reference.tensors(branch, crop)
        problem = outcome_problem(self.program[branch], outcome, tensors, stalled=one.stall > 0)
        return Judged(outcome=outcome, tensors=tensors, problem=problem)

    def attempt(self, branch: str, crop: np.ndarray, **settings) -> Outcome:
        """A run, as :meth:`run` describes its parameters, whose outcome nobody has checked.

        Raises
        ------
        CoreError
            Where the run does not finish.
        """
        return self.attempt_all([Pass(branch=branch, crop=crop, **settings)])[0]

    def attempt_all(self, passes: Sequence[Pass]) -> list[Outcome]:
        """:meth:`attempt` of passes in one call of the core: see :func:`execute_passes`."""
        return execute_passes(self.core, [(self._planner, passes)])[0]

    @cached_property
    def _checksum(self) -> MemoryChecksum:
        return self._planner.checksum()

    def memory(self, template: np.ndarray) -> np.ndarray:
        """INT8 (lanes, words, 9): what the weight memories must hold with golden's template, INT8 (rows,
        columns, channels).
        """
        return self._planner.memory(template)

    def wrong_memory(self, template: np.ndarray) -> list[str]:
        """The parts of the weight memories that hold wrong bits, the template's too, in words; an empty list
        where all are right.

        Parameters
        ----------
        template
            golden's template of the crop that the core keeps, INT8 (rows, columns, channels).

        Raises
        ------
        InputError
            Where the checksum does not fit the accelerator.
        CoreError
            Where its run does not finish, ends with an error code, or takes other cycles than predicted.
        """
        sums = self._checksum
        outcome = self.core.execute(self._planner.checksum_run(sums))
        problem = reported(outcome) or cycles_problem(sums.predicted_cycles, outcome)
        self._raise("checksum", problem)
        return sums.wrong(outcome.response, sums.sums(self.memory(template)))

    def forget(self, *, weights: bool = False) -> None:
        """The next run loads the program, with ``weights`` also the weights, whatever was loaded before."""
        self._planner.forget(weights=weights)

    def reset(self) -> None:
        """Resets the core; weights and program are loaded again with the next run, which a template run must
        be.
        """
        self.forget(weights=True)
        self.core.reset()

    def close(self) -> None:
        """Gives up the core."""
        self.core.close()

    def _require(self, branch: str, outcome: RunOutcome) -> None:
        problem = reported(outcome)
        if problem is None and self.program[branch].response_cells:
            problem = peak_problem(outcome)
        self._raise(branch, problem)

    def _raise(self, what: str, problem: str | None) -> None:
        if problem:
            raise CoreError(f"{self.core.name}, {what}: {problem}")
