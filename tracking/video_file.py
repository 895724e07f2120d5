"""Video files written, through PyAV."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from siammixer.ir.errors import InputError

ENCODERS = ("libx264", "libopenh264", "mpeg4")
"""The first that the installed FFmpeg has writes; the last is in all of them, and no browser plays it."""
QUALITY = {"libx264": {"preset": "veryfast", "crf": "20"}}
TICKS, FEWER_TICKS = 120_000, 60_000
"""Ticks a second in which times are written, whole ones for all usual rates; and what MPEG-4 takes."""
LONGEST = 600.0
"""Seconds after which a next frame's time is taken for a clock that was set anew."""
LARGEST = 8192
"""Pixels that a side may have: players take no more in H.264."""


class VideoFile:
    """An MP4 file being written in H.264, every frame of one size. Use it in a ``with`` block.

    The file is complete when the block has ended well; else it is of no use.

    Parameters
    ----------
    path
        Its name ends in .mp4.
    rate
        Frames a second.
    size
        Width and height in pixels, both even: the codec knows no others.

    Raises
    ------
    InputError
        If the size is not possible, or no encoder is there for it.
    OSError
        From any method, naming ``path``, where it cannot be written: the disk is full.
    """

    def __init__(self, path: Path | str, rate: float, size: tuple[int, int]):
        if size[0] % 2 or size[1] % 2 or min(size) < 2 or max(size) > LARGEST:
            raise InputError(
                f"width and height of a video file must be even and at most {LARGEST}, not {size[0]} x "
                f"{size[1]}"
            )
        self.path, self.size = path, size
        self.encoder = _encoder()
        self._ticks = FEWER_TICKS if self.encoder == ENCODERS[-1] else TICKS
        self._step = round(self._ticks / rate)
        self._last, self._shift = -self._step, 0
        try:
            # The index goes before the frames, so that a browser starts before it has the whole file.
            self._file = av.open(f"file:{path}", "w", format="mp4", options={"movflags": "faststart"})
            self._stream = self._add_stream(rate)
        except (av.FFmpegError, ValueError) as error:
            words = getattr(error, "strerror", None) or error
            raise InputError(f"video of {size[0]} x {size[1]} pixels cannot be written ({words})") from None
        with self._named():
            self._file.start_encoding()

    def _add_stream(self, rate: float) -> av.VideoStream:
        stream = self._file.add_stream(
            self.encoder,
            rate=Fraction(rate).limit_denominator(1001),
            options=QUALITY.get(self.encoder, {}),
        )
        assert isinstance(stream, av.VideoStream)  # the encoder is one of video
        context = stream.codec_context
        context.width, context.height = self.size
        context.pix_fmt = "yuv420p"
        context.time_base = Fraction(1, self._ticks)
        # Said, so that every player turns the colours back as they were.
        context.colorspace = context.color_primaries = context.color_trc = int(Colorspace.ITU709)
        context.color_range = int(ColorRange.MPEG)
        context.open()
        return stream

    def write(self, image: np.ndarray, time: float | None = None) -> None:
        """Appends a frame, RGB uint8 (height, width, 3), to be shown ``time`` seconds after the first; None,
        and a time not after the last one: as the rate has it.
        """
        if image.shape != (self.size[1], self.size[0], 3) or image.dtype != np.uint8:
            raise InputError(
                f"a frame must be uint8 {(self.size[1], self.size[0], 3)}, not {image.dtype} {image.shape}"
            )
        frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(
            format="yuv420p",
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            dst_colorspace=Colorspace.ITU709,
        )
        frame.pts, frame.time_base = self._tick(time), Fraction(1, self._ticks)
        self._mux(frame)

    def _tick(self, time: float | None) -> int:
        following = self._last + self._step
        at = following if time is None else round(time * self._ticks) + self._shift
        if not self._last < at < self._last + LONGEST * self._ticks:
            self._shift += following - at
            at = following
        self._last = at
        return at

    def _mux(self, frame: av.VideoFrame | None) -> None:
        with self._named():
            for packet in self._stream.encode(frame):
                self._file.mux(packet)

    def __enter__(self) -> VideoFile:
        return self

    def __exit__(self, kind, error, trace) -> None:
        if kind is not None:
            with suppress(av.FFmpegError):  # it is of no use, whatever else goes wrong
                self._file.close()
            return
        try:
            self._mux(None)
        finally:
            with self._named():
                self._file.close()

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Errors of FFmpeg's in the block become the system's, with the file's name."""
        try:
            yield
        except av.FFmpegError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from None


def advice(path: Path | str) -> str:
    """Returns how to have a browser play a video that was written here, where it does not as it is."""
    if _encoder() != ENCODERS[-1]:
        return ""
    return (
        "the installed FFmpeg writes no H.264, which browsers play; to recode it: "
        f"ffmpeg -i {shlex.quote(str(path))} -c:v libx264 -pix_fmt yuv420p recoded.mp4"
    )


def _encoder() -> str:
    return next(name for name in ENCODERS if _has(name))


def _has(encoder: str) -> bool:
    try:
        av.Codec(encoder, "w")
    except ValueError:
        return False
    return True
