"""Video from files, image folders and cameras, frame by frame; and video files written.

A frame that cannot be decoded does not end a video: it is reported, and the next one follows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.clip import Clip
from siammixer.tracking.pictures import is_pictures, open_pictures
from siammixer.tracking.sequence import Sequence

# FFmpeg would tell standard error what it thinks of a broken file. OpenCV reads this when it first uses
# FFmpeg; -8 is silence.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

ACCEPTED = (
    "accepted are video files that FFmpeg reads (.mp4, .avi, .mkv ...), folders of images, and a "
    "camera's number"
)
USUAL_RATE = 25.0
"""Frames a second of what does not state a rate."""
MOST_BROKEN = 300
"""Frames in a row that may be broken before a video file is given up."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """One frame: its place from 0 on, and RGB uint8 (height, width, 3), or None and what is wrong with it;
    ``note`` is what the user should know of it and of those that follow.
    """

    index: int
    image: np.ndarray | None
    problem: str = ""
    note: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame that was decoded, in pixels."""
        assert self.image is not None
        return self.image.shape[1], self.image.shape[0]


@dataclass(kw_only=True)
class Video:
    """Frames to be read once, in order.

    Parameters
    ----------
    name
        Said in reports and messages.
    rate
        Frames a second.
    count
        How many frames it states to have; None for a camera.
    frames
        Them. A video file may hold fewer than it states; then ``problem`` says so at the end.
    first_box
        The target's box in frame 0, where one comes with the video.
    """

    name: str
    rate: float
    count: int | None
    frames: Iterator[Frame]
    first_box: Box | None = None
    problem: str = ""


@contextmanager
def open_video(source: str | None, *, upright: bool = True) -> Iterator[Video]:
    """Opens a video file, a folder, a camera, or for None the rendered clip, which brings its box.

    A folder holds images, or ``img/`` with them and perhaps ``groundtruth_rect.txt`` whose first box it
    brings. A camera is a number, such as 0.

    Raises
    ------
    InputError
        If there is no such thing or it holds no frame, naming what is accepted.
    """
    if source is None:
        yield _of_sequence(Clip())
    elif is_pictures(source):
        yield _of_sequence(open_pictures(source, upright=upright))
    else:
        capture = _open(source)
        try:
            yield _of_capture(capture, source)
        finally:
            capture.release()


def _of_sequence(sequence: Sequence) -> Video:
    told: set[str] = set()

    def note() -> str:
        new = [one for one in sequence.notes if one not in told]
        told.update(new)
        return "; ".join(new)

    def frames() -> Iterator[Frame]:
        for index in range(len(sequence)):
            try:
                image = sequence.image(index)
                yield Frame(index=index, image=image, note=note())
            except InputError as error:
                yield Frame(index=index, image=None, problem=str(error))

    return Video(
        name=sequence.name, rate=USUAL_RATE, count=len(sequence), frames=frames(), first_box=sequence.box(0)
    )


def _open(source: str) -> cv2.VideoCapture:
    before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        if source.isdecimal() and not Path(source).exists():
            capture, what = cv2.VideoCapture(int(source)), f"camera {source}: cannot be opened"
        elif Path(source).is_file():
            capture, what = cv2.VideoCapture(source, cv2.CAP_FFMPEG), f"{source}: not a readable video"
        else:
            raise InputError(f"{source or 'an empty name'}: no such file or folder; {ACCEPTED}")
    finally:
        cv2.utils.logging.setLogLevel(before)
    if not capture.isOpened():
        capture.release()
        raise InputError(f"{what}; {ACCEPTED}")
    return capture


def _of_capture(capture: cv2.VideoCapture, source: str) -> Video:
    count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    rate = capture.get(cv2.CAP_PROP_FPS)
    video = Video(
        name=Path(source).name if Path(source).exists() else f"camera {source}",
        rate=rate if 0 < rate <= 1000 else USUAL_RATE,
        count=count if count > 0 else None,
        frames=iter(()),
    )
    video.frames = _captured(capture, video)
    return video


def _captured(capture: cv2.VideoCapture, video: Video) -> Iterator[Frame]:
    """Yields the frames of a capture.

    If it gives nothing, that may be a broken frame or the end: only the next frames tell.
    """
    index, broken = 0, 0
    while True:
        good, image = capture.read()
        if good:
            for place in range(index, index + broken):
                yield Frame(index=place, image=None, problem=f"{video.name}: frame {place} cannot be decoded")
            index, broken = index + broken + 1, 0
            yield Frame(index=index - 1, image=cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        elif video.count is not None and index + broken < video.count and broken < MOST_BROKEN:
            broken += 1
        else:
            break
    if video.count is not None and index < video.count:
        video.problem = f"{video.name}: ends after {index} of the {video.count} frames that it states"


class VideoFile:
    """An MP4 file being written (codec mp4v), every frame of one size. Use it in a ``with`` block.

    Parameters
    ----------
    path
        Its name ends in .mp4.
    rate
        Frames a second.
    size
        Width and height, both even: the codec knows no others.

    Raises
    ------
    InputError
        If the file cannot be written or the size is not even.
    """

    def __init__(self, path: Path | str, rate: float, size: tuple[int, int]):
        if size[0] % 2 or size[1] % 2 or min(size) < 2:
            raise InputError(f"width and height of a video file must be even, not {size[0]} x {size[1]}")
        self.size = size
        self._writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), rate, size)
        if not self._writer.isOpened():
            raise InputError(
                f"{path}: cannot be written as video; the name must end in .mp4 and {size[0]} x {size[1]} "
                "pixels be possible"
            )

    def write(self, image: np.ndarray) -> None:
        """Appends a frame, RGB uint8 (height, width, 3)."""
        if image.shape != (self.size[1], self.size[0], 3) or image.dtype != np.uint8:
            raise InputError(
                f"a frame must be uint8 {(self.size[1], self.size[0], 3)}, not {image.dtype} {image.shape}"
            )
        self._writer.write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))

    def __enter__(self) -> VideoFile:
        return self

    def __exit__(self, *exception) -> None:
        self._writer.release()


@dataclass(frozen=True, kw_only=True)
class Placing:
    """An image lies on a canvas scaled by ``scale`` and moved by ``left`` and ``top`` canvas pixels."""

    scale: float
    left: int
    top: int

    def box(self, box: Box) -> Box:
        """Converts a box of the image to the canvas."""
        return Box(
            self.left + box.x * self.scale,
            self.top + box.y * self.scale,
            box.width * self.scale,
            box.height * self.scale,
        )


def letterbox(image: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, Placing]:
    """Lays an image on a black canvas of ``size`` (width, height): as large as fits, in the middle, its shape
    kept.
    """
    height, width = image.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    wide, high = (
        max(1, min(round(side * scale), whole)) for side, whole in ((width, size[0]), (height, size[1]))
    )
    left, top = (size[0] - wide) // 2, (size[1] - high) // 2
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    canvas[top : top + high, left : left + wide] = (
        image if (wide, high) == (width, height) else cv2.resize(image, (wide, high), interpolation=method)
    )
    return canvas, Placing(scale=scale, left=left, top=top)
