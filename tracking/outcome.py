"""An outcome is what a tracker reached on a benchmark."""

from __future__ import annotations

from collections.abc import Sequence as Many
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from siammixer.tracking.evaluate import Run, frames_per_second
from siammixer.tracking.metrics import Agreement, Rules, Scores, agreement, overall, score
from siammixer.tracking.results import write_results
from siammixer.tracking.sequence import Sequence


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """One tracker on all sequences of a benchmark, judged by ``rules``.

    Parameters
    ----------
    name
        The tracker's.
    runs, agreements
        One a sequence, in the same order.
    """

    name: str
    runs: Many[Run]
    agreements: Many[Agreement]
    rules: Rules

    @cached_property
    def overall(self) -> Scores:
        """The scores over all sequences."""
        return overall(self.agreements, self.rules)

    @cached_property
    def sequences(self) -> dict[str, Scores]:
        """The scores of each sequence, by its name."""
        return {run.name: score(frames) for run, frames in zip(self.runs, self.agreements, strict=True)}

    @property
    def fps(self) -> float:
        """Frames a second over all runs; NaN where nothing was tracked."""
        return frames_per_second(self.runs)


def judge(name: str, runs: Many[Run], sequences: Many[Sequence], rules: Rules) -> Outcome:
    """Compares the boxes of a tracker's runs with those given for the sequences, in the same order."""
    agreements = [
        agreement(run.boxes, [sequence.box(index) for index in range(len(run.boxes))], run.size, rules)
        for run, sequence in zip(runs, sequences, strict=True)
    ]
    return Outcome(name=name, runs=runs, agreements=agreements, rules=rules)


def write_outcome(outcome: Outcome, dataset: str, folder: Path) -> None:
    """Writes the boxes of every run in the format of ``dataset`` below ``folder``."""
    for run in outcome.runs:
        write_results(dataset, folder, outcome.name, run.name, run.boxes, list(run.seconds))
