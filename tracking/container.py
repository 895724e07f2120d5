"""Video that FFmpeg opens, through PyAV: files, pipes, standard input, and addresses such as rtsp://..."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import av.logging

from siammixer.ir.errors import InputError
from siammixer.tracking.ahead import Ahead, wait_for
from siammixer.tracking.camera import numbered
from siammixer.tracking.decoding import PATIENCE, Decoding, reason_of
from siammixer.tracking.video import ACCEPTED, Video

LIVE_SCHEMES = ("rtsp", "rtsps", "rtp", "srtp", "udp", "udplite", "srt", "rtmp", "rtmps", "rtmpt")
LIVE_FORMATS = ("mpjpeg", "mpegts", "hls", "flv")
"""FFmpeg's names of formats that are live where they come from an address and state no length."""
# FFmpeg tries UDP first, which loses packets, and with them pictures.
OPTIONS = {"rtsp_flags": "prefer_tcp"}
# No library splits these: a bracket in a password, or a host without its own, must not end in an error.
_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+)://(?P<place>[^/?#]*)(?P<path>[^?#]*)")
# What stands before / ? or # is a name and a part of a password, for no port is written so.
_CUT_PASSWORD = re.compile(
    r"[^:]+://(?!\[)[^/?#@]*:(?:[^/?#@]*[^/?#@0-9][^/?#@]*[/?#]|[^/?#@]*#).*@", re.DOTALL
)
_ENCRYPTED = ("encv", "drmi")
"""Codes of video that is sold with a lock (ISO/IEC 14496-12)."""
_CODED = re.compile(r"Video: (?:none \()?(\w+)")


@contextmanager
def open_container(source: str, *, upright: bool = True) -> Iterator[Video]:
    """Opens a file, a pipe, ``-`` for standard input, or an address. It is decoded in a thread of its own, a
    frame ahead; a live video's frames that come while another is tracked are left out. ``upright`` turns a
    video that says how it was held.

    Raises
    ------
    InputError
        Where it is none of these, cannot be opened, or holds no video that can be decoded: with the reason.
    """
    address = _address(source)
    is_file = address is None and source != "-" and Path(source).is_file()
    url = address or ("pipe:0" if source == "-" else f"file:{source}")
    name = _shown(source) if address else "standard input" if source == "-" else Path(source).name
    opened = wait_for(lambda: _open(url, source, name))
    live = address is not None and _is_live(address, opened)
    stream = _stream(opened, source if is_file else name)
    advice = _advice(opened, stream, source if is_file else name, is_file=is_file)
    decoding = Decoding(opened, stream, name, live=live, is_file=is_file, upright=upright, advice=advice)
    video = decoding.video
    ahead = Ahead(decoding.frames(), newest=live)
    try:
        video.frames = numbered(ahead, video)
        yield video
    finally:
        if ahead.close():
            opened.close()


def _address(source: str) -> str | None:
    """The address that a source is, or None for a file."""
    if source == "-" or (source and Path(source).exists()):
        return None
    if _ADDRESS.match(source):
        if _CUT_PASSWORD.match(source):
            raise InputError(
                "in an address the letters / ? and # of a name or a password must be written %2F, %3F and %23"
            )
        return source
    raise InputError(f"{source or 'an empty name'}: no such file or folder; {ACCEPTED}")


def _shown(address: str) -> str:
    """An address without what is nobody's business: names, passwords, keys."""
    parts = _ADDRESS.match(address)
    assert parts is not None
    return f"{parts['scheme'].lower()}://{parts['place'].rpartition('@')[2]}{parts['path']}"


def _open(url: str, source: str, name: str) -> av.container.InputContainer:
    """Opens it; what FFmpeg says of it is caught, and its last word is the reason where it fails."""
    address = "://" in url
    try:
        with _heard(av.logging.ERROR):
            return av.open(
                url,
                timeout=PATIENCE if address else None,
                options=OPTIONS if address else {},
                metadata_errors="replace",
            )
    except (av.FFmpegError, ValueError) as error:
        said = reason_of(error, url, None if address or source == "-" else _head(source))
        if address or source == "-":
            raise InputError(f"{name}: cannot be opened ({said})") from None
        if not isinstance(error, av.error.InvalidDataError) and isinstance(error, OSError):
            raise InputError(f"{source}: cannot be opened ({said})") from None
        raise InputError(f"{source}: not a readable video ({said}); {ACCEPTED}") from None


def _head(source: str) -> bytes | None:
    """Returns the first bytes of a file, None of what is none: a pipe would lose them."""
    if not Path(source).is_file():
        return None
    try:
        with open(source, "rb") as file:
            return file.read(4096)
    except OSError:
        return None


@contextmanager
def _heard(level: int) -> Iterator[None]:
    """Catches what FFmpeg says in the block, from that level on: it is in its errors then."""
    before = av.logging.get_level()
    av.logging.set_level(level)
    try:
        with av.logging.Capture(local=False):
            yield
    finally:
        av.logging.set_level(before)


def _stream(opened: av.container.InputContainer, name: str) -> av.VideoStream:
    """The video stream that a player would show."""
    stream = opened.streams.best("video")
    if not isinstance(stream, av.VideoStream):
        opened.close()
        raise InputError(f"{name}: holds no video that FFmpeg knows")
    if stream.codec_context is None:
        with _heard(av.logging.INFO):
            found = _CODED.search(opened.dumps_format())
        opened.close()
        coded = found[1] if found is not None and found[1] != "none" else "something unknown"
        if coded in _ENCRYPTED:
            raise InputError(f"{name}: its video is encrypted ({coded}); only who has its key can play it")
        raise InputError(
            f"{name}: its video is coded as {coded}, which the installed FFmpeg does not decode; "
            f"{_recode(name)}"
        )
    return stream


def _recode(name: str) -> str:
    return f"recode it where it can be played: ffmpeg -i {shlex.quote(name)} -c:v libx264 recoded.mp4"


def _advice(opened: av.container.InputContainer, stream: av.VideoStream, name: str, *, is_file: bool) -> str:
    """Returns what may help where nothing can be decoded."""
    if not is_file and "mp4" in opened.format.name:
        return "an mp4 in a pipe must begin with its index: ffmpeg -i FILE -c copy -movflags faststart NEW"
    return f"its video is coded as {stream.codec_context.codec.canonical_name}; {_recode(name)}"


def _is_live(address: str, opened: av.container.InputContainer) -> bool:
    if address.partition("://")[0].lower() in LIVE_SCHEMES:
        return True
    return opened.duration is None and any(name in LIVE_FORMATS for name in opened.format.name.split(","))
