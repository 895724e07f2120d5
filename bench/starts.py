"""Track validation videos from many starts, in both directions, in colour and in grey.

``python -m siammixer.bench.starts ROOT`` writes ``bench/starts.json`` and the table of docs/tracking.md. ROOT
holds videos in the layout ``otb``, on which choices are made. With one start a video the AUC of ten videos
moves by 0.03 where one start is lost or held; with many it moves less. ``--weights FILE`` measures other
weights of the default network, prints the figures and records nothing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from collections.abc import Sequence as Many
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from itertools import count
from pathlib import Path

import cv2
import numpy as np

from siammixer.bench.arguments import parser, whole_number
from siammixer.bench.document import rewrite
from siammixer.golden.engine import GoldenEngine
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.ir.weights import load_weights
from siammixer.tracking.datasets import open_dataset
from siammixer.tracking.evaluate import Opener, Run, evaluate
from siammixer.tracking.metrics import ONE_PASS
from siammixer.tracking.outcome import judge
from siammixer.tracking.sequence import Sequence
from siammixer.tracking.settings import Settings
from siammixer.tracking.tracker import Tracker

FILE = Path(__file__).with_name("starts.json")
DOCUMENT, COMMAND = "tracking.md", "python -m siammixer.bench.starts"
NETWORK = "siammixer"
EVERY, LEAST = 20, 30
"""A start in every 20th frame and in the last one; runs of fewer than 30 frames are left out."""
COLOURS = {"colour": False, "grey": True}
DIGITS = 4


class Way(Sequence):
    """A sequence's frames from one of them on, forwards or backwards, as they are or in grey.

    Parameters
    ----------
    whole
        The sequence; its boxes reach as far as ``frames`` does.
    frames
        Indices of its frames, in the order in which they are seen; the first has a box.
    grey
        Whether the three channels become the same.
    """

    def __init__(self, whole: Sequence, frames: range, *, grey: bool):
        super().__init__(
            f"{whole.name} from {frames[0]} to {frames[-1]}", [whole.box(index) for index in frames]
        )
        self.whole, self.frames, self.grey = whole, frames, grey

    def __len__(self) -> int:
        return len(self.frames)

    def _image(self, index: int) -> np.ndarray:
        image = self.whole.image(self.frames[index])
        if not self.grey:
            return image
        return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def orders(sequence: Sequence) -> list[range]:
    """The frames of every run through a sequence: from each start to the end, and to the beginning.

    A start whose box is out of sight is left out.
    """
    present = sequence.present.tolist()
    starts = [start for start in present if start % EVERY == 0 or start == present[-1]]
    ways = [way for start in starts for way in (range(start, len(sequence)), range(start, -1, -1))]
    return [way for way in ways if len(way) >= LEAST]


@contextmanager
def golden(weights: Path | None) -> Iterator[Tracker]:
    """The tracker on golden, with a weights file of the default network; None: the shipped one."""
    network = find_network(NETWORK)
    yield Tracker(GoldenEngine(network, load_weights(network, weights)))


@contextmanager
def floating(checkpoint: Path) -> Iterator[Tracker]:
    """The tracker in float, on one thread, with a checkpoint of the default network or of a variant of it."""
    # Golden has no use for PyTorch.
    import torch

    from siammixer.training.model.float_engine import FloatEngine

    torch.set_num_threads(1)
    yield Tracker(FloatEngine.from_checkpoint(find_network(NETWORK), checkpoint))


def measure(sequences: Many[Sequence], opener: Opener, *, grey: bool, jobs: int = 1) -> dict:
    """The mean AUC of a sequence's runs, and its mean over the sequences.

    Parameters
    ----------
    sequences
        At least one of them has a run.
    opener
        Opens a tracker for each run.
    jobs
        Processes side by side.
    """
    ways = [[Way(sequence, order, grey=grey) for order in orders(sequence)] for sequence in sequences]
    every = [way for some in ways for way in some]
    place = count(1)

    def finished(run: Run) -> None:
        print(f"{next(place)} of {len(every)}: {run.name}", flush=True)

    runs = evaluate(opener, every, jobs=jobs, finished=finished)
    scores = judge(NETWORK, runs, every, ONE_PASS).sequences
    by_sequence = {
        sequence.name: round(float(np.mean([scores[way.name].auc for way in some])), DIGITS)
        for sequence, some in zip(sequences, ways, strict=True)
        if some
    }
    return {
        "auc": round(float(np.mean(list(by_sequence.values()))), DIGITS),
        "sequences": by_sequence,
    }


def recorded(root: Path, weights: Path | None, jobs: int) -> dict:
    """The weights and settings, the runs of each sequence, and the AUC in colour and in grey.

    Raises
    ------
    InputError
        The videos or the weights cannot be read, or no video has so many frames.
    """
    sequences = open_dataset("otb", root)
    runs = {sequence.name: len(found) for sequence in sequences if (found := orders(sequence))}
    if not runs:
        raise InputError(f"{root}: no run of at least {LEAST} frames with a box in the first")
    record = {
        "weights": load_weights(find_network(NETWORK), weights).fingerprint,
        "settings": asdict(Settings()),
        "runs": runs,
    }
    for colour, grey in COLOURS.items():
        record[colour] = measure(sequences, partial(golden, weights), grey=grey, jobs=jobs)
    return record


def table(record: dict) -> str:
    """The record as a Markdown table."""
    runs, colour, grey = record["runs"], record["colour"], record["grey"]
    rows = [(name, runs[name], colour["sequences"][name], grey["sequences"][name]) for name in runs]
    rows.append(("mean over the sequences", sum(runs.values()), colour["auc"], grey["auc"]))
    lines = ["| AUC, mean over a sequence's runs | runs | in colour | in grey |", "|---|---|---|---|"]
    lines += [f"| {name} | {number} | {one:.3f} | {two:.3f} |" for name, number, one, two in rows]
    return "\n".join(lines) + "\n"


def main(arguments: Many[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    options = parser("starts", __doc__)
    options.add_argument("root", type=Path, metavar="ROOT", help="validation videos, in the layout otb")
    options.add_argument("--weights", type=Path, metavar="FILE", help="other weights; nothing is recorded")
    options.add_argument(
        "--jobs", type=whole_number, default=1, help="processes side by side (default %(default)s)"
    )
    given = options.parse_args(arguments)
    try:
        record = recorded(given.root, given.weights, given.jobs)
    except InputError as error:
        print(f"starts: error: {error}", file=sys.stderr)
        return 2
    print(table(record))
    if given.weights is None:
        FILE.write_text(json.dumps(record, indent=2) + "\n")
        rewrite(DOCUMENT, COMMAND, table(record))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
