"""Image files as frames: which files of a folder are, and their decoding."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from siammixer.ir.errors import InputError
from siammixer.tracking.order import in_order

IMAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib"),
    *(".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm", ".pnm"),
)
ACCEPTED = ".jpg, .png, .bmp, .tif, .webp, .ppm and .pgm"
"""The usual ones, for messages."""

TURNED = (
    "stored turned or mirrored (EXIF orientation) and shown upright, as viewers do; boxes count in the "
    "upright picture; --as-stored takes the pixels as they lie in the file"
)

DARK = 4096
"""Images of 16 bits whose values are all below use 12 bits or fewer."""

_UPRIGHT = 1
_ORIENTATION = 0x0112
_JPEG, _PNG, _TIFF = b"\xff\xd8", b"\x89PNG\r\n\x1a\n", (b"II*\0", b"MM\0*")


@dataclass(frozen=True, kw_only=True, eq=False)
class Decoded:
    """An image, RGB uint8 (height, width, 3), and what a user should know of how it came about."""

    image: np.ndarray
    note: str = ""


def frame_names(folder: Path) -> list[str]:
    """Returns the names of the images in a folder, in the order of time (:mod:`siammixer.tracking.order`).
    Hidden files are none.

    Raises
    ------
    InputError
        Where the folder is missing or holds none, or where their order cannot be told.
    """
    try:
        names = [name for name in os.listdir(folder) if not name.startswith(".")]
    except FileNotFoundError:
        raise InputError(f"{folder}: no such folder; a sequence keeps its frames there") from None
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be listed ({error.strerror}); a sequence keeps its frames there"
        ) from None
    images = [name for name in names if is_image(name)]
    if not images:
        raise InputError(f"{folder}: holds no frame; accepted are {ACCEPTED} files{_instead(folder, names)}")
    try:
        return in_order(images)
    except InputError as error:
        raise InputError(f"{folder}: {error}") from None


def is_image(name: str) -> bool:
    """Whether a file of that name is taken for a frame."""
    return name.lower().endswith(IMAGE_SUFFIXES)


def _instead(folder: Path, names: list[str]) -> str:
    """Says what a folder without frames holds."""
    folders = sorted(name for name in names if os.path.isdir(folder / name))
    if folders:
        more = " ..." if len(folders) > 5 else ""
        return f"; it holds folders, of which one may be meant: {', '.join(folders[:5])}{more}"
    suffixes = Counter(os.path.splitext(name)[1].lower() for name in names)
    if suffixes and (most := suffixes.most_common(1)[0])[0]:
        return f", not {most[0]}, of which it has {most[1]:,}"
    return ""


def decode(path: Path, *, upright: bool = True) -> Decoded:
    """Decodes an image file of 8 or 16 bits a channel, grey, colour or palette; transparency is left out.

    Parameters
    ----------
    upright
        Whether to turn it as its orientation tag (EXIF) says, as viewers do; otherwise its pixels are those
        stored.

    Raises
    ------
    InputError
        Where it cannot be read or decoded.
    """
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    return decode_bytes(data, str(path), upright=upright)


def decode_bytes(data: np.ndarray, name: str, *, upright: bool = True) -> Decoded:
    """Decodes the bytes of an image file, uint8 (n,), as :func:`decode` does; ``name`` is for messages."""
    # JPEG has its tags before the picture; others may have them behind it.
    head = (data[:65_536] if data[:2].tobytes() == _JPEG else data).tobytes()
    # Not asked for as RGB: OpenCV 5.0 then mixes up the channels of a TIFF file of 16 bits.
    flags = cv2.IMREAD_COLOR_BGR | (0 if upright else cv2.IMREAD_IGNORE_ORIENTATION)
    # JPEG has 8 bits; of others the depth is asked for, because OpenCV would scale it without a word.
    flags |= 0 if head.startswith(_JPEG) else cv2.IMREAD_ANYDEPTH
    image = None
    if data.size:
        with _silent():
            try:
                image = cv2.imdecode(data, flags)
                image = None if image is None else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
            except cv2.error:
                image = None
    if image is None or image.dtype not in (np.uint8, np.uint16):
        raise InputError(
            f"{name}: not a readable image; accepted are {ACCEPTED} files of 8 or 16 bits a channel"
        )
    notes = []
    if image.dtype == np.uint16:
        dark = "; they are nearly black, for the values use few of the bits" if image.max() < DARK else ""
        notes.append(f"of 16 bits a channel, of which the upper 8 are taken{dark}")
        image = (image.astype(np.uint16) >> 8).astype(np.uint8)
    turned = orientation(head) != _UPRIGHT
    if turned and not upright and head[:4] in _TIFF:
        raise InputError(
            f"{name}: a TIFF file with an orientation cannot be read as it is stored; store it upright"
        )
    if turned and upright:
        notes.append(TURNED)
    return Decoded(image=image, note="; ".join(notes))


@contextmanager
def _silent():
    """OpenCV tells standard error what it thinks of a broken file; the message here says it."""
    before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(before)


def orientation(head: bytes) -> int:
    """Returns the orientation that an image file states, 1 (upright) to 8, from its first bytes; 1 where it
    states none.
    """
    start = _exif_start(head)
    exif = head[start:] if start >= 0 else b""
    if exif[:4] not in _TIFF:
        return _UPRIGHT

    def number(place: int, size: int) -> int:
        return int.from_bytes(exif[place : place + size], "little" if exif[:1] == b"I" else "big")

    table = number(4, 4)
    for entry in range(table + 2, table + 2 + 12 * number(table, 2), 12):
        if number(entry, 2) == _ORIENTATION:
            value = number(entry + 8, 2)
            return value if 1 <= value <= 8 else _UPRIGHT
    return _UPRIGHT


def _exif_start(head: bytes) -> int:
    """Returns where the TIFF structure with the tags begins: of TIFF at once, of PNG and WebP in a chunk."""
    if head[:4] in _TIFF:
        return 0
    if head.startswith(_PNG):
        return found + 4 if (found := head.find(b"eXIf")) >= 0 else -1
    if head.startswith(b"RIFF"):
        found = head.find(b"EXIF")
        starts = [place for mark in _TIFF if (place := head.find(mark, found, found + 18)) >= 0]
        return min(starts) if found >= 0 and starts else -1
    return found + 6 if head.startswith(_JPEG) and (found := head.find(b"Exif\0\0")) >= 0 else -1
