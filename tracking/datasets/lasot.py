"""LaSOT: CATEGORY/CATEGORY-N/img and its text files, or the same without the folder of the category."""

from __future__ import annotations

from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.tracking.datasets.files import (
    Entry,
    entry_of,
    find_folder,
    hide,
    one_a_frame,
    read_labels,
    read_names,
    subfolders,
)
from siammixer.tracking.ground_truth import read_boxes
from siammixer.tracking.images import frame_names
from siammixer.tracking.sequence import FileSequence

TEST_LIST = "testing_set.txt"
TRAIN_LIST = "training_set.txt"


def entries(root: Path, split: str | None) -> list[Entry]:
    """Returns all sequences, or those of a split.

    ``test`` is what testing_set.txt at the root lists (280 names in the published one); ``train`` is what
    training_set.txt lists or, without it, all that testing_set.txt does not.
    """
    if split == "test":
        return [_listed(root, name) for name in read_names(root / TEST_LIST)]
    if split == "train" and (root / TRAIN_LIST).is_file():
        return [_listed(root, name) for name in read_names(root / TRAIN_LIST)]
    left_out = set(read_names(root / TEST_LIST)) if split == "train" else set()
    return [entry_of(folder.name, _read, folder) for folder in _folders(root) if folder.name not in left_out]


def _listed(root: Path, name: str) -> Entry:
    return entry_of(name, lambda: _read(_find(root, name)))


def _folders(root: Path) -> list[Path]:
    """Lists the folders of all sequences, by category and number.

    A folder without annotations is not passed over: it is named later.
    """
    found = []
    for folder in subfolders(root):
        inner = [sequence for sequence in subfolders(folder) if sequence.name.startswith(f"{folder.name}-")]
        found += inner or (
            [folder] if (folder / "img").is_dir() or (folder / "groundtruth.txt").is_file() else []
        )
    return sorted(found, key=_order)


def _order(folder: Path) -> tuple[str, int, str]:
    category, _, number = folder.name.rpartition("-")
    return category, int(number) if number.isdecimal() else 0, folder.name


def _find(root: Path, name: str) -> Path:
    category = find_folder(root, name.rpartition("-")[0])
    for folder in (find_folder(category, name), find_folder(root, name)):
        if folder.is_dir():
            return folder
    raise InputError(
        f"{root}: has no sequence {name}, which its list names; expected as "
        f"{name.rpartition('-')[0]}/{name} or {name}"
    )


def _read(folder: Path) -> FileSequence:
    files = frame_names(folder / "img")
    path = folder / "groundtruth.txt"
    boxes = read_boxes(path, frames=len(files))
    one_a_frame(path, boxes, len(files))
    occluded, outside = (
        read_labels(folder / name, len(boxes)) for name in ("full_occlusion.txt", "out_of_view.txt")
    )
    return FileSequence(
        folder.name, folder / "img", files, hide(boxes, map(any, zip(occluded, outside, strict=True)))
    )
