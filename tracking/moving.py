"""One image file with several frames as a video: TIFF with pages, animated WebP, PNG and GIF."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from siammixer.ir.errors import InputError
from siammixer.tracking.headers import TIFF, is_webp, pages, several, unread, webp_durations
from siammixer.tracking.images import finished, quietly, read_flags
from siammixer.tracking.sizes import Sizes
from siammixer.tracking.video import USUAL_RATE, Frame, Video

MOST_BYTES = 2**31
"""OpenCV decodes an animation as a whole; one that is larger then is refused."""
TOGETHER = 8
"""Pages of a TIFF file that are decoded at a time."""


def is_moving(source: str) -> bool:
    """Whether a source is an image file with several frames, whatever its name.

    Raises
    ------
    InputError
        Where it is a picture in a format that is not read, with the format's name.
    """
    path = Path(source)
    if not source or not path.is_file():
        return False
    try:
        with _mapped(path) as data:
            form, moving = unread(data[:4096]), several(data)
    except (OSError, ValueError):  # an empty file, or one that may not be read: others say so
        return False
    if form:
        raise InputError(
            f"{source}: a picture in {form}, which is not read; store frames as JPEG or PNG, or as a video"
        )
    return moving


@contextmanager
def open_moving(source: str, *, upright: bool = True) -> Iterator[Video]:
    """Opens a file of :func:`is_moving`; ``upright`` turns frames as their orientation tag says.

    Raises
    ------
    InputError
        Where it cannot be decoded, or would need too much memory.
    """
    path = Path(source)
    with _mapped(path) as data:
        if data[:4] in TIFF:
            yield _video(path, _pages(data, path, upright), len(pages(data)))
            return
        if is_webp(data):
            yield _animation(data, path, upright)
            return
    # FFmpeg knows animated PNG and GIF, and needs one frame's memory for them.
    from siammixer.tracking.container import open_container

    with open_container(source, upright=upright) as video:
        yield video


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data


def _video(path: Path, frames: Iterator[Frame], count: int, rate: float = USUAL_RATE) -> Video:
    return Video(name=path.name, rate=rate, count=count, frames=frames)


def _pages(data: mmap.mmap, path: Path, upright: bool) -> Iterator[Frame]:
    """Yields the pages of a TIFF file, decoded a few at a time."""
    found, told, sizes = pages(data), {""}, Sizes()
    for first in range(0, len(found), TOGETHER):
        group = found[first : first + TOGETHER]
        for index, (page, image) in enumerate(zip(group, _decoded(data, group), strict=True), first):
            try:
                decoded = finished(image, data, f"{path}, page {page + 1}", upright=upright)
            except InputError as error:
                yield Frame(index=index, image=None, problem=str(error))
                continue
            height, width = decoded.image.shape[:2]
            new = {decoded.note, sizes.note(width, height)} - told
            told |= new
            note = f"page {page + 1} and perhaps others: {'; '.join(sorted(new))}" if new else ""
            yield Frame(index=index, image=decoded.image, note=note, time=index / USUAL_RATE)


def _decoded(data: mmap.mmap, group: list[int]) -> list[np.ndarray | None]:
    """Returns pages of a TIFF file as OpenCV reads them, None for those that it cannot."""

    def read(first: int, end: int) -> list[np.ndarray]:
        good, images = cv2.imdecodemulti(
            np.frombuffer(data, np.uint8), read_flags(data[:16]), range=(first, end)
        )
        return list(images) if good else []

    # OpenCV goes through all pages before the one that it is asked for.
    first = group[0]
    images = quietly(lambda: read(first, group[-1] + 1)) or []
    if len(images) == group[-1] + 1 - first:
        return [images[page - first] for page in group]
    alone = [quietly(partial(read, page, page + 1)) or [] for page in group]
    return [next(iter(found), None) for found in alone]


def _animation(data: mmap.mmap, path: Path, upright: bool) -> Video:
    """Decodes all of an animation: what its frames change is put over those before."""
    durations = [max(1, milliseconds) for milliseconds in webp_durations(data)]
    width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    needed = len(durations) * width * height * 4
    if needed > MOST_BYTES:
        raise InputError(
            f"{path}: {len(durations):,} frames of {width} x {height} pixels would need "
            f"{needed / 1e9:.1f} GB of memory; store them as a video, or each in a file of its own"
        )
    found = quietly(lambda: cv2.imdecodeanimation(np.frombuffer(data[:], np.uint8)))
    images = list(found[1].frames) if found is not None and found[0] else []
    if not images:
        raise InputError(f"{path}: not a readable image; it breaks off or is damaged")
    starts = np.cumsum([0, *durations]) / 1000

    def frames() -> Iterator[Frame]:
        for index, image in enumerate(images):
            decoded = finished(image[..., :3], raw, str(path), upright=upright)
            note = decoded.note if index == 0 else ""
            yield Frame(index=index, image=decoded.image, note=note, time=float(starts[index]))

    raw = data[:]
    video = _video(path, frames(), len(durations), 1000 / median(durations))
    if len(images) < len(durations):
        video.problem = f"{path.name}: ends after {len(images)} of the {len(durations)} frames that it states"
    return video
