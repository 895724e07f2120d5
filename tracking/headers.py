"""Formats of image files: how a picture was held, how many frames there are, and which formats are not read.

OpenCV decodes the first frame of any file without a word, and takes a tag for one wherever its letters stand;
so these are read here, from the places that the formats have for them.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import TypeAlias

Data: TypeAlias = bytes | mmap.mmap
"""A file's bytes, or a map of them."""

UPRIGHT = 1
"""The orientation of a picture that needs no turning."""

JPEG, PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""The last two are those of BigTIFF."""

_GIF = (b"GIF87a", b"GIF89a")
_AVIF_SEQUENCE = b"ftypavis"

_ORIENTATION, _SUBFILE = 0x0112, 0x00FE
_SHORT, _LONG = 3, 4
_REDUCED, _MASK = 1, 4
_MOST_PAGES = 1_000_000
# Brands of ISO media files whose pictures are coded in HEVC, and those that say no more than "a picture".
_HEIC, _ANY_PICTURE = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), (b"mif1", b"msf1")
_JPEG_XL = (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")


def orientation(data: Data) -> int:
    """Returns the orientation that an image file states, 1 (upright) to 8; 1 where it states none that is one
    of these.
    """
    exif = _exif(data)
    for tag, kind, value in _entries(exif, _first(exif)) if exif[:4] in TIFF else ():
        if tag == _ORIENTATION:
            size = {_SHORT: 2, _LONG: 4}.get(kind, 0)
            found = _number(exif, value, size) if size else None
            return found if found is not None and UPRIGHT <= found <= 8 else UPRIGHT
    return UPRIGHT


def pages(data: Data) -> list[int]:
    """Returns which of a TIFF file's pictures are frames: neither small copies of another nor masks."""
    found: list[int] = []
    seen: set[int] = set()
    table = _first(data)
    while table and table not in seen and len(seen) < _MOST_PAGES:
        kinds = [_number(data, at, 4) or 0 for tag, _, at in _entries(data, table) if tag == _SUBFILE]
        if not any(kind & (_REDUCED | _MASK) for kind in kinds):
            found.append(len(seen))
        seen.add(table)
        _, counted, entry, wide = _layout(data)
        table = _number(data, table + counted + entry * (_number(data, table, counted) or 0), wide)
    return found


def several(data: Data) -> bool:
    """Whether an image file, bytes or a map of them, holds more than one frame: TIFF with pages, animated
    PNG, WebP and GIF, and sequences of AVIF.
    """
    if data[:4] in TIFF:
        return len(pages(data)) > 1
    if data[: len(PNG)] == PNG:
        return any(name == b"acTL" and _big(data, at) > 1 for name, at, _ in _png_chunks(data))
    if is_webp(data):
        return len(webp_durations(data)) > 1
    if data[:6] in _GIF:
        return _gif_frames(data) > 1
    return data[4:12] == _AVIF_SEQUENCE


def is_webp(data: Data) -> bool:
    """Whether a file is one of WebP."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def webp_durations(data: Data) -> list[int]:
    """Returns how long each frame of an animated WebP file is shown, in milliseconds; none of a still one."""
    return [
        int.from_bytes(data[at + 12 : at + 15], "little")
        for name, at, _ in _riff_chunks(data)
        if name == b"ANMF"
    ]


def unread(head: bytes) -> str:
    """Returns the name of a format that is known and not read, from a file's first bytes; else nothing."""
    if head.startswith(_JPEG_XL):
        return "JPEG XL"
    if head[4:8] != b"ftyp":
        return ""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size, 4))]
    heic = brands[0] in _HEIC or (brands[0] in _ANY_PICTURE and any(brand in _HEIC for brand in brands))
    return "HEIC" if heic else ""


def _exif(data: Data) -> Data:
    """Returns the TIFF structure with the tags: all of a TIFF file, of others what lies in its place."""
    if data[:4] in TIFF:
        return data
    if data[:2] == JPEG:
        places = [(at, end) for at, end in _jpeg_tags(data) if data[at : at + 5] == b"Exif\0"]
        return data[places[0][0] + 6 : places[0][1]] if places else b""
    chunks = _png_chunks(data) if data[: len(PNG)] == PNG else _riff_chunks(data) if is_webp(data) else ()
    for name, at, end in chunks:
        if name.lower() == b"exif":
            return data[at:end].removeprefix(b"Exif\0\0")
    return b""


def _layout(tiff: Data) -> tuple[int, int, int, int]:
    """Returns where the first table's place stands, and the bytes of a table's count, of an entry, and of a
    place.
    """
    return (8, 8, 20, 8) if tiff[:4] in TIFF[2:] else (4, 2, 12, 4)


def _first(tiff: Data) -> int | None:
    place, _, _, wide = _layout(tiff)
    return _number(tiff, place, wide)


def _entries(tiff: Data, table: int | None) -> Iterator[tuple[int, int, int]]:
    """Yields tag, kind and the value's place of each entry of a table that is there."""
    _, counted, size, wide = _layout(tiff)
    count = _number(tiff, table, counted) if table else None
    first = (table or 0) + counted
    for entry in range(first, first + size * (count or 0), size):
        if entry + size > len(tiff):
            return
        yield _number(tiff, entry, 2) or 0, _number(tiff, entry + 2, 2) or 0, entry + size - wide


def _number(tiff: Data, place: int, size: int) -> int | None:
    """Returns a number in the byte order of a TIFF structure, or None where it breaks off before."""
    part = tiff[place : place + size]
    return int.from_bytes(part, "little" if tiff[:1] == b"I" else "big") if len(part) == size else None


def _big(data: Data, place: int) -> int:
    return int.from_bytes(data[place : place + 4], "big")


def _jpeg_tags(data: Data) -> Iterator[tuple[int, int]]:
    """Yields where the contents of the segments APP1 begin and end, up to the picture itself."""
    at = 2
    while data[at : at + 1] == b"\xff":
        marker = data[at + 1 : at + 2]
        if marker == b"\xff":  # bytes that fill
            at += 1
            continue
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in (b"", b"\xda", b"\xd9") or size < 2:
            return
        if marker == b"\xe1":
            yield at + 4, at + 2 + size
        at += 2 + size


def _png_chunks(data: Data) -> Iterator[tuple[bytes, int, int]]:
    """Yields name, begin and end of the content of each chunk."""
    at = len(PNG)
    while at + 8 <= len(data):
        start = at + 8
        yield data[at + 4 : start], start, start + _big(data, at)
        at = start + _big(data, at) + 4


def _riff_chunks(data: Data) -> Iterator[tuple[bytes, int, int]]:
    at = 12
    while at + 8 <= len(data):
        size, start = int.from_bytes(data[at + 4 : at + 8], "little"), at + 8
        yield data[at : at + 4], start, start + size
        at = start + size + size % 2


def _gif_frames(data: Data) -> int:
    """Counts the pictures; a file that breaks off has those that begin before."""

    def palette(flags: int) -> int:
        return 3 << ((flags & 7) + 1) if flags & 0x80 else 0

    count = 0
    at = 13 + palette(data[10]) if len(data) > 10 else len(data)
    while at < len(data) and (block := data[at]) in (0x21, 0x2C):
        if block == 0x2C:
            count += 1
            at += 11 + palette(data[at + 9] if at + 9 < len(data) else 0)
        else:
            at += 2
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
    return count
