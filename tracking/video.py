"""Video from files, image folders and cameras, frame by frame; and video files written.

A frame that cannot be decoded does not end a video: it is reported, and the next one follows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.clip import Clip
from siammixer.tracking.pictures import is_pictures, open_pictures
from siammixer.tracking.sequence import Sequence

ACCEPTED = (
    "accepted are video files that FFmpeg reads (.mp4, .avi, .mkv ...), addresses such as rtsp://..., - for "
    "standard input, folders of images, and cameras (0 or /dev/video0)"
)
USUAL_RATE = 25.0
"""Frames a second of what does not state a rate."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """One frame.

    Parameters
    ----------
    index
        Its place, from 0 on.
    image
        RGB uint8 (height, width, 3), or None where it could not be decoded.
    problem
        What is wrong with it, else empty.
    note
        What the user should know of it and of those that follow.
    time
        Seconds since the first frame: what the video states, and the clock's for a live one. None where
        nobody knows.
    """

    index: int
    image: np.ndarray | None
    problem: str = ""
    note: str = ""
    time: float | None = None

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
        How many frames it states to have, or has by its length; None for a camera and where nobody knows.
    frames
        Them. A video file may hold fewer than it states; then ``problem`` says so at the end.
    first_box
        The target's box in frame 0, where one comes with the video.
    problem
        What was wrong with it as a whole, known at its end.
    advice
        What may help where no frame can be decoded.
    left_out
        Frames of a live video so far that came while another was tracked.
    """

    name: str
    rate: float
    count: int | None
    frames: Iterator[Frame]
    first_box: Box | None = None
    problem: str = ""
    advice: str = ""
    left_out: int = 0


@contextmanager
def open_video(
    source: str | None, *, upright: bool = True, camera_size: tuple[int, int] | None = None
) -> Iterator[Video]:
    """Opens a file, an address, a folder, a camera, or for None the rendered clip, which brings its box.

    Parameters
    ----------
    source
        What FFmpeg opens: a file, a pipe, an address such as ``rtsp://...``, ``-`` for standard input. Or a
        folder of images, or of ``img/`` with them and perhaps ``groundtruth_rect.txt`` whose first box it
        brings. Or a camera: its number, such as 0, or ``/dev/video0``.
    upright
        Whether pictures and videos that say how they were held are turned upright.
    camera_size
        Width and height that a camera is asked for; it may give another.

    Raises
    ------
    InputError
        If there is no such thing or it holds no frame, naming what is accepted.
    """
    # FFmpeg and cameras are loaded where they are needed.
    if is_camera(source):
        from siammixer.tracking.camera import open_camera

        assert source is not None
        with open_camera(source, camera_size) as video:
            yield video
    elif camera_size is not None:
        raise InputError(f"a size can be asked of a camera only, not of {source or 'the rendered clip'}")
    elif source is None:
        yield _of_sequence(Clip())
    elif _is_moving(source):
        from siammixer.tracking.moving import open_moving

        with open_moving(source, upright=upright) as video:
            yield video
    elif is_pictures(source):
        yield _of_sequence(open_pictures(source, upright=upright))
    else:
        from siammixer.tracking.container import open_container

        with open_container(source, upright=upright) as video:
            yield video


def is_camera(source: str | None) -> bool:
    """Returns whether a source is a camera: ``/dev/video0``, or a number that is no file's name."""
    if source is None:
        return False
    return source.startswith("/dev/video") or (source.isdecimal() and not Path(source).exists())


def _is_moving(source: str) -> bool:
    from siammixer.tracking.moving import is_moving

    return is_moving(source)


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
                yield Frame(index=index, image=image, note=note(), time=index / USUAL_RATE)
            except InputError as error:
                yield Frame(index=index, image=None, problem=str(error))

    return Video(
        name=sequence.name, rate=USUAL_RATE, count=len(sequence), frames=frames(), first_box=sequence.box(0)
    )
