"""``siammixer evaluate``: the tracker on a benchmark, beside baselines."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from siammixer.cli.options import command, engine_options
from siammixer.ir.errors import InputError
from siammixer.tracking.names import BASELINES, BENCHMARKS

if TYPE_CHECKING:
    from pathlib import Path

    from siammixer.ir.network import Network
    from siammixer.tracking import sequence
    from siammixer.tracking.evaluate import Opener
    from siammixer.tracking.outcome import Outcome


def add(commands) -> None:
    """Adds the command's parser."""
    example = (
        "siammixer evaluate --dataset otb --root OTB100 --baselines --jobs 2 --json otb.json --plots plots"
    )
    parser = command(commands, "evaluate", "measure the tracker on a benchmark", example)
    parser.add_argument(
        "--dataset",
        choices=BENCHMARKS,
        required=True,
        help="how the folder is laid out, and whose rules count",
    )
    parser.add_argument("--root", metavar="DIR", required=True, help="the benchmark's folder")
    parser.add_argument(
        "--split", metavar="S", help="a part of it, such as val for got10k or test for lasot (default: all)"
    )
    parser.add_argument("--sequences", metavar="A,B", help="only these")
    engine_options(parser)
    every = ",".join(BASELINES)
    parser.add_argument(
        "--baselines",
        "--peers",
        metavar="A,B",
        nargs="?",
        const=every,
        help=f"other trackers beside ours (without names: {every})",
    )
    parser.add_argument(
        "--frames", metavar="N", type=int, help="only the first so many frames of every sequence"
    )
    parser.add_argument(
        "--jobs", metavar="N", type=int, default=1, help="sequences side by side, a process each (default 1)"
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument(
        "--analyse",
        action="store_true",
        help="tell where our AUC goes: centre, size, ratio of sides, episodes of loss, confidence",
    )
    parser.add_argument(
        "--picture", metavar="FILE", help="draw what --analyse tells there (.png, .svg or .pdf)"
    )
    parser.add_argument(
        "--plots", metavar="DIR", help="draw success and precision plots and a bar for every sequence there"
    )
    parser.add_argument(
        "--results", metavar="DIR", help="write the boxes there in the benchmark's own format"
    )


def run(arguments: Namespace) -> int:
    """Runs every tracker on every sequence and reports them."""
    from siammixer.ir.named import open_network
    from siammixer.report.outcomes import print_outcomes, report_json
    from siammixer.report.outputs import PICTURE_SUFFIXES, output_file, output_folder, write_json
    from siammixer.tracking.datasets import open_dataset
    from siammixer.tracking.outcome import write_outcome
    from siammixer.tracking.settings import require_box_head

    if arguments.picture is not None and not arguments.analyse:
        raise InputError("--picture needs --analyse, which it draws")
    baselines = check_options(arguments)
    network = open_network(arguments.network)
    require_box_head(network)
    sequences = choose(open_dataset(arguments.dataset, arguments.root, arguments.split), arguments.sequences)
    openers = open_all(arguments, network, baselines)
    with (
        output_file(arguments.json) as json_file,
        output_file(arguments.picture, PICTURE_SUFFIXES) as picture_file,
        output_folder(arguments.plots) as plots,
        output_folder(arguments.results) as results,
    ):
        outcomes = [outcome_of(name, opener, sequences, arguments) for name, opener in openers.items()]
        print_outcomes(outcomes, arguments.dataset)
        analysis = analysed(outcomes[0], sequences, picture_file) if arguments.analyse else {}
        for outcome in outcomes if results else ():
            write_outcome(outcome, arguments.dataset, results)
        if plots:
            from siammixer.report.plots import draw

            draw(outcomes, arguments.dataset, plots)
        if json_file:
            write_json(json_file, report_json(outcomes, described(arguments, network)) | analysis)
    return 0


def analysed(ours: Outcome, sequences: Sequence[sequence.Sequence], picture: Path | None) -> dict:
    """Prints and draws where the AUC of our tracker goes; returns it as a part of the report."""
    from siammixer.report.analysis_text import analysis_json, print_analysis
    from siammixer.tracking.analysis import analyse_all

    total, analyses = analyse_all(ours.runs, sequences, ours.rules)
    print_analysis(total, analyses)
    if picture:
        from siammixer.report.analysis_picture import draw

        title = f"{ours.name}: where the AUC goes, {len(analyses)} sequences"
        draw(total, analyses, title, picture)
    return {"analysis": analysis_json(total, analyses)}


def check_options(arguments: Namespace) -> list[str]:
    """Refuses options that are wrong by themselves, before any folder is looked at; returns the baselines
    asked for, each once.
    """
    from siammixer.report.outputs import require_matplotlib
    from siammixer.tracking.baselines import check_baseline
    from siammixer.tracking.evaluate import check_counts

    check_counts(arguments.jobs, arguments.frames)
    if arguments.engine == "board" and arguments.jobs != 1:
        raise InputError(f"--jobs must be 1 with --engine board, of which there is one, not {arguments.jobs}")
    baselines = list(dict.fromkeys(arguments.baselines.split(","))) if arguments.baselines is not None else []
    for name in baselines:
        check_baseline(name)
    if arguments.plots is not None:
        require_matplotlib()
    return baselines


def described(arguments: Namespace, network: Network) -> dict:
    """Says what was measured, for the head of the report."""
    from pathlib import Path

    from siammixer.cli.engines import fingerprint

    return {
        "dataset": arguments.dataset,
        "root": str(Path(arguments.root).resolve()),
        "network": network.name,
        "engine": arguments.engine,
        "fingerprint": fingerprint(arguments, network),
        "frames": arguments.frames,
    }


def choose(sequences: Sequence[sequence.Sequence], names: str | None) -> Sequence[sequence.Sequence]:
    """Returns the sequences named in ``names``, in that order; all without it."""
    if names is None:
        return sequences
    known = {one.name: one for one in sequences}
    for name in names.split(","):
        if name not in known:
            raise InputError(
                f"--sequences must name sequences of the dataset, not {name!r}; it has {_some(list(known))}"
            )
    return [known[name] for name in dict.fromkeys(names.split(","))]


def _some(names: list[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def open_all(arguments: Namespace, network: Network, baselines: Sequence[str]) -> dict[str, Opener]:
    """Opens the baselines, then our tracker, once each, so that what is wrong is said before the work;
    returns what opens them again.
    """
    from siammixer.cli.engines import open_tracker
    from siammixer.report.tables import progress
    from siammixer.tracking.baselines import open_baseline

    for name in baselines:
        with open_baseline(name):
            pass
    with progress("starting") as say, open_tracker(arguments, network, progress=say):
        pass
    openers: dict[str, Opener] = {name: partial(open_baseline, name) for name in baselines}
    return {f"{network.name}-{arguments.engine}": partial(open_tracker, arguments, network), **openers}


def outcome_of(
    name: str, opener: Opener, sequences: Sequence[sequence.Sequence], arguments: Namespace
) -> Outcome:
    """Returns one tracker's outcome on the sequences, judged by the benchmark's rules."""
    from siammixer.tracking.evaluate import evaluate
    from siammixer.tracking.metrics import RULES
    from siammixer.tracking.outcome import judge

    with _counting(name, len(sequences)) as finished:
        runs = evaluate(opener, sequences, jobs=arguments.jobs, frames=arguments.frames, finished=finished)
    return judge(name, runs, sequences, RULES[arguments.dataset])


@contextmanager
def _counting(name: str, total: int) -> Iterator:
    """Yields a function that is told of every run that ends: the progress bar moves, and frames that could
    not be decoded are named.
    """
    from siammixer.report.tables import console, progress_bar

    with progress_bar(name, total) as advance:

        def finished(run) -> None:
            advance(run.name)
            for problem in run.problems:
                console(stderr=True).print(
                    f"{run.name}: {problem}; tracking goes on", markup=False, soft_wrap=True
                )

        yield finished
