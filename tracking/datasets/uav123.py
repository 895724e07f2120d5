"""UAV123, UAV20L and UAV123_10fps: anno/SPLIT/NAME.txt and data_seq/; several sequences share one folder of
frames.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.ir.words import counted
from siammixer.tracking.datasets import DATASETS
from siammixer.tracking.datasets.files import Entry, entry_of, find_folder
from siammixer.tracking.ground_truth import read_boxes
from siammixer.tracking.images import frame_names
from siammixer.tracking.order import frame_number
from siammixer.tracking.sequence import FileSequence
from siammixer.tracking.text import read_text

CONFIG = "configSeqs.m"

STARTS = {
    "bird1": (1, 775, 1573),
    "car1": (1, 751, 1627),
    "car6": (1, 487, 1807, 2953, 3925),
    "car8": (1, 1357),
    "car16": (1, 415),
    "group1": (1, 1333, 2515, 3925),
    "group2": (1, 907, 1771),
    "group3": (1, 1567, 2827, 4369),
    "person2": (1, 1189),
    "person4": (1, 1501),
    "person5": (1, 877),
    "person7": (1, 1249),
    "person8": (1, 1075),
    "person12": (1, 601),
    "person14": (1, 847, 1813),
    "person17": (1, 1501),
    "person19": (1, 1243, 2791),
    "truck4": (1, 577),
    "uav1": (1, 1555, 2473),
}
"""First frame of FOLDER_1, FOLDER_2 and so on, at 30 frames a second; every third of these frames makes
UAV123_10fps.
"""


@dataclass(frozen=True)
class Place:
    """Folder of a sequence, number of its first frame, and of its last where configSeqs.m says so."""

    folder: str
    first: int
    last: int | None = None


def entries(root: Path, split: str | None) -> list[Entry]:
    """Returns the sequences of a split; without one, of the first that is there of UAV123, UAV20L and
    UAV123_10fps.
    """
    split = split or next(
        (name for name in DATASETS["uav123"].splits if (root / "anno" / name).is_dir()), "UAV123"
    )
    annotations, frames = root / "anno" / split, root / "data_seq" / split
    if not annotations.is_dir():
        raise InputError(f"{annotations}: no such folder; it holds a text file of boxes a sequence")
    if not frames.is_dir():
        frames = root / "data_seq" / "UAV123"  # UAV20L is made of its frames
    places, listed = _configured(root / CONFIG), cache(frame_names)

    def read(path: Path) -> FileSequence:
        return _read(path, frames, places.get(path.stem) or _published(path.stem, frames, split), listed)

    paths = sorted(path for path in annotations.glob("*.txt") if not path.name.startswith("."))
    return [entry_of(path.stem, read, path) for path in paths]


def _configured(path: Path) -> dict[str, Place]:
    """Places by name out of the data set's own configSeqs.m; none without it."""
    if not path.is_file():
        return {}
    texts = (r"'name'", r"'([^']*)'", r"'path'", r"'([^']*)'")
    numbers = (r"'startFrame'", r"(\d+)", r"'endFrame'", r"(\d+)")
    entry = r"\s*,\s*".join(texts + numbers)
    found = re.findall(entry, read_text(path, "where each sequence begins"))
    return {
        name: Place(re.split(r"[\\/]", folder.rstrip("\\/"))[-1], int(first), int(last))
        for name, folder, first, last in found
    }


def _published(name: str, frames: Path, split: str) -> Place:
    """Places a sequence as the published configSeqs.m does: in a folder of its own, or in a part of a
    shared one.
    """
    if (frames / name).is_dir():
        return Place(name, 1)
    folder, _, part = name.rpartition("_")
    if part.isdecimal() and 1 <= int(part) <= len(STARTS.get(folder, ())):
        first = STARTS[folder][int(part) - 1]
        return Place(folder, (first - 1) // 3 + 1 if split == "UAV123_10fps" else first)
    raise InputError(
        f"{frames / name}: no such folder; a sequence that shares another's frames must be in {CONFIG} at "
        "the root"
    )


def _read(path: Path, frames: Path, place: Place, listed) -> FileSequence:
    folder = find_folder(frames, place.folder)
    names = listed(folder)
    files = {frame_number(name): name for name in names}
    if len(files) < len(names):
        raise InputError(
            f"{folder}: must hold one image for each number; {len(names) - len(files)} are too many"
        )
    boxes = read_boxes(path, frames=len(files))
    if place.last is not None and len(boxes) != place.last - place.first + 1:
        raise InputError(
            f"{path}: must hold {counted(place.last - place.first + 1, 'box')}, for frames {place.first} to "
            f"{place.last}, not {len(boxes)}"
        )
    numbers = range(place.first, place.first + len(boxes))
    if missing := [number for number in numbers if number not in files]:
        raise InputError(
            f"{path}: has {counted(len(boxes), 'box')}, from frame {place.first} on; {folder} lacks frame "
            f"{missing[0]}"
        )
    return FileSequence(path.stem, folder, (files[number] for number in numbers), boxes)
