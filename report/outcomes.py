"""A report of a benchmark compares what trackers reached, as tables and as JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence as Many

from siammixer.report.tables import console, table
from siammixer.tracking.evaluate import Run, first_passes, frames_per_second, passes_per_frame
from siammixer.tracking.metrics import Scores
from siammixer.tracking.outcome import Outcome

MEASURES = ("auc", "p20", "sr50", "ao")
"""The measures of a report, and of the record in bench: names of fields of :class:`Scores`."""


def print_outcomes(outcomes: Many[Outcome], dataset: str) -> None:
    """Prints the sequences of the first outcome, which is ours, then all trackers beside each other."""
    ours, out = outcomes[0], console()
    rows = [
        (
            run.name,
            f"{len(run.boxes):,}",
            *_cells(ours.sequences[run.name]),
            *_speed([run]),
        )
        for run in ours.runs
    ]
    total = (
        "overall",
        f"{sum(len(run.boxes) for run in ours.runs):,}",
        *_cells(ours.overall),
        *_speed(ours.runs),
    )
    columns = ("AUC", "P20", "SR 0.5", "AO", "passes/frame", "frames/s")
    out.print(
        table(
            f"{ours.name} on {dataset}, one pass",
            ("sequence", "frames", *columns),
            rows,
            total=total,
        )
    )
    if len(outcomes) > 1:
        ranked = sorted(outcomes, key=lambda outcome: -outcome.overall.auc)
        out.print(
            "",
            table(
                "all trackers, overall",
                ("tracker", *columns),
                [(o.name, *_cells(o.overall), *_speed(o.runs)) for o in ranked],
            ),
        )
    first = first_passes(ours.runs)
    if not math.isnan(first):
        out.print(
            f"passes/frame leaves out the first frame of a sequence, which takes {first:g} search passes"
        )
    if not ours.overall.frames:
        out.print(
            "no frame has a box given beside the first: nothing to judge by, as in a test set whose boxes "
            "are kept secret"
        )


def _cells(scores: Scores) -> list[str]:
    return [_number(getattr(scores, key), 3) for key in MEASURES]


def _speed(runs: Many[Run]) -> list[str]:
    return [_number(passes_per_frame(runs), 2), _number(frames_per_second(runs), 1)]


def _number(value: float, digits: int) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def report_json(outcomes: Many[Outcome], head: dict) -> dict:
    """Returns the report, the contract with other programs (docs/commands.md); ``head`` says what was
    measured.
    """
    ours, *baselines = outcomes
    report = head | _outcome_json(ours)
    return report | ({"baselines": {one.name: _outcome_json(one) for one in baselines}} if baselines else {})


def _outcome_json(outcome: Outcome) -> dict:
    sequences = {
        run.name: _scores_json(outcome.sequences[run.name], [run]) | {"problems": list(run.problems)}
        for run in outcome.runs
    }
    curves = {
        curve: [_plain(value) for value in getattr(outcome.overall, curve)]
        for curve in ("success", "precision")
    }
    return {"overall": _scores_json(outcome.overall, outcome.runs) | curves, "sequences": sequences}


def _scores_json(scores: Scores, runs: Many[Run]) -> dict:
    return {key: _plain(getattr(scores, key)) for key in MEASURES} | {
        "passes": _plain(passes_per_frame(runs)),
        "first_passes": _plain(first_passes(runs)),
        "fps": _plain(frames_per_second(runs)),
        "frames": scores.frames,
    }


def _plain(value: float) -> float | None:
    """Returns the value, or None for NaN, which JSON does not have: what could not be measured is null."""
    return None if math.isnan(value) else float(value)
