"""A campaign: many random cases checked, and the first that fails shrunk."""

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

# Cases drawn before they are checked: enough that the simulator's start counts for little.
TOGETHER = 24


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A case in which something differs, and the first difference.

    ``shrunk`` is the smallest case found that differs on the same engine, and its first difference; None
    where the case was not shrunk.
    """

    case: Case
    problem: str
    shrunk: tuple[Case, str] | None = None

    @property
    def smallest(self) -> Case:
        return self.shrunk[0] if self.shrunk else self.case


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """What a campaign found.

    Parameters
    ----------
    checked
        How many cases were run on every engine.
    cycles
        Of the accelerator, predicted, of all its runs without pauses.
    bins
        How many cases fell into each of siammixer.verify.fuzz.coverage.BINS.
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
    """The random cases of ``seeds``, on ``accelerator`` or on one drawn for each.

    Raises
    ------
    InputError
        As :func:`siammixer.verify.fuzz.generate.random_case`.
    """
    return run_cases((random_case(seed, accelerator) for seed in seeds), progress, len(seeds))


def run_cases(
    cases: Iterable[Case], progress: Callable[[str], None] = lambda _: None, count: int | None = None
) -> Campaign:
    """Checks the cases, ``count`` of them where that is known; of those that fail, the first is shrunk."""
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
