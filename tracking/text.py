"""Text files as people have them: encodings and ends of lines."""

from __future__ import annotations

import codecs
import re
import unicodedata
from pathlib import Path

from siammixer.ir.errors import InputError

ENCODINGS = "UTF-8, UTF-16, UTF-32 and Windows-1252 (Latin-1)"
"""How a text file may be encoded; found out from the file, with or without a byte order mark."""

_MARKS = (
    # UTF-32's little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_END_OF_LINE = re.compile("\r*\n|[\r\v\f\x85\u2028\u2029]")
# Dashes between words, apostrophes in them and quotes around them.
_TYPOGRAPHY = re.compile("(?<= )[–—](?= )|–(?=\\d)|(?<=[^\\W_])’(?=[^\\W_])|“[^“”\n]*”|…|\xa0")
_SELDOM = re.compile("[‚ƒ„†‡ˆ‰‹‘’“”•–—˜™›]")
"""Signs of Windows-1252 that names seldom have, and that Shift-JIS's letters begin with."""
_RUNS = re.compile(r"[^\x00-\x7f]{2,}")
_PAIR = re.compile("[à-öø-ÿ]{2}|[À-ÖØ-Þ]{2}")
_IN_USE = re.compile(
    r"[\s\x20-\u052f\u0590-\u07ff\u0900-\u10ff\u1e00-\u22ff\u2460-\u27bf\u3000-\u30ff\u3130-\u318f"
    r"\u4e00-\u9fff\uac00-\ud7a3\ufb00-\ufdff\ufe30-\ufeff\uff00-\uffef]*"
)
"""Bytes that are something else become letters that nobody uses when they are read as UTF-16 or UTF-32."""
_PADDING = "\x1a\0"
"""Editors of DOS end a file with Control-Z, and disks with zeros."""
_ASCII = frozenset((9, 10, 13, *range(0x20, 0x7F)))
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def read_text(path: Path, holds: str, *, numbers: bool = False) -> str:
    """Reads a text file in one of :data:`ENCODINGS`; ``holds`` says in messages what it is for.

    Parameters
    ----------
    numbers
        Whether nothing but digits and separators counts, so that a comment in another encoding does not
        matter: its bytes become surrogates (:func:`in_no_encoding`).

    Raises
    ------
    InputError
        Where the file is missing, cannot be read, or is in no encoding that is known.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; it holds {holds}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); it holds {holds}") from None
    text = _decoded(data, numbers)
    if text is None:
        raise InputError(
            f"{path}: is no text in an encoding that is known; these are {ENCODINGS}; save it as UTF-8"
        )
    return text


def _decoded(data: bytes, numbers: bool) -> str | None:
    marked = [encoding for mark, encoding in _MARKS if data.startswith(mark)]
    for encoding in marked[:1] or _guesses(data):
        try:
            text = _whole_units(data, encoding).decode(encoding).rstrip(_PADDING)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text) or (encoding == "cp1252" and _other_script(text)):
            continue
        if encoding.startswith(("utf-16-", "utf-32-")) and not _is_in_use(text):
            continue
        return text
    text = data.decode("ascii", "surrogateescape").rstrip(_PADDING)
    return text if numbers and not marked and not _CONTROL.search(text) else None


def _is_in_use(text: str) -> bool:
    """Whether text that was read as UTF-16 or UTF-32 without a mark is letters that are in use, and not
    bytes of ASCII two by two, which become rare ones and Chinese ones.
    """
    pairs = sum(
        letter > "\xff" and all(byte in _ASCII for byte in divmod(ord(letter), 256)) for letter in text
    )
    return _IN_USE.fullmatch(text) is not None and 2 * pairs <= len(text)


def _whole_units(data: bytes, encoding: str) -> bytes:
    """Returns the bytes without zeros at the end that make no unit of an encoding."""
    rest = len(data) % (4 if "32" in encoding else 2 if "16" in encoding else 1)
    return data[: len(data) - rest] if rest and len(data) > 4 and not any(data[-rest:]) else data


def _guesses(data: bytes) -> tuple[str, ...]:
    """Encodings of a file without a mark, most certain first. Ends of lines, digits and Latin letters have a
    zero in every second byte of UTF-16, and in three of four of UTF-32; the other bytes of a letter may be
    any.
    """
    if b"\0" in data.rstrip(b"\0\x1a") or data[1:2] == b"\0":
        big, little = data[0::2].count(0), data[1::2].count(0)
        ends = ("le", "be") if little >= big else ("be", "le")
        return (*(f"utf-32-{end}" for end in ends), f"utf-16-{ends[0]}")
    return ("utf-8", "cp1252")


def _other_script(text: str) -> bool:
    """Whether text that was read as Windows-1252 is surely in another encoding, such as Shift-JIS, GBK or
    Windows-1251: there most bytes are beyond ASCII, while Latin letters with accents stand one by one.
    """
    text = _TYPOGRAPHY.sub(" ", text)
    if _SELDOM.search(text):
        return True
    return any(len(run) > 2 or not _PAIR.fullmatch(run) for run in _RUNS.findall(text))


def in_no_encoding(line: str) -> bool:
    """Whether a line of numbers, read as :func:`read_text` does, has bytes of no encoding that is known."""
    return any("\udc80" <= sign <= "\udcff" for sign in line)


def read_lines(path: Path, holds: str, *, numbers: bool = False) -> list[str]:
    """Reads the lines of a text file, without empty ones at the end; ends of lines are those of any system.

    Parameters
    ----------
    numbers
        As for :func:`read_text`.

    Raises
    ------
    InputError
        As :func:`read_text`.
    """
    text = read_text(path, holds, numbers=numbers).rstrip()
    return _END_OF_LINE.split(text) if text else []


def composed(name: str) -> str:
    """Returns a name in one of the two ways in which letters beyond ASCII are written: systems differ."""
    return unicodedata.normalize("NFC", name)


def printable(name: str) -> str:
    """Returns the name of a file as text that every output takes: bytes that are no UTF-8 become escapes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
