"""Leave one idea of the network or of its training out, train, and see what it costs on whole videos.

``python -m siammixer.bench.ablations --data DIR... --validation DIR --teachers DIR --videos ROOT --out DIR``
trains every network from random weights with the same recipe, tracks the videos in float, once from their
first frames and in colour from the many starts of :mod:`siammixer.bench.starts`, and writes
``bench/ablations.json`` and the table of docs/training.md. ROOT holds videos in the layout ``otb``, on which
choices are made; those that are reported must not be named here. A run takes about a quarter of an hour on
two cores. One that was stopped goes on; ``--only`` adds or renews some of the rows.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from siammixer.bench import starts
from siammixer.bench.arguments import names_of, parser, whole_number
from siammixer.bench.document import rewrite
from siammixer.ir.catalogue import find_network
from siammixer.tracking.datasets import open_dataset
from siammixer.training.model.variants import find_variant

FILE = Path(__file__).with_name("ablations.json")
DOCUMENT, COMMAND = "training.md", "python -m siammixer.bench.ablations"
PAIRS = 24_000
RATE = "2e-3"
DIGITS = 4


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """A network, or a way to train it, that lacks one thing.

    Parameters
    ----------
    text
        What is different, for the table.
    options
        Options of ``siammixer train``.
    teacher
        Whether the tracker's answers teach. The teacher sees searches of one size; networks without local
        mixing see others.
    folders
        Of the folders of crops only so many; None: all.
    """

    text: str
    options: tuple[str, ...] = ()
    teacher: bool = True
    folders: int | None = None

    @property
    def variant(self) -> str | None:
        """The variant that is trained (siammixer.training.names.VARIANTS)."""
        return self.options[1] if self.options[:1] == ("--variant",) else None


def _variant(text: str, name: str, *, teacher: bool = True) -> Ablation:
    return Ablation(text=text, options=("--variant", name), teacher=teacher)


ABLATIONS = {
    "siammixer": Ablation(text="siammixer, ReLU, all crops, with the teacher"),
    "no-teacher": Ablation(text="labels alone", teacher=False),
    "first-folder": Ablation(text="the first folder of crops alone", folders=1),
    "no-global": _variant("without global mixing", "no-global"),
    "independent": _variant("patches without halo", "independent"),
    "three-quarters": _variant("three quarters of the channels", "three-quarters"),
    "half": _variant("half of the channels", "half"),
    "gelu": Ablation(text="GELU", options=("--activation", "gelu")),
    "elu": Ablation(text="ELU", options=("--activation", "elu")),
    "no-local": _variant("labels alone, without local mixing", "no-local", teacher=False),
    "no-mixing": _variant("labels alone, without any mixing", "no-mixing", teacher=False),
}


def train_command(ablation: Ablation, given: Namespace, out: Path) -> list[str]:
    """The command line that trains it into a folder."""
    folders = given.data[: ablation.folders]
    teachers = ["--teachers", str(given.teachers)] if ablation.teacher else []
    return [
        *("train", "--stage", "distil", *ablation.options, *teachers),
        *("--data", *map(str, folders), "--validation", str(given.validation), "--out", str(out)),
        *("--pairs", str(given.pairs), "--learning-rate", RATE, "--threads", "1", "--workers", "1"),
    ]


def evaluate_command(given: Namespace, out: Path) -> list[str]:
    """The command line that tracks the videos with the run's last weights."""
    return [
        *("evaluate", "--dataset", "otb", "--root", str(given.videos), "--engine", "float"),
        *("--checkpoint", str(out / "last.pt"), "--json", str(out / "videos.json")),
    ]


def from_many_starts(checkpoint: Path, videos: Path) -> float:
    """AUC in colour from the starts of :mod:`siammixer.bench.starts`, in float."""
    opener = partial(starts.floating, checkpoint)
    return starts.measure(open_dataset("otb", videos), opener, grey=False)["auc"]


def result(ablation: Ablation, out: Path, pairs: int, many: float) -> dict:
    """The row of a run that is finished.

    Parameters
    ----------
    out
        The run's folder, with its curves and the report on the videos.
    many
        AUC from many starts.
    """
    network, _ = find_variant(find_network("siammixer"), ablation.variant)
    with (out / "curves.csv").open() as file:
        *_, last = csv.DictReader(file)
    overall = json.loads((out / "videos.json").read_text())["overall"]
    return {
        "text": ablation.text,
        "pairs": pairs,
        "parameter_bytes": network.parameter_bytes,
        "hits": round(float(last["hits"]), DIGITS),
        **{name: round(overall[name], DIGITS) for name in ("auc", "p20")},
        "many_starts": many,
    }


def table(record: dict) -> str:
    """The record as a Markdown table."""
    lines = ["| | parameters, B | hits | AUC | P20 | AUC from many starts |", "|---|---|---|---|---|---|"]
    for row in (record[name] for name in ABLATIONS if name in record):
        scores = f"{row['hits']:.1%} | {row['auc']:.3f} | {row['p20']:.3f} | {row['many_starts']:.3f}"
        lines.append(f"| {row['text']} | {row['parameter_bytes']:,} | {scores} |")
    return "\n".join(lines) + "\n"


def _run(command: list[str]) -> None:
    """A command of siammixer, in a process of its own, that must succeed."""
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "siammixer", *command], env=os.environ | threads, check=False
    )
    if done.returncode:
        raise SystemExit(done.returncode)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    options = parser("ablations", __doc__)
    options.add_argument("--data", type=Path, nargs="+", required=True, help="folders of training crops")
    options.add_argument("--validation", type=Path, required=True, help="folder of crops of other sequences")
    options.add_argument("--teachers", type=Path, required=True, help="folder of a tracker's ONNX files")
    options.add_argument("--videos", type=Path, required=True, help="videos, in the layout otb")
    options.add_argument("--out", type=Path, required=True, help="the runs go there, a folder each")
    options.add_argument(
        "--pairs", type=whole_number, default=PAIRS, help="of each run (default %(default)s)"
    )
    options.add_argument(
        "--only",
        type=names_of(ABLATIONS),
        metavar="A,B",
        default=list(ABLATIONS),
        help="these rows (default: all)",
    )
    given = options.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    for name in given.only:
        ablation, out = ABLATIONS[name], given.out / name
        print(f"{name}: {ablation.text}", flush=True)
        _run(train_command(ablation, given, out))
        _run(evaluate_command(given, out))
        many = from_many_starts(out / "last.pt", given.videos)
        record = json.loads(FILE.read_text()) if FILE.exists() else {}
        record[name] = result(ablation, out, given.pairs, many)
        FILE.write_text(json.dumps(record, indent=2) + "\n")
        rewrite(DOCUMENT, COMMAND, table(record))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
