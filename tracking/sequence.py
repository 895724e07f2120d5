"""Video sequences: frames, and the target's box in some or all of them."""

from __future__ import annotations

import math
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from siammixer.ir.errors import InputError
from siammixer.ir.words import counted
from siammixer.tracking.box import Box
from siammixer.tracking.ground_truth import BOX_FILE, find_box_file, read_boxes
from siammixer.tracking.images import decode, frame_names, is_image, left_out
from siammixer.tracking.order import order_note
from siammixer.tracking.sizes import Sizes
from siammixer.tracking.text import printable

ABSENT = (math.nan,) * 4


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
    def notes(self) -> tuple[str, ...]:
        """Lines that a user should know of how the frames decoded so far came about."""
        return ()

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
    upright
        Whether images are turned as their orientation tag says; boxes count in what comes out.
    note
        What a user should know of all of it.
    """

    def __init__(
        self,
        name: str,
        folder: Path | str,
        files: Iterable[str],
        boxes: Iterable[Box | None],
        *,
        upright: bool = True,
        note: str = "",
    ):
        super().__init__(printable(name), boxes)
        self._note = note
        self.folder, self.files, self.upright = Path(folder), tuple(files), upright
        self._told: dict[str, str] = {}
        self._sizes = Sizes()
        if len(self._boxes) > len(self.files):
            raise InputError(
                f"{name}: has {counted(len(self._boxes), 'box')} for {counted(len(self.files), 'frame')}; at "
                "most one line a frame is accepted"
            )

    def __len__(self) -> int:
        return len(self.files)

    def as_stored(self) -> FileSequence:
        """Returns the same sequence with its images' pixels as they lie in the files."""
        return FileSequence(self.name, self.folder, self.files, self.boxes, upright=False, note=self._note)

    def _image(self, index: int) -> np.ndarray:
        decoded = decode(self.folder / self.files[index], upright=self.upright)
        height, width = decoded.image.shape[:2]
        for note in filter(None, (decoded.note, self._sizes.note(width, height))):
            self._told.setdefault(note, self.files[index])
        return decoded.image

    @property
    def notes(self) -> tuple[str, ...]:
        told = (f"{file} and perhaps others: {note}" for note, file in self._told.items())
        return (*filter(None, (self._note, self._order_note)), *told)

    @cached_property
    def _order_note(self) -> str:
        return order_note(self.files)

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
    """An OTB-style folder: images in ``img/`` or ``color/``, or beside the text file, and
    ``groundtruth_rect.txt`` or ``groundtruth.txt``.

    The text file holds x,y,w,h per line, or the 8 numbers of a polygon as VOT has it, one line a frame from
    the first on. Fewer lines than frames are accepted, down to the first frame's alone: that box
    is all that tracking needs, the rest only judges. A box of NaN or without area says that the
    target is out of sight. The first image is decoded here, because its box must lie in it.

    Parameters
    ----------
    upright
        As for :class:`FileSequence`.

    Raises
    ------
    InputError
        Naming the file, the line or field, and what is accepted.
    """

    def __init__(self, folder: Path | str, *, upright: bool = True):
        folder = Path(folder)
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder; a sequence is a folder with img/ and {BOX_FILE}")
        images, path = frames_folder(folder), find_box_file(folder)
        files = frame_names(images)
        height, width = decode(images / files[0], upright=upright).image.shape[:2]
        boxes = read_boxes(path, (width, height), frames=len(files), regions=True)
        super().__init__(folder.resolve().name, images, files, boxes, upright=upright, note=left_out(images))


def frames_folder(folder: Path) -> Path:
    """Returns where the frames of a sequence's folder lie: in ``img/``, in ``color/`` as VOT has it, or in
    itself where images are there and neither.
    """
    named = next((folder / name for name in ("img", "color") if (folder / name).is_dir()), None)
    if named is not None:
        return named
    return folder if any(is_image(path.name) for path in folder.glob("*.*")) else folder / "img"


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
            # Encoded first: OpenCV says nothing of a full disk.
            encoded = cv2.imencode(".png", np.ascontiguousarray(sequence.image(index)[..., ::-1]))[1]
            (made / "img" / f"{index + 1:04d}.png").write_bytes(encoded.tobytes())
        lines = (",".join(repr(float(value)) for value in box or ABSENT) for box in sequence.boxes)
        (made / BOX_FILE).write_text("\n".join(lines) + "\n")
        os.rename(made, folder)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror})") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
