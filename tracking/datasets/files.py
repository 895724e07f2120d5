"""All loaders have this in common: lists of names, labels per frame, folders."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.ir.words import counted
from siammixer.tracking.box import Box
from siammixer.tracking.sequence import FileSequence
from siammixer.tracking.signs import plain
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
    """Returns the names of a list file, one a line, each once, without quotes and separators around them.
    Lines that begin with # and a space are comment.
    """
    lines = read_lines(path, "the names of the sequences, one a line")
    names = (_name(line) for line in lines if not line.lstrip().startswith("# "))
    return list(dict.fromkeys(name for name in names if name))


def _name(line: str) -> str:
    text = line.strip("\ufeff \t").rstrip(",; \t")
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    return text.rstrip("/\\")


def read_labels(path: Path, frames: int) -> list[int]:
    """Reads one whole number a frame, on lines or separated by commas; all are 0 where the file is missing,
    which data sets allow. Lines of comment and a first line of words are passed over.
    """
    if not path.is_file():
        return [0] * frames
    lines = [plain(line) for line in read_lines(path, "a number per frame", numbers=True)]
    lines = [line for line in lines if not line.lstrip(" \t\"'").startswith(("#", "%", "//"))]
    if lines and not re.search(r"\d", lines[0]):
        lines = lines[1:]
    fields = re.split(r"[\s,;|]+", re.sub("[\"'\\[\\]()]", " ", " ".join(lines)).strip(",;| "))
    try:
        labels = [float(field) for field in fields]
    except ValueError:
        labels = [math.nan]
    if not all(label.is_integer() for label in labels):
        raise InputError(f"{path}: must hold whole numbers, one a frame")
    if len(labels) != frames:
        raise InputError(f"{path}: must hold {counted(frames, 'number')}, one a frame, not {len(labels)}")
    return [int(label) for label in labels]


def hide(boxes: list[Box | None], hidden: Iterable[bool]) -> list[Box | None]:
    """Returns the boxes, None where the target is hidden; the first one stays, as tracking begins there."""
    return [
        None if gone and index else box for index, (box, gone) in enumerate(zip(boxes, hidden, strict=True))
    ]


def one_a_frame(path: Path, boxes: list, frames: int) -> None:
    """Refuses a count of boxes that is not that of the frames."""
    if len(boxes) != frames:
        raise InputError(
            f"{path}: must hold one box for each of {counted(frames, 'frame')}, not {len(boxes)}"
        )
