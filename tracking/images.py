"""Image files as frames: which files of a folder are, and their decoding."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from siammixer.ir.errors import InputError
from siammixer.tracking.headers import JPEG, TIFF, UPRIGHT, Data, orientation, several, unread
from siammixer.tracking.order import in_order

IMAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib"),
    *(".tif", ".tiff", ".webp", ".avif", ".gif", ".jp2", ".ppm", ".pgm", ".pbm", ".pnm"),
)
ACCEPTED = ".jpg, .png, .bmp, .tif, .webp, .avif, .gif, .jp2, .ppm and .pgm"
"""The usual ones, for messages."""

TURNED = (
    "stored turned or mirrored (EXIF orientation) and shown upright, as viewers do; boxes count in the "
    "upright picture; --as-stored takes the pixels as they lie in the file"
)

DARK = 4096
"""Images of 16 bits whose values are all below use 12 bits or fewer."""

PICTURES = (
    *(".heic", ".heif", ".jxl", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2", ".exr"),
    *(".hdr", ".psd", ".svg", ".tga", ".eps", ".apng", ".mpo", ".ico"),
)
"""Suffixes of pictures that are no frames."""

T = TypeVar("T")


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


def left_out(folder: Path) -> str:
    """Returns what a user should know of pictures in a folder that are not read, though others there are."""
    found = Counter(Path(name).suffix.lower() for name in os.listdir(folder) if not name.startswith("."))
    counted = [f"{found[suffix]:,} {suffix}" for suffix in PICTURES if found[suffix]]
    return f"pictures that are not read and left out: {', '.join(counted)}" if counted else ""


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
    raw = data.tobytes()
    if several(raw):
        raise InputError(
            f"{name}: holds several frames, where a file among frames is one; siammixer track reads it when "
            "it is given alone, else store each frame in a file of its own"
        )
    flags = read_flags(raw)
    return finished(quietly(lambda: cv2.imdecode(data, flags)), raw, name, upright=upright)


def read_flags(raw: bytes) -> int:
    """Returns how OpenCV is asked for an image: in its own colours, its own depth, and as it is stored."""
    # Not asked for as RGB: OpenCV 5.0 then mixes up the channels of a TIFF file of 16 bits. Turned here, for
    # OpenCV takes a comment for an orientation.
    flags = cv2.IMREAD_COLOR_BGR | cv2.IMREAD_IGNORE_ORIENTATION
    # JPEG has 8 bits, and 10 bits of AVIF are not spread over 16. Of others the depth is asked for, because
    # OpenCV would scale it without a word.
    return flags | (0 if raw[:2] == JPEG or raw[4:8] == b"ftyp" else cv2.IMREAD_ANYDEPTH)


def quietly(read: Callable[[], T]) -> T | None:
    """Returns what OpenCV reads, or None where it cannot; nothing is said of it on standard error."""
    before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        return read()
    except cv2.error:
        return None
    finally:
        cv2.utils.logging.setLogLevel(before)


def finished(image: np.ndarray | None, raw: Data, name: str, *, upright: bool) -> Decoded:
    """Returns an image as it is used, of what OpenCV read by :func:`read_flags`.

    Parameters
    ----------
    image
        BGR, or None where it could not be read.
    raw
        The bytes of its file, or a map of them.

    Raises
    ------
    InputError
        As for :func:`decode`.
    """
    if image is None or image.dtype not in (np.uint8, np.uint16):
        raise InputError(_unreadable(raw, name))
    image, notes = image[..., ::-1], []
    if image.dtype == np.uint16:
        dark = "; they are nearly black, for the values use few of the bits" if image.max() < DARK else ""
        notes.append(f"of 16 bits a channel, of which the upper 8 are taken{dark}")
        image = (image >> 8).astype(np.uint8)
    tag = orientation(raw)
    if tag != UPRIGHT and raw[:4] in TIFF:  # OpenCV has turned it, whatever it was asked for
        if not upright:
            raise InputError(
                f"{name}: a TIFF file with an orientation cannot be read as it is stored; store it upright"
            )
    elif upright:
        image = _turned(image, tag)
    if tag != UPRIGHT and upright:
        notes.append(TURNED)
    return Decoded(image=np.ascontiguousarray(image), note="; ".join(notes))


def _unreadable(raw: Data, name: str) -> str:
    if form := unread(raw[:4096]):
        return f"{name}: a picture in {form}, which is not read; store it as JPEG or PNG"
    return f"{name}: not a readable image; accepted are {ACCEPTED} files of 8 or 16 bits a channel"


def _turned(image: np.ndarray, tag: int) -> np.ndarray:
    """Returns an image as its orientation, 1 to 8, says."""
    if tag > 4:
        image = image.swapaxes(0, 1)
    down, across = tag in (3, 4, 7, 8), tag in (2, 3, 6, 7)
    return image[:: -1 if down else 1, :: -1 if across else 1]
