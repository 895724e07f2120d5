"""Finished runs of an evaluation, kept beside its result files, so that an interrupted one can go on.

The benchmarks' own result files hold boxes and times only, rounded; a kept run holds all of it, with what it
was made with and of.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from siammixer.ir.errors import InputError
from siammixer.ir.files import write_whole
from siammixer.tracking.box import Box
from siammixer.tracking.evaluate import Run
from siammixer.tracking.sequence import FileSequence

FOLDER = ".runs"
"""Below the folder of results; hidden, since toolkits take every other folder there for a tracker."""

Settings = Mapping[str, str | int | float | bool | None]
"""What a run was made with, by the words that messages name it with."""


class KeptRuns:
    """The finished runs of one tracker, a JSON file each in ``FOLDER/.runs/TRACKER``.

    Parameters
    ----------
    folder
        Where the result files lie.
    tracker
        Its name.
    settings
        All that its boxes depend on beside the sequence.
    """

    def __init__(self, folder: Path, tracker: str, settings: Settings):
        self.folder = folder / FOLDER / tracker
        self.settings = dict(settings)

    def keep(self, run: Run, sequence: FileSequence) -> None:
        """Writes a run that has finished, whole or not at all, in place of an earlier one.

        Raises
        ------
        InputError
            Where it cannot be written.
        """
        path = self._path(sequence)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{path.parent}: cannot be made ({error.strerror})") from None
        content = {
            "settings": self.settings,
            "data": data_digest(sequence, len(run.boxes)),
            "run": _plain(run),
        }
        write_whole(path, json.dumps(content) + "\n")

    def find(self, sequence: FileSequence) -> Run | None:
        """Returns the run kept for a sequence; None where there is none, or its file is damaged.

        Raises
        ------
        InputError
            Where it was made with other settings or of other data, naming which.
        """
        path = self._path(sequence)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            settings, digest, run = content["settings"], content["data"], _run(content["run"])
        except (OSError, ValueError, TypeError, KeyError):
            return None
        for word in {**settings, **self.settings}:
            before, now = settings.get(word), self.settings.get(word)
            if before != now:
                raise InputError(
                    f"{path}: was made with {word} {before}, not {now}; leave out --resume to begin anew, or "
                    "name another folder"
                )
        if digest != data_digest(sequence, len(run.boxes)):
            raise InputError(
                f"{path}: was made of other frames or boxes than {sequence.folder} has now; leave out "
                "--resume to begin anew, or name another folder"
            )
        return run

    def _path(self, sequence: FileSequence) -> Path:
        return self.folder / f"{sequence.name}.json"


def data_digest(sequence: FileSequence, frames: int) -> str:
    """Returns a digest of a sequence's boxes and of its first ``frames`` image files, name and content."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(np.array([box or (np.nan,) * 4 for box in sequence.boxes], np.float64).tobytes())
    for file in sequence.files[:frames]:
        digest.update(file.encode(errors="surrogateescape") + b"\0")
        try:
            digest.update(hashlib.blake2b((sequence.folder / file).read_bytes()).digest())
        except OSError:
            digest.update(b"cannot be read")
    return digest.hexdigest()


def _plain(run: Run) -> dict:
    """Returns a run as JSON takes it; floats keep all their bits."""
    return {
        "name": run.name,
        "boxes": [list(box) for box in run.boxes],
        "confidences": run.confidences.tolist(),
        "seconds": run.seconds.tolist(),
        "size": list(run.size),
        "problems": list(run.problems),
        "lost": None if run.lost is None else run.lost.tolist(),
        "passes": None if run.passes is None else run.passes.tolist(),
        "notes": list(run.notes),
    }


def _run(content: dict) -> Run:
    def array(name: str, kind: type) -> np.ndarray | None:
        return None if content[name] is None else np.array(content[name], kind)

    return Run(
        name=content["name"],
        boxes=tuple(Box(*box) for box in content["boxes"]),
        confidences=np.array(content["confidences"], np.float64),
        seconds=np.array(content["seconds"], np.float64),
        size=(content["size"][0], content["size"][1]),
        problems=tuple(content["problems"]),
        lost=array("lost", bool),
        passes=array("passes", np.int64),
        notes=tuple(content["notes"]),
    )
