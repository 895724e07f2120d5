"""Video sequences: frames, and the target's box in some or all of them."""

from __future__ import annotations

import math
import os
import re
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from siammixer.ir.errors import InputError
from siammixer.tracking.box import LIMIT, Box

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
BOX_FILE = "groundtruth_rect.txt"
ABSENT = (math.nan,) * 4
_LAST_NUMBER = re.compile(r"(\d+)\.\w+$")


class Sequence(ABC):
    """Frames 0 to ``len(sequence) - 1``, made or decoded when asked for. They may differ in size.

    Parameters
    ----------
    name
        Said in reports and messages.
    boxes
        The target's box in the first ``len(boxes)`` frames, None where it is out of sight; at least that of
        frame 0, which is there and can be tracked. Later ones may lie partly or wholly outside the frame.
    """

    def __init__(self, name: str, boxes: Iterable[Box | None]):
        self.name = name
        # An array rather than objects: a data set has more than a million.
        self._boxes = np.array([ABSENT if box is None else box for box in boxes], np.float64).reshape(-1, 4)

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def _image(self, index: int) -> np.ndarray: ...

    def _check(self, index: int) -> None:
        if not 0 <= index < len(self):
            raise InputError(f"{self.name}: frame must lie in 0..{len(self) - 1}, not {index}")

    def image(self, index: int) -> np.ndarray:
        """Returns the frame as (height, width, 3) RGB uint8.

        Raises
        ------
        InputError
            Naming the file, where it cannot be read or decoded.
        """
        self._check(index)
        return self._image(index)

    def box(self, index: int) -> Box | None:
        """Returns the target's box, or None where none is given or the target is out of sight."""
        self._check(index)
        return self._box(index) if index < len(self._boxes) else None

    def _box(self, index: int) -> Box | None:
        values = self._boxes[index].tolist()
        return None if math.isnan(values[0]) else Box(*values)

    @cached_property
    def boxes(self) -> list[Box | None]:
        """The boxes given, from frame 0 on."""
        return [self._box(index) for index in range(len(self._boxes))]

    @property
    def present(self) -> np.ndarray:
        """Indices of the frames that have a box, int64, ascending."""
        return np.flatnonzero(~np.isnan(self._boxes[:, 0]))


class FileSequence(Sequence):
    """One image file a frame. Nothing is decoded before it is asked for.

    Parameters
    ----------
    folder
        Where the images lie.
    files
        Their names, one a frame, in the order of time.
    boxes
        As for :class:`Sequence`; at most one a frame.
    """

    def __init__(self, name: str, folder: Path | str, files: Iterable[str], boxes: Iterable[Box | None]):
        super().__init__(name, boxes)
        self.folder, self.files = Path(folder), tuple(files)
        if len(self._boxes) > len(self.files):
            raise InputError(
                f"{name}: has {len(self._boxes)} boxes for {len(self.files)} frames; at most one line a "
                "frame is accepted"
            )

    def __len__(self) -> int:
        return len(self.files)

    def _image(self, index: int) -> np.ndarray:
        return decode(self.folder / self.files[index])

    @cached_property
    def _first_size(self) -> tuple[int, int]:
        height, width = self._image(0).shape[:2]
        return width, height

    @property
    def width(self) -> int:
        """The width of the first frame, which is decoded for it, in pixels."""
        return self._first_size[0]

    @property
    def height(self) -> int:
        """The height of the first frame, which is decoded for it, in pixels."""
        return self._first_size[1]


class FolderSequence(FileSequence):
    """An OTB-style folder: ``img/*.jpg`` (or .jpeg, .png) and ``groundtruth_rect.txt``.

    The text file holds x,y,w,h per line, separated by comma, tab or space, one line a frame from
    the first on. Fewer lines than frames are accepted, down to the first frame's alone: that box
    is all that tracking needs, the rest only judges. A box of NaN or without area says that the
    target is out of sight. The first image is decoded here, because its box must lie in it.

    Raises
    ------
    InputError
        Naming the file, the line or field, and what is accepted.
    """

    def __init__(self, folder: Path | str):
        folder = Path(folder)
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder; a sequence is a folder with img/ and {BOX_FILE}")
        files = frame_names(folder / "img")
        height, width = decode(folder / "img" / files[0]).shape[:2]
        boxes = read_boxes(folder / BOX_FILE, (width, height), frames=len(files))
        super().__init__(folder.resolve().name, folder / "img", files, boxes)


def write_folder(sequence: Sequence, folder: Path | str) -> None:
    """Writes a sequence as an OTB-style folder of PNG files (lossless), whole or not at all."""
    folder = Path(folder)
    if folder.exists():
        raise InputError(f"{folder}: exists already; name a folder that does not")
    if not folder.absolute().parent.is_dir():
        raise InputError(f"{folder.absolute().parent}: no such folder to write {folder.name} in")
    made = Path(tempfile.mkdtemp(dir=folder.absolute().parent, prefix=f".{folder.name}."))
    try:
        made.chmod(0o755)
        (made / "img").mkdir()
        for index in range(len(sequence)):
            cv2.imwrite(str(made / "img" / f"{index + 1:04d}.png"), sequence.image(index)[..., ::-1])
        lines = (",".join(repr(float(value)) for value in box or ABSENT) for box in sequence.boxes)
        (made / BOX_FILE).write_text("\n".join(lines) + "\n")
        os.rename(made, folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def frame_names(folder: Path) -> list[str]:
    """Returns the names of the images in a folder, in the order of the number that ends each, so that 10.jpg
    follows 9.jpg.

    Raises
    ------
    InputError
        Where the folder is missing or holds none.
    """
    try:
        names = [name for name in os.listdir(folder) if name.lower().endswith(IMAGE_SUFFIXES)]
    except OSError:
        raise InputError(f"{folder}: no such folder; a sequence keeps its frames there") from None
    if not names:
        raise InputError(f"{folder}: holds no frame; accepted are {', '.join(IMAGE_SUFFIXES)} files")
    return sorted(names, key=lambda name: (frame_number(name), name))


def frame_number(name: str) -> int:
    """Returns the number that ends an image's name before its suffix, -1 without one."""
    digits = _LAST_NUMBER.search(name)
    return int(digits.group(1)) if digits else -1


def decode(path: Path) -> np.ndarray:
    """Decodes an image file to RGB uint8. Orientation tags are ignored: boxes count in stored pixels."""
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    image = None
    if data.size:
        try:
            image = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
        except cv2.error:
            image = None
    if image is None:
        raise InputError(f"{path}: not a readable image; accepted are JPEG and PNG files of 8 bits a channel")
    return image


def read_lines(path: Path, holds: str) -> list[str]:
    """Reads the lines of a text file, without empty ones at the end; ``holds`` says in messages what it is
    for.
    """
    try:
        return path.read_text(encoding="ascii").rstrip().splitlines()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; it holds {holds}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text ({error})") from None


def read_boxes(path: Path, size: tuple[int, int] | None = None, *, frames: int) -> list[Box | None]:
    """Reads the boxes of a text file with x,y,w,h per line, None where NaN or without area; separators are
    comma, tab or space.

    Parameters
    ----------
    size
        Width and height of the first frame, where known: the first box must lie in it.
    frames
        How many there are; at most that many lines are accepted.
    """
    lines = read_lines(path, "the target's x,y,w,h per line")
    return check_boxes(path, lines, _parse_box, size, frames=frames)


def check_boxes(
    path: Path, lines: list[str], parse, size: tuple[int, int] | None = None, *, frames: int
) -> list[Box | None]:
    """Applies ``parse`` to the lines of ``path``, and checks the boxes as :func:`read_boxes` does."""
    if not lines:
        raise InputError(
            f"{path}: holds no box; the first line must be x,y,w,h of the target in the first frame"
        )
    if len(lines) > frames:
        raise InputError(
            f"{path}: has {len(lines)} boxes for {frames} frames; at most one line a frame is accepted"
        )
    boxes: list[Box | None] = []
    for number, line in enumerate(lines, start=1):
        try:
            box = parse(line)
            # Without a size nothing is known to lie beyond the right and bottom edge.
            boxes.append(box.check(*(size or (math.inf, math.inf))) if number == 1 else _seen(box))
        except InputError as error:
            raise InputError(f"{path}, line {number}: {error}") from None
    return boxes


def _seen(box: Box) -> Box | None:
    """Returns the box, or None if it says that the target is out of sight."""
    if not (box.width > 0 and box.height > 0 and box.x == box.x and box.y == box.y):
        return None
    if max(map(abs, box)) > LIMIT:
        raise InputError(
            f"numbers of a box must be finite and within +-{LIMIT:,} pixels, not {max(box, key=abs):g}"
        )
    return box


def _parse_box(line: str) -> Box:
    return Box(*parse_numbers(line, (4,), "four numbers x,y,w,h"))


def parse_numbers(line: str, counts: tuple[int, ...], what: str) -> list[float]:
    """Reads the numbers of a line, separated by comma, tab or space; if ``counts`` does not allow as many,
    ``what`` is said to be missing.
    """
    fields = line.split(",")
    if len(fields) not in counts:
        fields = re.split(r"\s*,\s*|\s+", line.strip())
    try:
        if len(fields) in counts:
            return [float(field) for field in fields]
    except ValueError:
        pass
    raise InputError(f"must be {what} separated by comma, tab or space, not {line.strip()[:60]!r}")
