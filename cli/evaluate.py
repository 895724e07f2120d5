"""``siammixer evaluate``: the tracker on a benchmark, beside others."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Sequence as Many
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from siammixer.cli.engines import fingerprint, open_tracker
from siammixer.ir.errors import InputError
from siammixer.report.outputs import output_file, output_folder, require_matplotlib, write_json
from siammixer.report.tables import console, progress, progress_bar, table
from siammixer.tracking.baselines import open_peer
from siammixer.tracking.datasets import open_dataset
from siammixer.tracking.evaluate import Opener, Run, evaluate, frames_per_second
from siammixer.tracking.metrics import RULES, Agreement, Rules, Scores, agreement, overall, score
from siammixer.tracking.results import write_results
from siammixer.tracking.sequence import Sequence

KEYS = ("auc", "p20", "sr50", "ao")


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """One tracker on all sequences, judged by ``rules``."""

    name: str
    runs: Many[Run]
    agreements: Many[Agreement]
    rules: Rules

    @cached_property
    def overall(self) -> Scores:
        return overall(self.agreements, self.rules)

    @cached_property
    def sequences(self) -> dict[str, Scores]:
        return {run.name: score(frames) for run, frames in zip(self.runs, self.agreements, strict=True)}

    @property
    def fps(self) -> float:
        return frames_per_second(self.runs)


def run(arguments: Namespace) -> int:
    sequences = choose(open_dataset(arguments.dataset, arguments.root, arguments.split), arguments.sequences)
    openers = open_all(arguments)
    if arguments.plots is not None:
        require_matplotlib()
    with (
        output_file(arguments.json) as json_file,
        output_folder(arguments.plots) as plots,
        output_folder(arguments.results) as results,
    ):
        outcomes = [judge(name, opener, sequences, arguments) for name, opener in openers.items()]
        print_outcomes(outcomes, arguments)
        if results:
            for outcome in outcomes:
                for each in outcome.runs:
                    write_results(
                        arguments.dataset, results, outcome.name, each.name, each.boxes, each.seconds
                    )
        if plots:
            from siammixer.report.plots import draw

            draw(outcomes, arguments.dataset, plots)
        if json_file:
            write_json(json_file, report_json(outcomes, arguments))
    return 0


def choose(sequences: Many[Sequence], names: str | None) -> Many[Sequence]:
    """Those named in ``names``, in that order; all without it."""
    if names is None:
        return sequences
    known = {sequence.name: sequence for sequence in sequences}
    for name in names.split(","):
        if name not in known:
            raise InputError(
                f"--sequences must name sequences of the dataset, not {name!r}; it has {_some(known)}"
            )
    return [known[name] for name in dict.fromkeys(names.split(","))]


def _some(names: Many[str]) -> str:
    names = list(names)
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def open_all(arguments: Namespace) -> dict[str, Opener]:
    """Our tracker first, then the peers asked for; ours has been opened once, so that what is wrong is said
    before the work.
    """
    if arguments.engine == "board" and arguments.jobs != 1:
        raise InputError(f"--jobs must be 1 with --engine board, of which there is one, not {arguments.jobs}")
    peers = list(dict.fromkeys(arguments.peers.split(","))) if arguments.peers is not None else []
    for name in peers:
        with open_peer(name):
            pass
    with progress("starting") as say:
        with open_tracker(arguments, progress=say):
            pass
    return {f"{arguments.network}-{arguments.engine}": partial(open_tracker, arguments)} | {
        name: partial(open_peer, name) for name in peers
    }


def judge(name: str, opener: Opener, sequences: Many[Sequence], arguments: Namespace) -> Outcome:
    """Runs a tracker on the sequences and compares its boxes with those given."""
    rules = RULES[arguments.dataset]
    with _counting(name, sequences) as finished:
        runs = evaluate(opener, sequences, jobs=arguments.jobs, frames=arguments.frames, finished=finished)
    pairs = zip(runs, sequences, strict=True)
    agreements = [
        agreement(run.boxes, [sequence.box(index) for index in range(len(run.boxes))], run.size, rules)
        for run, sequence in pairs
    ]
    return Outcome(name=name, runs=runs, agreements=agreements, rules=rules)


@contextmanager
def _counting(name: str, sequences: Many[Sequence]):
    """What is told of every run that ends: the progress bar moves, and frames that could not be decoded are
    named.
    """
    with progress_bar(name, len(sequences)) as advance:

        def finished(run: Run) -> None:
            advance(run.name)
            for problem in run.problems:
                console(stderr=True).print(
                    f"{run.name}: {problem}; tracking goes on", markup=False, soft_wrap=True
                )

        yield finished


def print_outcomes(outcomes: Many[Outcome], arguments: Namespace) -> None:
    ours, out = outcomes[0], console()
    rows = [
        (
            run.name,
            f"{len(run.boxes):,}",
            *_cells(ours.sequences[run.name]),
            _number(frames_per_second([run]), 1),
        )
        for run in ours.runs
    ]
    total = (
        "overall",
        f"{sum(len(run.boxes) for run in ours.runs):,}",
        *_cells(ours.overall),
        _number(ours.fps, 1),
    )
    columns = ("AUC", "P20", "SR 0.5", "AO", "frames/s")
    out.print(
        table(
            f"{ours.name} on {arguments.dataset}, one pass",
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
                [(o.name, *_cells(o.overall), _number(o.fps, 1)) for o in ranked],
            ),
        )
    if not ours.overall.frames:
        out.print(
            "no frame has a box given beside the first: nothing to judge by, as in a test set whose boxes "
            "are kept secret"
        )


def _cells(scores: Scores) -> list[str]:
    return [_number(getattr(scores, key), 3) for key in KEYS]


def _number(value: float, digits: int) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def report_json(outcomes: Many[Outcome], arguments: Namespace) -> dict:
    """The report's contract with other programs (docs/commands.md)."""
    ours, *peers = outcomes
    report = {
        "dataset": arguments.dataset,
        "root": str(Path(arguments.root).resolve()),
        "network": arguments.network,
        "engine": arguments.engine,
        "fingerprint": fingerprint(arguments),
        "frames": arguments.frames,
        **_outcome_json(ours),
    }
    return report | ({"peers": {peer.name: _outcome_json(peer) for peer in peers}} if peers else {})


def _outcome_json(outcome: Outcome) -> dict:
    sequences = {
        run.name: _scores_json(outcome.sequences[run.name], frames_per_second([run]))
        | {"problems": list(run.problems)}
        for run in outcome.runs
    }
    curves = {
        curve: [_plain(value) for value in getattr(outcome.overall, curve)]
        for curve in ("success", "precision")
    }
    return {"overall": _scores_json(outcome.overall, outcome.fps) | curves, "sequences": sequences}


def _scores_json(scores: Scores, fps: float) -> dict:
    return {key: _plain(getattr(scores, key)) for key in KEYS} | {"fps": _plain(fps), "frames": scores.frames}


def _plain(value: float) -> float | None:
    """JSON has no NaN: what could not be measured is null."""
    return None if math.isnan(value) else float(value)
