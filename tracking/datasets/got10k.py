"""GOT-10k: train, val and test, each with list.txt; of a test sequence only the first box is given."""

from __future__ import annotations

from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.datasets.files import (
    Entry,
    entry_of,
    find_folder,
    hide,
    one_a_frame,
    read_labels,
    read_names,
)
from siammixer.tracking.ground_truth import read_boxes
from siammixer.tracking.images import frame_names
from siammixer.tracking.sequence import FileSequence

DEFAULT = "val"


def entries(root: Path, split: str | None) -> list[Entry]:
    """Returns the sequences of a split. ``root`` may also be the folder of one split, if none is named."""
    folder = root / split if split else root if (root / "list.txt").is_file() else root / DEFAULT
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; GOT-10k has train, val and test, each with list.txt")
    return [
        entry_of(name, lambda name=name: _read(find_folder(folder, name)))
        for name in read_names(folder / "list.txt")
    ]


def _read(folder: Path) -> FileSequence:
    files = frame_names(folder)
    path = folder / "groundtruth.txt"
    boxes = read_boxes(path, frames=len(files))
    if len(boxes) > 1:
        one_a_frame(path, boxes, len(files))
        boxes = _visible(folder, boxes)
    return FileSequence(folder.name, folder, files, boxes)


def _visible(folder: Path, boxes: list[Box | None]) -> list[Box | None]:
    """Returns the boxes, None where the target is out of sight: where absence says so (1), and where
    nothing of it is visible (cover, in eighths, is 0).
    """
    absence = read_labels(folder / "absence.label", len(boxes))
    cover = (
        read_labels(folder / "cover.label", len(boxes))
        if (folder / "cover.label").is_file()
        else [8] * len(boxes)
    )
    return hide(boxes, (gone > 0 or shown == 0 for gone, shown in zip(absence, cover, strict=True)))
