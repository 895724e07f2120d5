"""Cameras, through OpenCV, which knows how to talk to most of them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import cv2

from siammixer.ir.errors import InputError
from siammixer.tracking.ahead import Ahead
from siammixer.tracking.video import ACCEPTED, USUAL_RATE, Frame, Video


@contextmanager
def open_camera(source: str, size: tuple[int, int] | None = None) -> Iterator[Video]:
    """Opens the camera of a number or a device such as ``/dev/video0``, and asks it for frames of ``size``.

    Frames that come while another is tracked are left out: what is tracked is what the camera sees now.

    Raises
    ------
    InputError
        Where it cannot be opened or gives no frame, with the reason if the system says it.
    """
    before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    capture = _open(source)
    try:
        note = _ask_for(capture, size) if size is not None else ""
        rate = capture.get(cv2.CAP_PROP_FPS)
        video = Video(
            name=f"camera {source}",
            rate=rate if 0 < rate <= 1000 else USUAL_RATE,
            count=None,
            frames=iter(()),
        )
        ahead = Ahead(_frames(capture, video), newest=True)
        try:
            video.frames = numbered(ahead, video, note)
            yield video
        finally:
            if ahead.close():
                capture.release()
    finally:
        cv2.utils.logging.setLogLevel(before)


def numbered(ahead: Ahead[Frame], video: Video, note: str = "") -> Iterator[Frame]:
    """Yields the frames that are left of a live video, numbered from 0 on, the first with the note and the
    others with their own; the video counts those that are left out.
    """
    for index, frame in enumerate(ahead):
        video.left_out = ahead.left_out
        yield replace(frame, index=index, note=frame.note if index else note or frame.note)


def _open(source: str) -> cv2.VideoCapture:
    # OpenCV takes the hundreds of a number for the way to talk to a camera: 200 would be camera 0.
    named = f"/dev/video{int(source)}" if source.isdecimal() and int(source) > 99 else source
    capture = cv2.VideoCapture(int(named) if named.isdecimal() else named)
    if not capture.isOpened():
        capture.release()
        raise InputError(f"camera {source}: cannot be opened{_reason(source)}; {ACCEPTED}")
    return capture


def _reason(source: str) -> str:
    """Why the system does not open a camera, where it says so."""
    if not sys.platform.startswith("linux"):
        return ""
    device = Path(f"/dev/video{int(source)}" if source.isdecimal() else source)
    if not device.exists():
        others = ", ".join(sorted(map(str, Path("/dev").glob("video*")))) or "none"
        return f" (there is no {device}; there are: {others})"
    if not os.access(device, os.R_OK | os.W_OK):
        return f" ({device} is not yours to use; its group, mostly video, is)"
    return " (another program may use it)"


def _ask_for(capture: cv2.VideoCapture, size: tuple[int, int]) -> str:
    """Asks for frames of a size; returns what to say where the camera gives another."""
    # Most cameras have large frames at full speed as JPEG alone.
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
    sides = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
    width, height = (round(capture.get(side)) for side in sides)
    return "" if (width, height) == size else f"gives {width} x {height} pixels, not {size[0]} x {size[1]}"


def _frames(capture: cv2.VideoCapture, video: Video) -> Generator[Frame, None, None]:
    index, start = 0, 0.0
    while True:
        good, image = capture.read()
        if not good:
            if index:
                video.problem = f"{video.name}: gives no more frames"
            return
        now = time.monotonic()
        start = start if index else now
        yield Frame(index=index, image=cv2.cvtColor(image, cv2.COLOR_BGR2RGB), time=now - start)
        index += 1
