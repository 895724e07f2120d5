"""Tracks: target-centred crops of one target, read from folders of crops.

Two folder layouts are read. In both, images are square, JPEG or PNG, with the target in the centre, scaled so
that the target with its context (SiamFC's rule) measures ``CROP_EXEMPLAR`` pixels:

* ``FOLDER/<sequence>/targets.csv`` with a column ``frame``, beside ``<frame as 5 digits>.jpg``;
* ``FOLDER/index.csv`` with the columns ``file``, ``source``, ``track`` and ``frame``; a track of one image is a still.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from spec.errors import SpecError

CROP_EXEMPLAR = 127


@dataclass(frozen=True)
class Track:
    """One target: its crops as compressed bytes, in the order of their frame numbers."""

    name: str
    frames: tuple[int, ...]
    files: tuple[bytes, ...]

    def near(self, index: int, first: int, last: int) -> list[int]:
        """Indices of the crops whose frame number lies ``first`` .. ``last`` after that of ``index``."""
        return [other for other, frame in enumerate(self.frames) if first <= frame - self.frames[index] <= last]

    def image(self, index: int) -> np.ndarray:
        """The crop, uint8 RGB (side, side, 3)."""
        decoded = cv2.imdecode(np.frombuffer(self.files[index], np.uint8), cv2.IMREAD_COLOR)
        if decoded is None:
            raise SpecError(f"crop of {self.name}, frame {self.frames[index]}: not a readable image")
        return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)


def read_tracks(folder: Path | str) -> list[Track]:
    """The tracks of a folder in either layout.

    Raises
    ------
    SpecError
        Where the folder or a file that it lists is missing, or where it holds no crops.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise SpecError(f"{folder}: no such folder of crops")
    index = folder / "index.csv"
    listed: dict[str, list[tuple[int, Path]]] = {}
    for table in [index] if index.is_file() else sorted(folder.glob("*/targets.csv")):
        with open(table, newline="") as file:
            for row in csv.DictReader(file):
                try:
                    name, frame, path = _listed_crop(table, row)
                except (KeyError, TypeError, ValueError):
                    raise SpecError(f"{table}: rows must have a whole-numbered frame and, in an index.csv, file, source, track: {row}") from None
                listed.setdefault(name, []).append((frame, path))
    if not listed:
        raise SpecError(f"{folder}: holds no crops (neither index.csv nor <sequence>/targets.csv with rows)")
    return [_read_track(name, sorted(crops)) for name, crops in sorted(listed.items())]


def _listed_crop(table: Path, row: dict[str, str]) -> tuple[str, int, Path]:
    """Name of the track, frame number and file of one row."""
    frame = int(row["frame"])
    if table.name == "index.csv":
        # Track names repeat from source to source.
        return f"{row['source']}/{row['track']}", frame, table.parent / row["file"]
    return table.parent.name, frame, table.parent / f"{frame:05d}.jpg"


def _read_track(name: str, crops: list[tuple[int, Path]]) -> Track:
    try:
        return Track(name, tuple(frame for frame, _ in crops), tuple(path.read_bytes() for _, path in crops))
    except OSError as error:
        raise SpecError(f"{error.filename}: cannot be read ({error.strerror})") from None
