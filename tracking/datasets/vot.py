"""VOT's short-term sequences up to 2019: NAME/groundtruth.txt with boxes or polygons of four corners."""

from __future__ import annotations

from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.tracking.datasets.files import (
    Entry,
    entry_of,
    find_folder,
    one_a_frame,
    read_names,
    subfolders,
)
from siammixer.tracking.ground_truth import read_boxes
from siammixer.tracking.images import frame_names
from siammixer.tracking.sequence import FileSequence

ANNOTATION = "groundtruth.txt"


def entries(root: Path, split: str | None) -> list[Entry]:
    """Returns the sequences that list.txt names or, without it, every folder with a groundtruth.txt."""
    if split is not None:
        raise InputError(f"split: VOT has none; give the folder of one year, not {split!r}")
    root = root / "sequences" if (root / "sequences" / "list.txt").is_file() else root
    if (root / "list.txt").is_file():
        return [
            entry_of(name, lambda name=name: _read(find_folder(root, name)))
            for name in read_names(root / "list.txt")
        ]
    return [
        entry_of(folder.name, _read, folder) for folder in subfolders(root) if (folder / ANNOTATION).is_file()
    ]


def _read(folder: Path) -> FileSequence:
    images = folder / "color" if (folder / "color").is_dir() else folder
    files, path = frame_names(images), folder / ANNOTATION
    boxes = read_boxes(path, frames=len(files), regions=True)
    one_a_frame(path, boxes, len(files))
    return FileSequence(folder.name, images, files, boxes)
