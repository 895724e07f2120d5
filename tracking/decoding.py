"""Decoding a stream of video, with what is broken in it told at its place."""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import av
import numpy as np
from av.sidedata.sidedata import Type

from siammixer.ir.words import counted
from siammixer.tracking.sizes import OWN_PIXELS, Sizes
from siammixer.tracking.video import USUAL_RATE, Frame, Video

PATIENCE = 10.0
"""Seconds that an address may take to answer, and that may pass without a word from it."""
MOST_BROKEN = 300
"""Errors in a row that reading a file may give before it is given up."""
BROKE_OFF = "the connection broke off"
_INVALID = "Invalid data found when processing input"
_MP4 = (b"ftyp", b"mdat", b"wide", b"free", b"skip", b"pnot", b"moof", b"styp", b"sidx", b"uuid")
SCALED = "they are scaled to the first one's size, as players do, and boxes count in that"


def reason_of(error: Exception, url: str, head: bytes | None = None) -> str:
    """Returns why FFmpeg could not open or read ``url``, in words for the user.

    Parameters
    ----------
    head
        The first bytes of a file; None for what is no file.
    """
    if isinstance(error, av.error.ExitError):
        return f"no answer within {PATIENCE:g} seconds"
    if isinstance(error, av.error.ProtocolNotFoundError):
        return f"the installed FFmpeg does not speak {url.partition(':')[0]}"
    if isinstance(error, av.error.EOFError | av.error.InvalidDataError) and head is not None:
        if not head:
            return "it is empty"
        if _is_text(head):
            return "it holds text"
    log = getattr(error, "log", None)
    words = log[2].strip() if log else (getattr(error, "strerror", None) or str(error))
    if "ends prematurely" in words or (url and "://" in url and isinstance(error, av.error.EOFError)):
        return "the connection ended before anything that can be read had come"
    if "moov atom not found" in words:
        # FFmpeg says so of whatever has such a name.
        if head is not None and head[4:8] not in _MP4:
            return "it does not begin as such a file does"
        if head is None:
            return "its index did not come: the connection ended before, or the recording was cut off"
        return "its index is missing: the recording was cut off before its end"
    if words == _INVALID:
        return f"{'it is empty, or ' if head is None else ''}its content is no video that FFmpeg knows"
    return words[:1].lower() + words[1:]


def _is_text(head: bytes) -> bool:
    """Whether bytes are text; the last letter may be cut."""
    if any(byte < 9 or 13 < byte < 32 for byte in head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3
    return True


@dataclass(kw_only=True)
class _Progress:
    """Holds what is known of a video while it is read."""

    index: int = 0
    discarded: int = 0
    broken: list[int | None] = field(default_factory=list)
    """Presentation times of what could not be decoded, until a later frame follows."""
    start: float | None = None
    last: float = 0.0


class Decoding:
    """Decodes one stream of an open container, frame by frame.

    Parameters
    ----------
    opened, stream
        The container and its stream.
    name
        Said in messages.
    live
        Whether it comes as it happens: then its times are the clock's, and it has no end of its own.
    is_file
        Whether reading may go on after an error; a pipe and an address end with it.
    upright
        Whether pictures are turned as the stream says.
    advice
        As for :class:`siammixer.tracking.video.Video`.

    Attributes
    ----------
    video
        What is known before the first frame. Its frames are for the caller to set.
    """

    def __init__(
        self,
        opened: av.container.InputContainer,
        stream: av.VideoStream,
        name: str,
        *,
        live: bool,
        is_file: bool,
        upright: bool,
        advice: str,
    ):
        self._opened, self._stream, self._live, self._is_file = opened, stream, live, is_file
        self._turning, self._now, self._sizes = Turning() if upright else None, _Progress(), Sizes()
        rate = float(stream.average_rate or stream.guessed_rate or 0)
        rate = rate if 0 < rate <= 1000 else USUAL_RATE
        self._seconds = None if live else _length(opened, stream)
        about = round(self._seconds * rate) if self._seconds else None
        self.video = Video(
            name=name,
            rate=rate,
            count=None if live else stream.frames or about,
            frames=iter(()),
            advice=advice,
        )

    def frames(self) -> Generator[Frame, None, None]:
        """Yields the frames. One that cannot be decoded is told at its place, once a later one follows."""
        now = self._now
        for packet in self._packets():
            try:
                pictures = packet.decode()
            except av.FFmpegError:
                # A recording may begin in the middle of what belongs together: that was never a frame of it.
                if now.index or (packet.is_keyframe and not self._live):
                    now.broken.append(packet.pts)
                continue
            for picture in pictures:
                yield from self._broken_before(picture.pts)
                yield self._frame(picture)
        self._tell_the_end()

    def _packets(self) -> Iterator[av.Packet]:
        failures = 0
        while True:
            try:
                for packet in self._opened.demux(self._stream):
                    failures = 0
                    self._now.discarded += packet.is_discard
                    yield packet
                return
            except av.FFmpegError as error:
                failures += 1
                if not self._is_file or failures > MOST_BROKEN:
                    self.video.problem = f"{self.video.name}: ended ({self._why(error)})"
                    if self._why(error) == BROKE_OFF:
                        self.video.advice = BROKE_OFF
                    return

    def _why(self, error: av.FFmpegError) -> str:
        """Returns why reading ended; the network's errors are no more than numbers in FFmpeg."""
        broken = isinstance(error, av.error.OSError) and not isinstance(error, av.error.ExitError)
        return BROKE_OFF if broken and not self._is_file else reason_of(error, "")

    def _broken_before(self, pts: int | None) -> Iterator[Frame]:
        now = self._now
        later: list[int | None] = [at for at in now.broken if at is not None and pts is not None and at > pts]
        for _ in range(len(now.broken) - len(later)):
            yield Frame(
                index=now.index,
                image=None,
                problem=f"{self.video.name}: frame {now.index} cannot be decoded",
            )
            now.index += 1
        now.broken = later

    def _frame(self, picture: av.VideoFrame) -> Frame:
        now, stated = self._now, picture.time
        at = time.monotonic() if self._live else None if stated is None else float(stated)
        now.start = at if now.start is None else now.start
        since = None if at is None or now.start is None else at - now.start
        now.last = now.last if since is None else since
        index, now.index = now.index, now.index + 1
        width, height = picture.width, picture.height
        scaled = self._sizes.scaled(width, height)
        said = self._sizes.note(width, height, SCALED if scaled else OWN_PIXELS)
        if scaled:
            assert self._sizes.first is not None
            width, height = self._sizes.first
        image = picture.to_ndarray(format="rgb24", width=width, height=height)
        if self._turning is not None:
            image = self._turning.upright(picture, image)
        note = f"frame {index} and perhaps others: {said}" if said else ""
        return Frame(index=index, image=image, note=note, time=since)

    def _tell_the_end(self) -> None:
        """Says where a video has less than it states. Some count frames that are to be repeated, so that one
        which states its length too must fall short of both.
        """
        now, video = self._now, self.video
        if self._live or video.problem:
            return
        stated = self._stream.frames - now.discarded
        missing = None if self._seconds is None else self._seconds - now.last
        if self._stream.frames:
            short = now.index < stated and (missing is None or missing * video.rate > 1.5)
        else:  # a last picture may be shown for long, and sound may end later
            short = missing is not None and self._seconds is not None and missing > max(1, self._seconds / 20)
        if short and self._stream.frames:
            video.problem = (
                f"{video.name}: ends after {now.index} of the {counted(stated, 'frame')} that it states"
            )
        elif short:
            video.problem = (
                f"{video.name}: ends at {now.last:.1f} of the {self._seconds:.1f} seconds that it states"
            )
        elif now.broken:
            count = now.index + len(now.broken)
            video.problem = (
                f"{video.name}: its last {len(now.broken)} of {counted(count, 'frame')} cannot be decoded"
            )


def _length(opened: av.container.InputContainer, stream: av.VideoStream) -> float | None:
    """The seconds that a video states to last."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    tag = re.fullmatch(r"(\d+):(\d+):([\d.]+)", stream.metadata.get("DURATION", ""))
    if tag is not None:
        return int(tag[1]) * 3600 + int(tag[2]) * 60 + float(tag[3])
    if len(opened.streams) > 1 or opened.duration is None:  # sound may last longer
        return None
    return opened.duration / av.time_base


class Turning:
    """Turns and mirrors pictures as their stream says.

    A picture and its side data keep each other alive in PyAV until the garbage is collected, hundreds of
    pictures later. So that of the first one stands for all that are turned by the same angle.
    """

    def __init__(self) -> None:
        self._ways: dict[int, tuple[bool, bool, bool]] = {}

    def upright(self, picture: av.VideoFrame, image: np.ndarray) -> np.ndarray:
        """Returns the image of a picture, (height, width, 3), as a player shows it."""
        if picture.rotation not in self._ways:
            found = picture.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
            self._ways[picture.rotation] = _way(bytes(found)) if found is not None else (False,) * 3
        swapped, across, down = self._ways[picture.rotation]
        if swapped:
            image = image.transpose(1, 0, 2)
        return np.ascontiguousarray(image[:: -1 if down else 1, :: -1 if across else 1])


def _way(matrix: bytes) -> tuple[bool, bool, bool]:
    """Returns whether rows become columns, and then left becomes right, and above becomes below."""
    a, b, _, c, d, *_ = np.frombuffer(matrix, np.int32).astype(int).tolist()
    swapped = abs(b) + abs(c) > abs(a) + abs(d)
    across, down = (c, b) if swapped else (a, d)
    return swapped, across < 0, down < 0
