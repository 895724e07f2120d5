"""``siammixer evaluate``: the tracker on a benchmark, beside baselines."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from siammixer.cli.options import command, engine_options, listed, stored_option
from siammixer.ir.errors import InputError
from siammixer.tracking.names import BASELINES, BENCHMARKS

if TYPE_CHECKING:
    from pathlib import Path

    from siammixer.cli.benchmark import Evaluation
    from siammixer.ir.network import Network
    from siammixer.tracking.datasets.files import Entry
    from siammixer.tracking.outcome import Outcome
    from siammixer.tracking.sequence import FileSequence


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
    stored_option(parser)
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
        "--results",
        metavar="DIR",
        help="write the boxes there in the benchmark's own format, each sequence as it ends",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="take over the sequences that --results DIR has finished already",
    )


def run(arguments: Namespace) -> int:
    """Runs every tracker on every sequence and reports them: also those finished before an interrupt, and
    beside sequences that are broken.
    """
    from siammixer.cli.benchmark import open_all, open_sequences, run_all
    from siammixer.ir.named import open_network
    from siammixer.report.outcomes import print_outcomes, report_json
    from siammixer.report.outputs import PICTURE_SUFFIXES, output_file, output_folder, write_json
    from siammixer.tracking.datasets import list_dataset
    from siammixer.tracking.settings import require_box_head

    check_alone(arguments)
    baselines = check_options(arguments)
    network = open_network(arguments.network)
    require_box_head(network)
    entries = choose(list_dataset(arguments.dataset, arguments.root, arguments.split), arguments.sequences)
    evaluation = open_sequences(entries, upright=not arguments.as_stored)
    openers = open_all(arguments, network, baselines)
    with (
        output_file(arguments.json) as json_file,
        output_file(arguments.picture, PICTURE_SUFFIXES) as picture_file,
        output_folder(arguments.plots) as plots,
        output_folder(arguments.results) as results,
    ):
        run_all(evaluation, openers, arguments, network, results)
        evaluation.require_something()
        if evaluation.ended is not None:
            say_ended(evaluation, arguments)
        outcomes = evaluation.outcomes
        print_outcomes(outcomes, arguments.dataset)
        analysis = analysed(outcomes[0], evaluation.sequences, picture_file) if arguments.analyse else {}
        if plots:
            from siammixer.report.plots import draw

            draw(outcomes, arguments.dataset, plots)
        if json_file:
            head = described(arguments, network) | {
                "complete": evaluation.complete,
                "failed": evaluation.failed,
            }
            write_json(json_file, report_json(outcomes, head) | analysis)
    evaluation.require_everything()
    return 0


def say_ended(evaluation: Evaluation, arguments: Namespace) -> None:
    """Says how far an evaluation came that ended early, and how it goes on."""
    from siammixer.ir.words import counted
    from siammixer.report.tables import console

    done = len(evaluation.outcomes[-1].runs)
    way = (
        "the same command with --resume goes on" if arguments.results else "with --results DIR one can go on"
    )
    console(stderr=True).print(
        f"ended early: {evaluation.outcomes[-1].name} has finished {done} of "
        f"{counted(evaluation.total, 'sequence')}, which are reported; {way}",
        markup=False,
        soft_wrap=True,
    )


def check_alone(arguments: Namespace) -> None:
    """Refuses options without the one that they need."""
    if arguments.picture is not None and not arguments.analyse:
        raise InputError("--picture needs --analyse, which it draws")
    if arguments.resume and arguments.results is None:
        raise InputError("--resume needs --results DIR, where the finished sequences are kept")


def analysed(ours: Outcome, sequences: Sequence[FileSequence], picture: Path | None) -> dict:
    """Prints and draws where the AUC of our tracker goes; returns it as a part of the report."""
    from siammixer.report.analysis_text import analysis_json, print_analysis
    from siammixer.tracking.analysis import analyse_all

    done = [sequence for sequence in sequences if sequence.name in ours.sequences]
    total, analyses = analyse_all(ours.runs, done, ours.rules)
    print_analysis(total, analyses)
    if picture:
        from siammixer.ir.words import counted
        from siammixer.report.analysis_picture import draw

        title = f"{ours.name}: where the AUC goes, {counted(len(analyses), 'sequence')}"
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
    baselines = list(dict.fromkeys(listed(arguments.baselines))) if arguments.baselines is not None else []
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


def choose(entries: Sequence[Entry], names: str | None) -> Sequence[Entry]:
    """Returns the sequences named in ``names``, in that order; all without it."""
    from siammixer.tracking.text import composed, printable

    if names is None:
        return entries
    known = {composed(entry.name): entry for entry in entries}
    wanted = composed(printable(names))
    # A name may have a comma.
    asked = [wanted] if wanted in known else listed(wanted)
    for name in asked:
        if name not in known:
            raise InputError(
                f"--sequences must name sequences of the dataset, not {name!r}; {_instead(name, list(known))}"
            )
    return [known[name] for name in dict.fromkeys(asked)]


def _instead(name: str, names: list[str]) -> str:
    """Says what may be meant by a name that is none."""
    lower = {known.casefold(): known for known in names}
    if close := get_close_matches(name.casefold(), lower, n=3):
        return f"did you mean {' or '.join(lower[known] for known in close)}?"
    return "it has " + ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
