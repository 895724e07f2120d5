"""Frames: messages to bytes of the line and back (docs/link.md)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from siammixer.arch.link import CHECK_BYTES, ESCAPE, ESCAPED, FLAG

# Without a flag in so many bytes there is no message among them: the longest answer, all escaped, is shorter.
_LONGEST = 2048
_FLAG, _ESCAPE = bytes([FLAG]), bytes([ESCAPE])
# Escape first: its own escape sequence must not be escaped again.
_ESCAPES = [(bytes([byte]), bytes([ESCAPE, byte ^ ESCAPED])) for byte in (ESCAPE, FLAG)]


def encode(message: bytes) -> bytes:
    """A message as its frame."""
    body = message + zlib.crc32(message).to_bytes(CHECK_BYTES, "little")
    for byte, escape in _ESCAPES:
        body = body.replace(byte, escape)
    return _FLAG + body + _FLAG


class Decoder:
    """Messages out of the bytes of a line in which anything may be lost, damaged or added."""

    def __init__(self) -> None:
        self._rest = b""
        self.damaged = 0
        """Frames that were given up."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The right messages that are complete with these bytes, in order."""
        *frames, rest = (self._rest + data).split(_FLAG)
        self._rest = rest[-_LONGEST:]
        for frame in filter(None, frames):
            message = _unescaped(frame)
            if message is None:
                self.damaged += 1
            else:
                yield message


def _unescaped(frame: bytes) -> bytes | None:
    """The message of a frame; None where it is damaged."""
    first, *others = frame.split(_ESCAPE)
    if not all(others):
        return None  # nothing follows an escape
    body = first + b"".join(bytes([part[0] ^ ESCAPED]) + part[1:] for part in others)
    message, check = body[:-CHECK_BYTES], body[-CHECK_BYTES:]
    return message if message and zlib.crc32(message) == int.from_bytes(check, "little") else None
