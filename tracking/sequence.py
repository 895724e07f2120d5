"""Video sequences: frames, and the target's box in some or all of them."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path

import cv2
import numpy as np

from spec.errors import SpecError
from tracking.box import Box

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
BOX_FILE = "groundtruth_rect.txt"


class Sequence(ABC):
    """Frames 0 to ``len(sequence) - 1``, made or decoded when asked for.

    Parameters
    ----------
    name
        Said in reports and messages.
    boxes
        The target's box in the first ``len(boxes)`` frames; at least that of frame 0.
    """

    def __init__(self, name: str, boxes: list[Box]):
        self.name = name
        self.boxes = boxes

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def _image(self, index: int) -> np.ndarray: ...

    def _check(self, index: int) -> None:
        if not 0 <= index < len(self):
            raise SpecError(f"{self.name}: frame must lie in 0..{len(self) - 1}, not {index}")

    def image(self, index: int) -> np.ndarray:
        """The frame as (height, width, 3) RGB uint8."""
        self._check(index)
        return self._image(index)

    def box(self, index: int) -> Box | None:
        """The target's box, or None where none is given."""
        self._check(index)
        return self.boxes[index] if index < len(self.boxes) else None


class FolderSequence(Sequence):
    """An OTB-style folder: ``img/*.jpg`` (or .jpeg, .png) and ``groundtruth_rect.txt``.

    The text file holds x,y,w,h per line, separated by comma, tab or space, one line a frame from
    the first on. Fewer lines than frames are accepted, down to the first frame's alone: that box
    is all that tracking needs, the rest only judges. Everything but the images' content is
    checked here; an image is decoded, and its size compared with the first's, when asked for.

    Raises
    ------
    SpecError
        Naming the file, the line or field, and what is accepted.
    """

    def __init__(self, folder: Path | str):
        self.folder = Path(folder)
        if not self.folder.is_dir():
            raise SpecError(f"{self.folder}: no such folder; a sequence is a folder with img/ and {BOX_FILE}")
        images = self.folder / "img"
        if not images.is_dir():
            raise SpecError(f"{images}: no such folder; a sequence keeps its frames there")
        self.files = sorted((path for path in images.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES), key=_frame_order)
        if not self.files:
            raise SpecError(f"{images}: holds no frame; accepted are {', '.join(IMAGE_SUFFIXES)} files")
        first = _decode(self.files[0])
        self.height, self.width = first.shape[:2]
        super().__init__(self.folder.resolve().name, _read_boxes(self.folder / BOX_FILE, len(self.files), self.width, self.height))

    def __len__(self) -> int:
        return len(self.files)

    def _image(self, index: int) -> np.ndarray:
        image = _decode(self.files[index])
        if image.shape[:2] != (self.height, self.width):
            raise SpecError(
                f"{self.files[index]}: must be {self.width} x {self.height} pixels like the first frame, not {image.shape[1]} x {image.shape[0]}"
            )
        return image


def write_folder(sequence: Sequence, folder: Path | str) -> None:
    """Writes a sequence as an OTB-style folder of PNG files (lossless), whole or not at all."""
    folder = Path(folder)
    if folder.exists():
        raise SpecError(f"{folder}: exists already; name a folder that does not")
    if not folder.absolute().parent.is_dir():
        raise SpecError(f"{folder.absolute().parent}: no such folder to write {folder.name} in")
    made = Path(tempfile.mkdtemp(dir=folder.absolute().parent, prefix=f".{folder.name}."))
    try:
        made.chmod(0o755)
        (made / "img").mkdir()
        for index in range(len(sequence)):
            cv2.imwrite(str(made / "img" / f"{index + 1:04d}.png"), sequence.image(index)[..., ::-1])
        lines = (",".join(repr(float(value)) for value in box) for box in sequence.boxes)
        (made / BOX_FILE).write_text("\n".join(lines) + "\n")
        os.rename(made, folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def _frame_order(path: Path) -> tuple[int, str]:
    """By the number that ends the name, so that 10.jpg follows 9.jpg."""
    digits = re.search(r"(\d+)$", path.stem)
    return int(digits.group()) if digits else -1, path.name


def _decode(path: Path) -> np.ndarray:
    """RGB uint8. Orientation tags are ignored: boxes count in stored pixels."""
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise SpecError(f"{path}: cannot be read ({error.strerror})") from None
    image = None
    if data.size:
        try:
            image = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
        except cv2.error:
            image = None
    if image is None:
        raise SpecError(f"{path}: not a readable image; accepted are JPEG and PNG files of 8 bits a channel")
    return image


def _read_boxes(path: Path, frames: int, width: int, height: int) -> list[Box]:
    try:
        lines = path.read_text(encoding="ascii").rstrip().splitlines()
    except FileNotFoundError:
        raise SpecError(f"{path}: no such file; it holds the target's x,y,w,h per line") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"{path}: cannot be read as text ({error})") from None
    if not lines:
        raise SpecError(f"{path}: holds no box; the first line must be x,y,w,h of the target in the first frame")
    if len(lines) > frames:
        raise SpecError(f"{path}: has {len(lines)} boxes for {frames} frames; at most one line a frame is accepted")
    boxes = []
    for number, line in enumerate(lines, start=1):
        try:
            boxes.append(_parse_box(line).check(width, height))
        except SpecError as error:
            raise SpecError(f"{path}, line {number}: {error}") from None
    return boxes


def _parse_box(line: str) -> Box:
    fields = re.split(r"\s*,\s*|\s+", line.strip())
    try:
        x, y, box_width, box_height = map(float, fields)
    except ValueError:
        raise SpecError(f"must be four numbers x,y,w,h separated by comma, tab or space, not {line.strip()[:60]!r}") from None
    return Box(x, y, box_width, box_height)
