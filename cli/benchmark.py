"""The trackers of ``siammixer evaluate`` on its sequences: what is kept on the way, and what went wrong."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from siammixer.ir.errors import InputError
from siammixer.ir.words import counted

if TYPE_CHECKING:
    from pathlib import Path

    from siammixer.ir.network import Network
    from siammixer.tracking.datasets.files import Entry
    from siammixer.tracking.evaluate import Opener, Run
    from siammixer.tracking.kept import KeptRuns, Settings
    from siammixer.tracking.outcome import Outcome
    from siammixer.tracking.sequence import FileSequence


@dataclass(kw_only=True)
class Evaluation:
    """Holds what an evaluation has come to, complete or not.

    Parameters
    ----------
    total
        How many sequences it was asked for.
    sequences
        Those whose annotation could be read, in the order asked for.
    outcomes
        One a tracker, of those with a run that has finished; ours first.
    failed
        What was wrong with a sequence, by its name.
    ended
        What ended it early: an interrupt, or an engine that failed.
    told
        The lines that have been said of frames.
    """

    total: int
    sequences: list[FileSequence]
    outcomes: list[Outcome] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    ended: BaseException | None = None
    told: set[str] = field(default_factory=set)

    def tell(self, line: str) -> None:
        """Says a line on standard error; once, though every tracker meets the same frames."""
        if line not in self.told:
            self.told.add(line)
            _say(line)

    @property
    def complete(self) -> bool:
        """Whether every tracker has a run of every sequence."""
        return self.ended is None and not self.failed

    def require_something(self) -> None:
        """Raises what went wrong where no run has finished, so that there is nothing to report."""
        if self.outcomes:
            return
        if self.ended is not None:
            raise self.ended
        name, problem = next(iter(self.failed.items()))
        more = f"; nor can the other {len(self.failed) - 1}" if len(self.failed) > 1 else ""
        raise InputError(f"sequence {name}: {problem}{more}")

    def require_everything(self) -> None:
        """Raises what went wrong where a part is missing, after what there is has been reported."""
        if self.ended is not None:
            raise self.ended
        if self.failed:
            raise InputError(
                f"{len(self.failed)} of {counted(self.total, 'sequence')} could not be evaluated, and the "
                f"figures are those of the others: {', '.join(self.failed)}"
            )


def open_sequences(entries: Sequence[Entry], *, upright: bool) -> Evaluation:
    """Returns the evaluation of the sequences, none of which has run; what cannot be read has failed."""
    from siammixer.tracking.datasets import read_entries

    sequences, failed = read_entries(entries, upright=upright)
    evaluation = Evaluation(total=len(entries), sequences=sequences, failed=failed)
    if not sequences:
        evaluation.require_something()
    for name, problem in failed.items():
        _say(f"{name}: {problem}; left out")
    return evaluation


@dataclass(frozen=True, kw_only=True)
class _Task:
    """A tracker, where its runs are kept, if they are, and those that it has already, by sequence."""

    name: str
    opener: Opener
    kept: KeptRuns | None
    before: dict[str, Run]


def run_all(
    evaluation: Evaluation,
    openers: dict[str, Opener],
    arguments: Namespace,
    network: Network,
    results: Path | None,
) -> None:
    """Runs every tracker on every sequence.

    Runs that finished before are taken over with ``--resume``, and every one is written to ``results`` as it
    ends. An interrupt, or an engine that fails, ends the whole and leaves what has finished.

    Raises
    ------
    InputError
        At once, where a run to take over was made otherwise or of something else.
    """
    tasks = []
    for name, opener in openers.items():
        kept = _kept(name, arguments, network, results)
        before = _resumed(kept, evaluation.sequences) if arguments.resume and kept is not None else {}
        tasks.append(_Task(name=name, opener=opener, kept=kept, before=before))
    for task in tasks:
        runs = list(task.before.values())
        try:
            _run(task, evaluation, arguments, results, runs)
        except (KeyboardInterrupt, Exception) as error:
            evaluation.ended = error
        if runs:
            evaluation.outcomes.append(_judged(task.name, runs, evaluation.sequences, arguments))
        if evaluation.ended is not None:
            return


def _run(
    task: _Task, evaluation: Evaluation, arguments: Namespace, results: Path | None, runs: list[Run]
) -> None:
    """Adds one tracker's runs to ``runs`` as they end."""
    from siammixer.report.tables import progress_bar
    from siammixer.tracking.evaluate import evaluate

    left = {
        one.name: one
        for one in evaluation.sequences
        if one.name not in evaluation.failed and one.name not in task.before
    }
    with progress_bar(task.name, len(left)) as advance:

        def finished(run: Run) -> None:
            if task.kept is not None:
                _write(run, left[run.name], task, arguments.dataset, results)
            runs.append(run)
            advance(run.name)
            for line in (*run.notes, *(f"{problem}; tracking goes on" for problem in run.problems)):
                evaluation.tell(f"{run.name}: {line}")

        def failed(sequence: str, error: InputError) -> None:
            evaluation.failed[sequence] = str(error).removeprefix(f"sequence {sequence}: ")
            advance(sequence)
            if evaluation.total > 1:
                _say(f"{sequence}: {evaluation.failed[sequence]}; left out")

        evaluate(
            task.opener,
            list(left.values()),
            jobs=arguments.jobs,
            frames=arguments.frames,
            finished=finished,
            failed=failed,
        )


def _resumed(kept: KeptRuns, sequences: Sequence[FileSequence]) -> dict[str, Run]:
    found = {one.name: kept.find(one) for one in sequences}
    return {name: run for name, run in found.items() if run is not None}


def _write(run: Run, sequence: FileSequence, task: _Task, dataset: str, results: Path | None) -> None:
    """Writes a finished run in the benchmark's own format, and whole."""
    from siammixer.tracking.results import write_results

    assert results is not None and task.kept is not None  # _run sees to it
    write_results(dataset, results, task.name, run.name, run.boxes, list(run.seconds))
    task.kept.keep(run, sequence)


def _kept(name: str, arguments: Namespace, network: Network, results: Path | None) -> KeptRuns | None:
    from siammixer.tracking.kept import KeptRuns

    return KeptRuns(results, name, _settings(name, arguments, network)) if results is not None else None


def _settings(name: str, arguments: Namespace, network: Network) -> Settings:
    """Returns all that a tracker's boxes depend on beside the sequence."""
    import hashlib
    from dataclasses import asdict
    from importlib.metadata import version
    from pathlib import Path

    import cv2

    from siammixer.cli.engines import fingerprint
    from siammixer.tracking.names import BASELINES
    from siammixer.tracking.settings import Settings

    common = {
        "dataset": arguments.dataset,
        "--frames": arguments.frames,
        "--as-stored": arguments.as_stored,
        "OpenCV": cv2.__version__,
        "siammixer": version("siammixer"),
    }
    if name in BASELINES:
        return common
    own = {"network": network.fingerprint, "weights of fingerprint": fingerprint(arguments, network)}
    if arguments.checkpoint is not None:
        own["checkpoint of digest"] = hashlib.blake2b(
            Path(arguments.checkpoint).read_bytes(), digest_size=8
        ).hexdigest()
    return common | own | {f"the tracker's {key}": value for key, value in asdict(Settings()).items()}


def _judged(
    name: str, runs: Sequence[Run], sequences: Sequence[FileSequence], arguments: Namespace
) -> Outcome:
    """Returns one tracker's outcome on the sequences that it has finished, by the benchmark's rules."""
    from siammixer.tracking.metrics import RULES
    from siammixer.tracking.outcome import judge

    by_name = {run.name: run for run in runs}
    done = [sequence for sequence in sequences if sequence.name in by_name]
    return judge(name, [by_name[one.name] for one in done], done, RULES[arguments.dataset])


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


def _say(text: str) -> None:
    from siammixer.report.tables import console

    console(stderr=True).print(text, markup=False, soft_wrap=True)
