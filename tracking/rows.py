"""The rows of a file of boxes: which lines count, what their columns are, and the numbers in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from siammixer.ir.errors import InputError
from siammixer.tracking.columns import Columns, columns_of, commented_header, header
from siammixer.tracking.numbers import (
    COUNTS,
    Reading,
    is_empty,
    known,
    labelled,
    read_fields,
    readings,
    settled,
    shown,
    simple,
)
from siammixer.tracking.text import ENCODINGS, in_no_encoding

BOX, REGION = "four numbers x,y,w,h", "four numbers x,y,w,h or the eight of a polygon"

_COMMENTS = ("#", "%", "//")
_REMARK = re.compile(r"\s(?:#|//).*$")
_SEPARATOR_LINE = re.compile(r'(?i)"?sep=.{0,2}"?')
"""Excel's own first line, which says what separates the values."""
_RULE = re.compile(r"[|+=:\s-]*-{3,}[|+=:\s-]*")
"""A line below the names of a table's columns."""
_POINT_OF_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:\.\d{3})+")
_POINT_OF_ONE_THOUSAND = re.compile(r"[-+]?[1-9]\.\d{3}")
_ALL = range(1, 17)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A line that counts.

    Parameters
    ----------
    line
        Its number in the file.
    text
        What it holds.
    numbers
        x,y,w,h, or the eight of a polygon; none where the line is empty.
    frame
        The number of the frame that it says it is of.
    """

    line: int
    text: str
    numbers: tuple[float, ...] = ()
    frame: float | None = None

    @property
    def where(self) -> str:
        """The name of the line in messages."""
        return f"line {self.line}"


def read_rows(lines: Sequence[str], *, regions: bool) -> list[Row]:
    """Returns the rows of a file from its lines, empty ones among them.

    Parameters
    ----------
    regions
        Whether a line may hold the eight numbers of a polygon.

    Raises
    ------
    InputError
        Beginning with the number of the line, where it cannot be read or can be in two ways.
    """
    rows, columns = _rows(lines)
    if columns is None:
        counts = COUNTS if regions else COUNTS[:1]
        quick = [simple(row.text, counts) or _nothing(row.text) for row in rows]
        if all(quick):
            _refuse_thousands((row, re.split(r"[,;\s]+", row.text)) for row in rows)
            return [_at(row, one.numbers) for row, one in zip(rows, quick, strict=True) if one]
    found: list[tuple[Row, list[Reading]]] = []
    for row in (replace(row, text=_REMARK.sub("", row.text)) for row in rows):
        try:
            found.append((row, [] if is_empty(row.text) else _readings(row.text, columns, regions)))
        except InputError as error:
            raise InputError(f"{row.where}: {error}") from None
    if columns is not None:
        _require_one_target(found, columns)
    filled = [row for row, ways in found if ways]
    chosen = settled([(row.where, row.text, ways) for row, ways in found if ways])
    places = columns.sizes if columns else range(2 * COUNTS[-1])
    _refuse_thousands(
        (row, [field for place, field in enumerate(one.fields) if place in places])
        for row, one in zip(filled, chosen, strict=True)
        if one.mark != ","
    )
    numbers = iter(chosen)
    return [_read(row, next(numbers).numbers, columns) if ways else row for row, ways in found]


def _nothing(text: str) -> Reading | None:
    return Reading(numbers=()) if not text else None


def _at(row: Row, numbers: tuple[float, ...]) -> Row:
    return Row(line=row.line, text=row.text, numbers=numbers)


def _rows(lines: Sequence[str]) -> tuple[list[Row], Columns | None]:
    """Returns the lines that count, and the columns that a first one names."""
    rows: list[Row] = []
    columns = None
    for number, line in enumerate(lines, start=1):
        try:
            # Digits begin no comment and no header.
            if not ("0" <= line[:1] <= "9" or is_empty(line)):
                comment = _is_comment(line)
                first = columns is None and all(is_empty(row.text) for row in rows)
                named = _named(line, comment) if first else None
                if named is not None:
                    columns, rows = named, []
                if comment or named is not None or (columns and not rows and _RULE.fullmatch(line)):
                    continue
            _require_encoding(line)
        except InputError as error:
            raise InputError(f"line {number}: {error}") from None
        rows.append(Row(line=number, text=line))
    return rows, columns


def _named(line: str, comment: bool) -> Columns | None:
    """Returns the columns that a line before the first row names."""
    if comment:
        return commented_header(line)
    _require_encoding(line)
    return header(line)


def _require_encoding(line: str) -> None:
    if not line.isascii() and in_no_encoding(line):
        raise InputError(
            f"is no text in an encoding that is known; these are {ENCODINGS}; save the file as UTF-8"
        )


def _is_comment(line: str) -> bool:
    """Whether a line is a remark. A box behind the sign of one is refused: without it all later ones would be
    of other frames.
    """
    text = line.strip("\ufeff \t\r\n\"'")
    if text.startswith(_COMMENTS) and readings(text.lstrip("#%/ \t"), COUNTS):
        raise InputError(
            f"is a box that is made a comment, {shown(line)}; nan,nan,nan,nan says that the target is out of "
            "sight"
        )
    if text.startswith(_COMMENTS) or _SEPARATOR_LINE.fullmatch(text):
        return True
    # A semicolon also separates; alone before words it begins a comment.
    return text.startswith(";") and text.count(";") == 1 and not readings(text[1:], _ALL)


def _readings(text: str, columns: Columns | None, regions: bool) -> list[Reading]:
    """Returns the ways to read a row; with columns as many numbers as these have."""
    if regions and re.match(r"\s*m\d", text):
        raise InputError("is a mask (VOT 2020 and later); accepted are boxes of 4 and polygons of 8 numbers")
    if columns is not None:
        return _by_columns(text, columns, regions)
    named = labelled(text)
    if named is None:
        return known(text, REGION if regions else BOX, COUNTS if regions else COUNTS[:1])
    own = columns_of(named[0])
    if own.has_frames:
        raise InputError(f"names a frame: {shown(text)}; a first line must name the columns instead")
    found = read_fields(named[1], own.numeric)
    if not found:
        raise InputError(f"must be numbers with their names, such as x=1, y=2, w=3, h=4, not {shown(text)}")
    return [replace(one, numbers=own.region(one.numbers)) for one in found]


def _by_columns(text: str, columns: Columns, regions: bool) -> list[Reading]:
    found = readings(text, (len(columns.names),), columns.numeric) or _blank(text, columns)
    if not found:
        raise InputError(
            f"must be {len(columns.names)} values {', '.join(columns.names)} as the first line names them, "
            f"not {shown(text)}"
        )
    if not regions and len(columns.region(found[0].numbers)) > 4:
        raise InputError("is a polygon, as --dataset vot takes it; must be a box")
    return found


def _blank(text: str, columns: Columns) -> list[Reading]:
    """Returns the reading of a row whose frame is there and whose box is not."""
    mark = next((mark for mark in "\t;|," if mark in text), None)
    fields = [field.strip(" \"'\r") for field in text.split(mark)]
    if len(fields) != len(columns.names) or any(fields[place] for place in columns.sizes):
        return []
    places = [place for place in columns.numeric if place not in columns.sizes]
    return read_fields(fields, places)


def _refuse_thousands(rows: Iterable[tuple[Row, Sequence[str]]]) -> None:
    """Refuses a file whose only marks are points before three digits, beside whole numbers: a program writes
    all numbers with three decimals or none. Without semicolons only thousands of one digit are meant, for
    pictures are no wider.
    """
    marked, whole = None, False
    for row, fields in rows:
        pattern = _POINT_OF_THOUSANDS if ";" in row.text else _POINT_OF_ONE_THOUSAND
        for field in fields:
            if "." not in field:
                whole = whole or field.isdigit()
            elif pattern.fullmatch(field):
                marked = marked or row
            else:
                return
    if marked is not None and whole:
        raise InputError(
            f"{marked.where}: can be read in two ways, with marks of thousands or of decimals: "
            f"{shown(marked.text)}; write thousands without a mark, and all decimals as 1.0"
        )


def _require_one_target(found: Sequence[tuple[Row, list[Reading]]], columns: Columns) -> None:
    """Refuses rows of several targets."""
    first: dict[int, str] = {}
    for row, ways in found:
        for place in columns.same if ways else ():
            value = ways[0].fields[place]
            if first.setdefault(place, value) != value:
                raise InputError(
                    f"{row.where}: {columns.names[place]} is {value!r}, and {first[place]!r} before; a file "
                    "must hold one target, so leave the rows of one there"
                )


def _read(row: Row, numbers: tuple[float, ...], columns: Columns | None) -> Row:
    if columns is None:
        return replace(row, numbers=numbers)
    frame = columns.frame(numbers) if columns.has_frames else None
    return replace(row, numbers=columns.region(numbers), frame=frame)
