"""All loaders have this in common: lists of names, labels per frame, folders."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.sequence import FileSequence
from siammixer.tracking.text import composed, printable, read_lines


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A sequence of a data set that is known by name; ``read`` reads its annotation, and raises InputError
    where that or the frames are missing or broken.
    """

    name: str
    read: Callable[[], FileSequence]


def entry_of(name: str, read: Callable[..., FileSequence], *arguments) -> Entry:
    """Returns an entry whose sequence is ``read(*arguments)``."""
    return Entry(name=printable(name), read=lambda: read(*arguments))


def known(sequences: Iterable[FileSequence]) -> list[Entry]:
    """Returns entries of sequences that are read already."""
    return [Entry(name=sequence.name, read=partial(_itself, sequence)) for sequence in sequences]


def _itself(sequence: FileSequence) -> FileSequence:
    return sequence


def missing(name: str, message: str) -> Entry:
    """Returns an entry of what should be there and is not: to read it raises InputError with ``message``."""

    def read() -> FileSequence:
        raise InputError(message)

    return Entry(name=name, read=read)


def subfolders(folder: Path) -> list[Path]:
    """Lists the folders in a folder by name, hidden ones left out; none where there is no such folder.

    Raises
    ------
    InputError
        Where it cannot be listed.
    """
    try:
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise InputError(f"{folder}: cannot be listed ({error.strerror})") from None
    return [folder / name for name in names if os.path.isdir(folder / name)]


def find_folder(folder: Path, name: str) -> Path:
    """Returns the folder of that name in a folder, also where its letters beyond ASCII are written in the
    other way; ``folder / name`` where there is none.
    """
    wanted = folder / name
    if wanted.is_dir() or name.isascii():
        return wanted
    return next((one for one in subfolders(folder) if composed(one.name) == composed(name)), wanted)


def read_names(path: Path) -> list[str]:
    """Returns the names of a list file, one a line, each once."""
    lines = read_lines(path, "the names of the sequences, one a line")
    names = (line.strip("\ufeff \t").rstrip("/\\") for line in lines)
    return list(dict.fromkeys(name for name in names if name))


def read_labels(path: Path, frames: int) -> list[int]:
    """Reads one whole number a frame, on lines or separated by commas; all are 0 where the file is missing,
    which data sets allow.
    """
    if not path.is_file():
        return [0] * frames
    fields = re.split(r"[\s,;]+", " ".join(read_lines(path, "a number per frame")).strip("\ufeff ,;"))
    try:
        labels = [int(float(field)) for field in fields]
    except (ValueError, OverflowError):
        raise InputError(f"{path}: must hold whole numbers, one a frame") from None
    if len(labels) != frames:
        raise InputError(f"{path}: must hold {frames} numbers, one a frame, not {len(labels)}")
    return labels


def hide(boxes: list[Box | None], hidden: Iterable[bool]) -> list[Box | None]:
    """Returns the boxes, None where the target is hidden; the first one stays, as tracking begins there."""
    return [
        None if gone and index else box for index, (box, gone) in enumerate(zip(boxes, hidden, strict=True))
    ]


def one_a_frame(path: Path, boxes: list, frames: int) -> None:
    """Refuses a count of boxes that is not that of the frames."""
    if len(boxes) != frames:
        raise InputError(f"{path}: must hold one box for each of {frames} frames, not {len(boxes)}")
