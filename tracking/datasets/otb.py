"""OTB: NAME/img and NAME/groundtruth_rect.txt; some folders hold two targets, some more frames than boxes."""

from __future__ import annotations

from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.ir.words import counted
from siammixer.tracking.datasets.files import Entry, entry_of, missing, subfolders
from siammixer.tracking.datasets.otb_names import SPLITS
from siammixer.tracking.ground_truth import BOX_FILE, find_box_file, read_boxes
from siammixer.tracking.images import frame_names
from siammixer.tracking.order import frame_number
from siammixer.tracking.sequence import FileSequence, frames_folder

RANGES = {
    "BlurCar1": (247, 988),
    "BlurCar3": (3, 359),
    "BlurCar4": (18, 397),
    "David": (300, 770),
    "Diving": (1, 215),
    "Football1": (1, 74),
    "Freeman3": (1, 460),
    "Freeman4": (1, 283),
}
"""Numbers of the first and last annotated frame, where the folder may hold more."""


def entries(root: Path, split: str | None) -> list[Entry]:
    """Returns all sequences, or those that a split names. A folder with img/ and no annotation is named, not
    passed over, and so is one with an annotation and no img/.
    """
    found = [
        entry
        for folder in subfolders(root)
        if (folder / "img").is_dir() or _numbered(folder) or find_box_file(folder).is_file()
        for entry in _entries(folder)
    ]
    if split is None:
        return found
    names = {entry.name for entry in found}
    lacking = [
        missing(
            name, f"{root}: lacks {name} of OTB-{split}; expected as NAME/img and NAME/groundtruth_rect.txt"
        )
        for name in SPLITS[split]
        if name not in names
    ]
    return [entry for entry in found if entry.name in SPLITS[split]] + lacking


def _entries(folder: Path) -> list[Entry]:
    """Returns a sequence for each target of a folder."""
    annotations = _annotations(folder)
    suffix = {path: f"-{path.suffixes[0][1:]}" if len(annotations) > 1 else "" for path in annotations}
    names = {path: folder.name + suffix[path] for path in annotations}
    return [entry_of(names[path], _target, folder, path, names[path]) for path in annotations]


def _annotations(folder: Path) -> list[Path]:
    """Lists the files of boxes: groundtruth_rect.txt, or groundtruth_rect.1.txt and so on, or
    groundtruth.txt; empty files (one in Human4) do not count.
    """
    numbered, plain = _numbered(folder), find_box_file(folder)
    return [plain] if (folder / BOX_FILE).is_file() or not numbered else numbered


def _numbered(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("groundtruth_rect.*.txt")) if path.stat().st_size > 2]


def _target(folder: Path, path: Path, name: str) -> FileSequence:
    images = frames_folder(folder)
    files = frame_names(images)
    boxes = read_boxes(path, frames=len(files))
    if len(boxes) < len(files) and folder.name in RANGES:
        first, last = RANGES[folder.name]
        files = [file for file in files if first <= frame_number(file) <= last]
        if len(files) != len(boxes):
            raise InputError(
                f"{path}: has {counted(len(boxes), 'box')} for {counted(len(files), 'frame')} of {first} to "
                f"{last}, which OTB annotates in {folder.name}"
            )
    return FileSequence(name, images, files, boxes)
