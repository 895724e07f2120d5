"""All loaders have this in common: lists of names, labels per frame, folders."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.sequence import read_lines


def subfolders(folder: Path) -> list[Path]:
    """Lists the folders in a folder by name; none where there is no such folder."""
    return sorted(Path(entry) for entry in os.scandir(folder) if entry.is_dir()) if folder.is_dir() else []


def read_names(path: Path) -> list[str]:
    """Returns the names of a list file, one a line."""
    return [
        line.strip() for line in read_lines(path, "the names of the sequences, one a line") if line.strip()
    ]


def read_labels(path: Path, frames: int) -> list[int]:
    """Reads one whole number a frame, on lines or separated by commas; all are 0 where the file is missing,
    which data sets allow.
    """
    if not path.is_file():
        return [0] * frames
    try:
        labels = [int(float(field)) for field in ",".join(read_lines(path, "a number per frame")).split(",")]
    except ValueError:
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
