"""OTB: NAME/img and NAME/groundtruth_rect.txt; some folders hold two targets, some more frames than boxes."""

from __future__ import annotations

from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.tracking.datasets.files import subfolders
from siammixer.tracking.datasets.otb_names import SPLITS
from siammixer.tracking.sequence import FileSequence, frame_names, frame_number, read_boxes

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


def read(root: Path, split: str | None) -> list[FileSequence]:
    """Returns all sequences, or those that a split names. A folder with img/ and no annotation is refused,
    not passed over.
    """
    found = [
        sequence for folder in subfolders(root) if (folder / "img").is_dir() for sequence in _read(folder)
    ]
    if split is None:
        return found
    names = SPLITS[split]
    if missing := [name for name in names if name not in {sequence.name for sequence in found}]:
        raise InputError(
            f"{root}: lacks {', '.join(missing)} of OTB-{split}; expected as NAME/img and "
            "NAME/groundtruth_rect.txt"
        )
    return [sequence for sequence in found if sequence.name in names]


def _read(folder: Path) -> list[FileSequence]:
    """Returns a sequence for each target of a folder."""
    annotations = _annotations(folder)
    suffix = {path: f"-{path.suffixes[0][1:]}" if len(annotations) > 1 else "" for path in annotations}
    return [_target(folder, path, folder.name + suffix[path]) for path in annotations]


def _annotations(folder: Path) -> list[Path]:
    """Lists the files of boxes: groundtruth_rect.txt, or groundtruth_rect.1.txt and so on; empty files (one
    in Human4) do not count.
    """
    plain = folder / "groundtruth_rect.txt"
    numbered = [path for path in sorted(folder.glob("groundtruth_rect.*.txt")) if path.stat().st_size > 2]
    return [plain] if plain.is_file() or not numbered else numbered


def _target(folder: Path, path: Path, name: str) -> FileSequence:
    files = frame_names(folder / "img")
    boxes = read_boxes(path, frames=len(files))
    if len(boxes) < len(files) and folder.name in RANGES:
        first, last = RANGES[folder.name]
        files = [file for file in files if first <= frame_number(file) <= last]
        if len(files) != len(boxes):
            raise InputError(
                f"{path}: has {len(boxes)} boxes for {len(files)} frames of {first} to {last}, which OTB "
                f"annotates in {folder.name}"
            )
    return FileSequence(name, folder / "img", files, boxes)
