"""A network on a core: weights loaded once, the program when it changes, every result checked."""

from __future__ import annotations

import numpy as np

from siammixer.compiler.program import Program
from siammixer.driver.compare import peak_problem, reported
from siammixer.driver.core import Core, RunOutcome
from siammixer.driver.errors import CoreError
from siammixer.driver.planner import Planner
from siammixer.ir.weights import Weights


class Session:
    """Runs the branches of a network on one core.

    A run whose core reports an error, or whose peak is not that of its response, raises. After anything that
    raises the next run loads the program again; it loads the weights again only where they had never been
    there, so that a kept template stays.

    Parameters
    ----------
    plans
        The plan of each branch, from :func:`siammixer.driver.planner.plan_branches`.
    weights
        The network's.
    core
        Its memories count as empty. It is closed with the session.
    """

    def __init__(self, plans: Program, weights: Weights, core: Core):
        self.core = core
        self._planner = Planner(plans, weights)

    def run(self, branch: str, crop: np.ndarray, **settings) -> RunOutcome:
        """A branch on its crop uint8 (side, side, 3) RGB; the template branch first.

        Parameters
        ----------
        settings
            See :meth:`siammixer.driver.planner.Planner.run`.

        Raises
        ------
        CoreError
            Where the run does not finish, ends with an error code, or tells a peak that is not its
            response's.
        """
        had_weights = self._planner.has_weights
        try:
            outcome = self.core.execute(self._planner.run(branch, crop, **settings))
            self._require(branch, outcome)
        except BaseException:
            self._planner.forget(weights=not had_weights)
            raise
        return outcome

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
            Where its run does not finish or ends with an error code.
        """
        sums = self._planner.checksum()
        outcome = self.core.execute(self._planner.checksum_run(sums))
        self._require("checksum", outcome)
        return sums.wrong(outcome.response, sums.sums(self._planner.memory(template)))

    def reset(self) -> None:
        """Resets the core; weights and program are loaded again with the next run, which a template run must
        be.
        """
        self._planner.forget(weights=True)
        self.core.reset()

    def close(self) -> None:
        """Gives up the core."""
        self.core.close()

    def _require(self, branch: str, outcome: RunOutcome) -> None:
        problem = reported(outcome)
        if problem is None and branch == "search":
            problem = peak_problem(outcome)
        if problem:
            raise CoreError(f"{self.core.name}, {branch}: {problem}")
