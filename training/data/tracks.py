"""Tracks: target-centred crops of one target, read from folders of crops or cut from the frames of a data
set.

Crops are square, with the target in the centre, scaled so that the target with its context (SiamFC's rule,
see docs/training.md) measures ``CROP_EXEMPLAR`` pixels. Two layouts of folders are read, of JPEG or PNG
files:

* ``FOLDER/<sequence>/targets.csv`` with the columns ``frame``, ``width`` and ``height``, beside ``<frame as
  5 digits>.jpg``;
* ``FOLDER/index.csv`` with the columns ``file``, ``source``, ``track``, ``frame``, ``w``, ``h`` and ``pad``,
  the share of padding; a track of one image is a still.

Width and height of the target's box, in crop pixels, and ``pad`` may be missing.
"""

from __future__ import annotations

import csv
import math
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from siammixer.ir.errors import InputError
from siammixer.ir.files import write_whole
from siammixer.tracking.box import Box
from siammixer.tracking.images import decode_bytes
from siammixer.tracking.sequence import Sequence
from siammixer.tracking.text import read_lines

CROP_EXEMPLAR = 127
CROP_SIDE = 351
CROP_QUALITY = 95

Size = tuple[float, float]
"""Width and height of a target's box, in crop pixels."""


class Track(ABC):
    """Crops 0 to ``len(track.frames) - 1`` of one target.

    Attributes
    ----------
    name
        Said in messages.
    frames
        The crops' frame numbers, ascending.
    padding
        Share of the crops that lies outside their images, where it is known; 0 else.
    """

    name: str
    frames: tuple[int, ...]
    padding: float = 0.0

    @abstractmethod
    def size(self, index: int) -> Size | None:
        """Returns the target's size in a crop, or None where it is not known."""

    @abstractmethod
    def image(self, index: int) -> np.ndarray:
        """Returns the crop, uint8 RGB (side, side, 3); InputError where its file cannot be decoded."""

    def near(self, index: int, first: int, last: int) -> range:
        """Returns the indices of the crops whose frame number lies ``first`` .. ``last`` after that of
        ``index``.
        """
        frame = self.frames[index]
        return range(bisect_left(self.frames, frame + first), bisect_right(self.frames, frame + last))


@dataclass(frozen=True)
class CropTrack(Track):
    """Crops held as compressed bytes."""

    name: str
    frames: tuple[int, ...]
    files: tuple[bytes, ...]
    sizes: tuple[Size | None, ...]
    padding: float = 0.0

    def size(self, index: int) -> Size | None:
        return self.sizes[index]

    def image(self, index: int) -> np.ndarray:
        data = np.frombuffer(self.files[index], np.uint8)
        return decode_bytes(data, f"crop of {self.name}, frame {self.frames[index]}").image


class FrameTrack(Track):
    """Crops cut from whole frames when asked for: ``CROP_SIDE`` pixels square. Frames without a box are left
    out.
    """

    def __init__(self, sequence: Sequence):
        self.sequence = sequence
        self.name = sequence.name
        self.frames = tuple(sequence.present.tolist())

    def size(self, index: int) -> Size:
        box = self.sequence.box(self.frames[index])
        pixel = _crop_pixel(box)
        return box.width / pixel, box.height / pixel

    def image(self, index: int) -> np.ndarray:
        frame = self.frames[index]
        return cut_crop(self.sequence.image(frame), self.sequence.box(frame))


def tracks_of(sequences: Iterable[Sequence]) -> list[Track]:
    """Returns a track for each sequence; sequences of one frame are stills."""
    return [FrameTrack(sequence) for sequence in sequences]


def _crop_pixel(box: Box) -> float:
    """Returns the side of a crop's pixel, in pixels of the frame."""
    padding = (box.width + box.height) / 2
    return math.sqrt((box.width + padding) * (box.height + padding)) / CROP_EXEMPLAR


def cut_crop(image: np.ndarray, box: Box) -> np.ndarray:
    """Returns the uint8 (CROP_SIDE, CROP_SIDE, 3) crop around a box of a frame, outside it the frame's mean
    colour.

    Sampled like the tracker's crop (:mod:`siammixer.tracking.crop`), whose integers this does not repeat to
    the bit.
    """
    pixel = _crop_pixel(box)
    # OpenCV counts from the middle of the top left pixel, boxes from its corner.
    left, top = (centre - 0.5 - pixel * (CROP_SIDE - 1) / 2 for centre in box.centre)
    backwards = np.array([[pixel, 0, left], [0, pixel, top]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        image,
        backwards,
        (CROP_SIDE, CROP_SIDE),
        flags=flags,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=cv2.mean(image)[:3],
    )


def write_crops(sequences: Iterable[Sequence], folder: Path | str, every: int = 1) -> list[str]:
    """Stores the crops of sequences once, in the layout of targets.csv, since decoding whole frames is slow.

    A sequence whose targets.csv is there already is not written again, so an interrupted run goes on.

    Parameters
    ----------
    every
        Of how many frames with a box one is stored, from the first on. Its number is the frame's, from 0.

    Returns
    -------
    list[str]
        What was left out because it could not be read.
    """
    left_out: list[str] = []
    for sequence in sequences:
        place = Path(folder) / sequence.name
        if (place / "targets.csv").is_file():
            continue
        rows = ["frame,width,height"]
        track = FrameTrack(sequence)
        for index in range(0, len(track.frames), every):
            try:
                image = track.image(index)
            except InputError as error:
                left_out.append(str(error))
                continue
            frame, (width, height) = track.frames[index], track.size(index)
            encoded = cv2.imencode(
                ".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, CROP_QUALITY]
            )[1]
            _write(place / f"{frame:05d}.jpg", encoded.tobytes())
            rows.append(f"{frame},{width:.2f},{height:.2f}")
        write_whole(place / "targets.csv", "\n".join(rows) + "\n")  # says that the crops are all there
    return left_out


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from None


class _Listed(NamedTuple):
    """One row of a table, in the order that crops take."""

    frame: int
    path: Path
    size: Size | None
    padding: float = 0.0


def read_tracks(folder: Path | str) -> list[Track]:
    """Returns the tracks of a folder in either layout.

    Raises
    ------
    InputError
        Where the folder or a file that it lists is missing, or where it holds no crops.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of crops")
    index = folder / "index.csv"
    listed: dict[str, list[_Listed]] = {}
    for table in [index] if index.is_file() else sorted(folder.glob("*/targets.csv")):
        for row in _rows(table):
            try:
                name, crop = _listed_crop(table, row)
            except (KeyError, TypeError, ValueError):
                raise InputError(
                    f"{table}: rows must have a whole-numbered frame, sizes that are numbers and, in "
                    f"an index.csv, file, source, track: {row}"
                ) from None
            listed.setdefault(name, []).append(crop)
    if not listed:
        raise InputError(f"{folder}: holds no crops (neither index.csv nor <sequence>/targets.csv with rows)")
    return [
        _read_track(name, sorted(crops, key=lambda crop: crop[:2])) for name, crops in sorted(listed.items())
    ]


def _rows(table: Path) -> Iterator[dict[str, str]]:
    """Yields the rows of a table, by the names of its columns; it is separated by what its first line has."""
    lines = [line for line in read_lines(table, "the crops of a track") if line.strip()]
    separators = [mark for mark in ",;\t" if lines and mark in lines[0]] or [","]
    try:
        head, *rows = csv.reader(lines, delimiter=separators[0]) if lines else [[]]
    except csv.Error as error:
        raise InputError(f"{table}: must be a table of values with separators ({error})") from None
    columns = [name.strip().lower() for name in head]
    for row in rows:
        yield dict(zip(columns, (field.strip() for field in row), strict=False))


def _listed_crop(table: Path, row: dict[str, str]) -> tuple[str, _Listed]:
    """Returns the name of the track and the crop of one row."""
    frame = int(row["frame"])
    if table.name == "index.csv":
        # Track names repeat from source to source.
        return f"{row['source']}/{row['track']}", _Listed(
            frame, table.parent / row["file"], _size(row.get("w"), row.get("h")), float(row.get("pad") or 0)
        )
    return table.parent.name, _Listed(
        frame, table.parent / f"{frame:05d}.jpg", _size(row.get("width"), row.get("height"))
    )


def _size(width: str | None, height: str | None) -> Size | None:
    return (float(width), float(height)) if width and height else None


def _read_track(name: str, crops: list[_Listed]) -> CropTrack:
    try:
        files = tuple(crop.path.read_bytes() for crop in crops)
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be read ({error.strerror})") from None
    padding = sum(crop.padding for crop in crops) / len(crops)
    return CropTrack(
        name, tuple(crop.frame for crop in crops), files, tuple(crop.size for crop in crops), padding
    )
