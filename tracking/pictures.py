"""Pictures as a video: a folder of them, one alone, or a pattern that names some of a folder."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.tracking.ground_truth import find_box_file
from siammixer.tracking.images import ACCEPTED, frame_names, is_image, left_out
from siammixer.tracking.order import in_order
from siammixer.tracking.sequence import FileSequence, FolderSequence, frames_folder

_COUNTER = re.compile(r"%0?(\d*)d")


def is_pictures(source: str) -> bool:
    """Whether a source is a folder, an image file, or a pattern such as ``frames/*.png`` or
    ``frames/%04d.png``.
    """
    if not source:
        return False
    path = Path(source)
    if path.exists():
        return path.is_dir() or is_image(path.name)
    if "://" in source:  # %20d is no counter in an address
        return False
    return is_image(path.name) and (_is_pattern(path.name) or bool(_COUNTER.search(path.name)))


def open_pictures(source: str, *, upright: bool = True) -> FileSequence:
    """Returns the frames that a source names, in the order of time, and the box that comes with them.

    A folder holds images, or ``img/`` with them; where a file of boxes is there too, such as
    ``groundtruth_rect.txt``, its first box comes with the frames. A pattern chooses images of its folder,
    where others lie too.

    Parameters
    ----------
    upright
        As for :class:`siammixer.tracking.sequence.FileSequence`.

    Raises
    ------
    InputError
        Where there is no frame, their order cannot be told, or the file of boxes is broken.
    """
    path = Path(source)
    if path.is_dir():
        if find_box_file(path).is_file():
            return FolderSequence(path, upright=upright)
        images = folder if (folder := frames_folder(path)).is_dir() else path
        return FileSequence(
            path.resolve().name, images, frame_names(images), [], upright=upright, note=left_out(images)
        )
    names = [path.name] if path.exists() else _matching(path)
    return FileSequence(path.name, path.parent, names, [], upright=upright)


def _is_pattern(name: str) -> bool:
    return any(letter in name for letter in "*?[")


def _matching(pattern: Path) -> list[str]:
    """Returns the images of a folder that a pattern names: one of a shell, or FFmpeg's with a counter."""
    if _COUNTER.search(pattern.name):
        before, width, after = _COUNTER.split(pattern.name, maxsplit=1)
        wanted = re.compile(f"{re.escape(before)}[0-9]{{{width or 1},}}{re.escape(after)}")
    else:
        wanted = re.compile(fnmatch.translate(pattern.name))
    try:
        names = [path.name for path in pattern.parent.iterdir() if wanted.fullmatch(path.name)]
    except OSError as error:
        raise InputError(f"{pattern.parent}: cannot be listed ({error.strerror})") from None
    images = [name for name in names if is_image(name) and not name.startswith(".")]
    if not images:
        raise InputError(f"{pattern}: names no image in {pattern.parent}; accepted are {ACCEPTED} files")
    try:
        return in_order(images)
    except InputError as error:
        raise InputError(f"{pattern}: {error}") from None
