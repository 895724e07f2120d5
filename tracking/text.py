"""Text files as people have them: encodings, ends of lines, numbers with any separator."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
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
_END_OF_LINE = re.compile(r"\r*\n|\r")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def read_text(path: Path, holds: str) -> str:
    """Reads a text file in one of :data:`ENCODINGS`; ``holds`` says in messages what it is for.

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
    text = _decoded(data)
    if text is None:
        raise InputError(f"{path}: is no text in an encoding that is known; these are {ENCODINGS}")
    return text


def _decoded(data: bytes) -> str | None:
    # Editors of DOS end a file with Control-Z.
    data = data.rstrip(b"\x1a")
    marked = [encoding for mark, encoding in _MARKS if data.startswith(mark)]
    for encoding in marked[:1] or _guesses(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text):
            return text
    return None


def _guesses(data: bytes) -> tuple[str, ...]:
    """Encodings of a file without a mark, most certain first: in text of mostly Latin letters and digits,
    UTF-16 has a zero in every second byte, and UTF-32 in three of four.
    """
    if b"\0" in data[:4]:
        little = data[:1] != b"\0"
        wide = data[:4].count(0) == 3
        return (f"utf-{32 if wide else 16}-{'le' if little else 'be'}",)
    return ("utf-8", "cp1252")


def read_lines(path: Path, holds: str) -> list[str]:
    """Reads the lines of a text file, without empty ones at the end; ends of lines are those of any system.

    Raises
    ------
    InputError
        As :func:`read_text`.
    """
    text = read_text(path, holds).rstrip()
    return _END_OF_LINE.split(text) if text else []


def composed(name: str) -> str:
    """Returns a name in one of the two ways in which letters beyond ASCII are written: systems differ."""
    return unicodedata.normalize("NFC", name)


def printable(name: str) -> str:
    """Returns the name of a file as text that every output takes: bytes that are no UTF-8 become escapes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def parse_numbers(line: str, counts: Sequence[int], what: str) -> list[float]:
    """Reads the numbers of a line, separated by comma, semicolon, tab or space.

    Separators at the end are passed over. A comma between digits is a decimal one where other separators are
    there too and only so the count is right.

    Parameters
    ----------
    counts
        How many numbers are accepted: 4 or 8.
    what
        What the line must be, for the message.

    Raises
    ------
    InputError
        Where the line does not hold so many numbers, or can be read in two ways.
    """
    readings = [numbers for fields in _fields(line) if (numbers := _numbers(fields)) is not None]
    # A box in one reading and a polygon in the other: either may be meant, whatever is accepted here.
    if len({len(numbers) for numbers in readings} & {4, 8}) > 1:
        raise InputError(
            f"can be read in two ways, with commas between numbers or in them: {line.strip()[:60]!r}; write "
            "decimals with a point"
        )
    for numbers in readings:
        if len(numbers) in counts:
            return numbers
    if any(len(numbers) == 8 for numbers in readings):
        raise InputError(f"must be {what}, not 8 numbers, which are a polygon as --dataset vot takes it")
    raise InputError(f"must be {what} separated by comma, semicolon, tab or space, not {line.strip()[:60]!r}")


def _fields(line: str) -> list[list[str]]:
    """The ways to take a line apart."""
    text = line.strip("\ufeff \t\r\n").rstrip(",; \t")
    every = re.split(r"\s*[,;]\s*|\s+", text)
    groups = re.split(r"\s*;\s*|\s+", text)
    # With a space after every comma, commas separate.
    if "," not in text or len(groups) == 1 or re.search(r",\s", text):
        return [every]
    return [every, [group.replace(",", ".") for group in groups if group.count(",") < 2]]


def _numbers(fields: list[str]) -> list[float] | None:
    try:
        # Python would take 1_0 for ten.
        return None if any("_" in field for field in fields) else [float(field) for field in fields]
    except ValueError:
        return None
