"""A campaign checks many random cases and shrinks the first that fails."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from siammixer.arch.accelerator import Accelerator
from siammixer.verify.fuzz.case import Case
from siammixer.verify.fuzz.coverage import bins
from siammixer.verify.fuzz.generate import random_case
from siammixer.verify.fuzz.shrink import shrink
from siammixer.verify.fuzz.verdict import Verdict, judge

# Number of cases that are checked together: enough that the start of the simulator hardly counts.
TOGETHER = 24


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A case with a difference, and the first difference in words.

    ``shrunk`` is the smallest case that was found to differ on the same engine, with its first difference. It
    is None where the case was not shrunk.
    """

    case: Case
    problem: str
    shrunk: tuple[Case, str] | None = None

    @property
    def smallest(self) -> Case:
        """The shrunk case, or the case itself where it was not shrunk."""
        return self.shrunk[0] if self.shrunk else self.case


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """The result of a campaign.

    Parameters
    ----------
    checked
        Number of cases that ran on every engine.
    cycles
        Predicted cycles of all runs of the accelerator, without pauses of the pixel stream.
    bins
        Number of cases in each of siammixer.verify.fuzz.coverage.BINS.
    """

    checked: int
    failures: tuple[Failure, ...]
    cycles: int
    bins: Counter[str]


def run_seeds(
    seeds: Sequence[int],
    accelerator: Accelerator | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Campaign:
    """Checks the random cases of ``seeds``, on ``accelerator`` or on one that is drawn for each.

    Raises
    ------
    InputError
        See :func:`siammixer.verify.fuzz.generate.random_case`.
    """
    return run_cases((random_case(seed, accelerator) for seed in seeds), progress, len(seeds))


def run_cases(
    cases: Iterable[Case], progress: Callable[[str], None] = lambda _: None, count: int | None = None
) -> Campaign:
    """Checks the cases and shrinks the first that fails. ``count`` is their number, where it is known."""
    checked, cycles, failures, filled, waiting = 0, 0, [], Counter(), iter(cases)
    while some := list(islice(waiting, TOGETHER)):
        for verdict in _checked(some, progress):
            checked += 1
            filled.update(bins(verdict.prepared))
            cycles += sum(plan.predicted_cycles for plan in verdict.prepared.plans)
            if verdict.problem:
                failures.append(
                    Failure(
                        case=verdict.case,
                        problem=verdict.problem,
                        shrunk=None if failures else _shrunk(verdict, progress),
                    )
                )
        progress(f"{checked} of {count or checked} networks, {len(failures)} with a difference")
    return Campaign(checked=checked, failures=tuple(failures), cycles=cycles, bins=filled)


def _checked(cases: list[Case], progress: Callable[[str], None]) -> list[Verdict]:
    try:
        return judge(cases, progress)
    except Exception as error:
        # A case that passed siammixer.verify.fuzz.generate.refusal may not raise: whoever reads the trace
        # needs the seeds.
        error.add_note(
            f"while the cases with the seeds {', '.join(str(case.seed) for case in cases)} were checked"
        )
        raise


def _shrunk(verdict: Verdict, progress: Callable[[str], None]) -> tuple[Case, str]:
    engine = _engine(verdict.problem)

    def failing(cases: Sequence[Case]) -> list[bool]:
        return [
            found.problem is not None and _engine(found.problem) == engine
            for found in judge(cases, simulated=engine == "accelerator")
        ]

    smallest = shrink(verdict.case, failing, progress)
    return smallest, judge([smallest], simulated=engine == "accelerator")[0].problem


def _engine(problem: str) -> str:
    return re.split("[,:]", problem, maxsplit=1)[0]
