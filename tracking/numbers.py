"""Numbers as people write them in a line: digits of any script, separators, decimal marks, thousands, quotes
and brackets.

A line may have more than one reading: ``1,5 2,5 3,5 4,5`` is four numbers with decimal commas, or eight.
:func:`readings` gives them all, and :func:`settled` the one that suits all lines of a file, if there is one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from siammixer.ir.errors import InputError
from siammixer.tracking.signs import TIED_SPACES, plain, spaced

SEPARATORS = "comma, semicolon, tab or space"
COUNTS = (4, 8)
"""A box, and a polygon of four corners."""

_EXPONENT = r"(?:[eE][-+]?\d+)?"
_WHOLE = re.compile(r"[-+]?\d+")
_DECIMAL = re.compile(rf"[-+]?(?:\d+\.?\d*|\.\d+){_EXPONENT}")
_GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?")
_NOTHING = re.compile(r"(?i)[-+]?nan|null|none|n/?a|#n/?a|-{1,3}|[-+]?1\.#(?:qnan|ind)0*")
_NAN = re.compile(r"(?i)\bnan\(\w*\)")
_INFINITE = re.compile(r"(?i)[-+]?inf(?:inity)?")
_UNIT = re.compile(r"(?i)(?<=\d)\s?(?:px|pixels?)(?![a-z])")
_PLAIN_NUMBER = r"([-+]?[0-9.][-+.0-9eE]*|nan|NaN|NAN)"
_SIMPLE = {
    count: re.compile(rf"{_PLAIN_NUMBER}([,;\t ])" + r"\2".join([_PLAIN_NUMBER] * (count - 1)) + r"\s*")
    for count in COUNTS
}

_OPENING, _CLOSING = "([{<", ")]}>"
_INNERMOST = re.compile(r"[(\[{<]([^()\[\]{}<>]*)[)\]}>]")
_WORD_BEFORE = re.compile(r"[A-Za-z_][\w.]*\s*(?=[(\[{])")
_NEXT_NAME = re.compile(r"[\s,;|]+(?=[^\W\d])")
_EDGES = " \t\r\n,;|"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """One way to read a line.

    Attributes
    ----------
    numbers
        NaN where the line says that there is none.
    mark
        The decimal mark that this takes for granted, ``.`` or ``,``; nothing where no number has one.
    proven
        Whether one of the marks can be no mark of thousands.
    fields
        The values as they are written.
    """

    numbers: tuple[float, ...]
    mark: str = ""
    proven: bool = False
    fields: tuple[str, ...] = field(default=(), compare=False)


def simple(line: str, counts: Sequence[int] = (4,)) -> Reading | None:
    """Returns the reading of a line of four or eight numbers as programs write them, which has no other;
    quickly, for there are millions of them.
    """
    for count in counts:
        if found := _SIMPLE[count].fullmatch(line):
            break
    else:
        return None
    first, _, *others = found.groups()
    try:
        return Reading(numbers=tuple(map(float, (first, *others))), mark="." if "." in line else "")
    except ValueError:
        return None


def readings(line: str, counts: Sequence[int], wanted: Iterable[int] | None = None) -> list[Reading]:
    """Returns the ways to read a line with so many values, each once.

    Parameters
    ----------
    wanted
        Which of the values must be numbers; the others become NaN. All without it.

    Raises
    ------
    InputError
        Where it is two points, which may be two corners.
    """
    found = [
        reading
        for text in spaced(_UNIT.sub("", _NAN.sub("nan", plain(line))))
        for fields in dict.fromkeys(map(tuple, _ways(text)))
        if len(fields) in counts
        for reading in read_fields(fields, wanted)
    ]
    return list(dict.fromkeys(found))


def read_fields(fields: Sequence[str], wanted: Iterable[int] | None = None) -> list[Reading]:
    """Returns the readings of values that are apart already: with the decimal point, and with the comma."""
    places = range(len(fields)) if wanted is None else list(wanted)
    found = []
    for mark in ".,":
        values = {place: _number(fields[place], mark) for place in places}
        known = [value for value in values.values() if value is not None]
        if len(known) < len(places):
            continue
        marked = any(value.marked for value in known)
        proven = any(value.proven for value in known)
        numbers = tuple(
            value.number if (value := values.get(place)) else math.nan for place in range(len(fields))
        )
        found.append(
            Reading(numbers=numbers, mark=mark if marked else "", proven=proven, fields=tuple(fields))
        )
    return found[:1] if found and not found[0].mark else found


def settled(rows: Sequence[tuple[str, str, Sequence[Reading]]]) -> list[Reading]:
    """Returns one reading for each line of a file, all with the same decimal mark.

    Parameters
    ----------
    rows
        Of each line what to call it in messages, its text, and its readings, of which there is one or more.

    Raises
    ------
    InputError
        Where two readings suit, or where lines have different decimal marks.
    """
    point, comma = ([_with(mark, found) for _, _, found in rows] for mark in ".,")
    suits = {".": all(point), ",": all(comma) and any(one.proven for found in comma for one in found)}
    if not any(suits.values()):
        there = next(where for (where, _, _), found in zip(rows, point, strict=True) if not found)
        here = next((where for (where, _, _), found in zip(rows, comma, strict=True) if not found), there)
        raise InputError(
            f"{there}: has decimals with a comma, where {here} has them with a point; write them with a point"
        )
    chosen = point if suits["."] else comma
    lengths = {len(found[0].numbers) for found in chosen if not all(map(math.isnan, found[0].numbers))}
    for (where, line, _), found, other in zip(rows, chosen, comma, strict=True):
        # Beside boxes, what may be a box is not surely a polygon.
        rivals = [one for one in other if len(one.numbers) != len(found[0].numbers) and one.proven]
        rivals = other if all(suits.values()) else rivals if len(lengths) > 1 else []
        both = {one.numbers for one in [*found, *rivals]}
        if len({repr(numbers) for numbers in both}) > 1:
            raise InputError(f"{where}: {_two_ways(line, both)}" if where else _two_ways(line, both))
    return [found[0] for found in chosen]


def parse_numbers(line: str, counts: Sequence[int], what: str) -> list[float]:
    """Reads the numbers of one line.

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
    # A box in one reading and a polygon in the other: either may be meant, whatever is accepted here.
    (reading,) = settled([("", line, known(line, what, counts))])
    return list(reading.numbers)


def known(line: str, what: str, counts: Sequence[int]) -> list[Reading]:
    """Returns the readings of a line as a box or polygon, of which one at least is among ``counts``.

    Raises
    ------
    InputError
        Saying what the line must be.
    """
    if _NOTHING.fullmatch(plain(line).strip(_EDGES)):
        return [Reading(numbers=(math.nan,) * COUNTS[0])]
    found = readings(line, COUNTS)
    if any(len(one.numbers) in counts for one in found):
        return found
    if found and len({len(one.numbers) for one in found}) == 1:
        raise InputError(
            f"must be {what}, not 8 numbers, which are a polygon as --dataset vot takes it, or have decimal "
            "commas, which must be points"
        )
    raise InputError(f"must be {what} separated by {SEPARATORS}, not {shown(line)}{_counted(line)}")


def labelled(line: str) -> tuple[list[str], list[str]] | None:
    """Returns the names and values of a line such as ``x=20, y=40, w=30, h=40``; None if it is none."""
    text = _opened(_UNIT.sub("", plain(line)).replace('"', " ").replace("'", " "))[0].strip(_EDGES)
    parts = [re.split(r"\s*[=:]\s*", part) for part in _NEXT_NAME.split(text)]
    if len(parts) < 2 or any(len(part) != 2 for part in parts):
        return None
    return [name for name, _ in parts], [value.strip(_EDGES) for _, value in parts]


def is_empty(line: str) -> bool:
    """Whether a line holds nothing but separators and quotes: an empty row of a table."""
    return not plain(line).strip(_EDGES + "\"'" + TIED_SPACES)


def shown(line: str) -> str:
    """Returns a line as messages quote it."""
    return repr(line.strip()[:60])


@dataclass(frozen=True, slots=True)
class _Value:
    number: float
    marked: bool = False
    proven: bool = False


def _number(text: str, mark: str) -> _Value | None:
    """Reads a number with that decimal mark; the other one may stand between thousands."""
    text = text.strip()
    if _WHOLE.fullmatch(text):
        return _Value(float(text))
    if mark == ",":
        text = text.translate({ord("."): ",", ord(","): "."})
    if _DECIMAL.fullmatch(text):
        return _Value(float(text), "." in text, "." in text)
    if _GROUPED.fullmatch(text):
        return _Value(float(text.replace(",", "")), True, "." in text or text.count(",") > 1)
    if _NOTHING.fullmatch(text):
        return _Value(math.nan)
    return _Value(float(text)) if _INFINITE.fullmatch(text) else None


def _ways(text: str) -> list[list[str]]:
    """The ways to take a line apart."""
    text = text.replace('="', '"').replace("'", '"').strip()
    if text.count('"') == 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if '"' in text:
        return [[quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|([^\s,;|"]+)', text)]]
    text, points = _opened(text)
    inside = text.strip(_EDGES) if text.lstrip().startswith("|") else text.strip().rstrip(_EDGES)
    every = re.split(r"\s*[,;|]\s*|\s+", inside)
    if points and len(every) == 4:
        raise InputError(
            f"is two points, which may be two corners: {shown(text)}; must be four numbers x,y,w,h"
        )
    # Values that are text may have spaces in them, and the last ones may be empty.
    hard = [
        [value.strip() for value in one.split(mark)]
        for one in dict.fromkeys((inside, text.strip(" \r\n")))
        for mark in "\t;|,"
        if mark in one
    ]
    if points or "," not in inside:
        return [every, *hard]
    groups = re.split(r"\s*;\s*|\s*\|\s*|\s*,\s+|\s+", inside)
    # Commas before spaces separate. Where some have no space behind them, these may be decimal ones or not.
    uneven = re.search(r",\s", inside) and not all("," in group for group in groups)
    return [every, *hard] if uneven else [every, groups, *hard]


def _opened(text: str) -> tuple[str, bool]:
    """Returns a text without its brackets, and whether these hold points of two numbers each."""
    text = _WORD_BEFORE.sub("", text)
    open_: list[str] = []
    for sign in text:
        if sign in _OPENING:
            open_.append(sign)
        elif sign in _CLOSING and (not open_ or _OPENING.index(open_.pop()) != _CLOSING.index(sign)):
            return text, False
    if open_:
        return text, False
    inner = [re.split(r"[\s,;]+", part.strip(_EDGES)) for part in _INNERMOST.findall(text)]
    points = len(inner) > 1 and all(len(part) == 2 for part in inner)
    if len(inner) > 1 and not points and any(len(part) > 1 for part in inner):
        raise InputError(f"holds several boxes, {shown(text)}; must be one a line")
    return re.sub(r"[()\[\]{}<>]", " ", text), points


def _with(mark: str, found: Sequence[Reading]) -> list[Reading]:
    """The readings that suit a file with that decimal mark; of a comma's those that need it, if any."""
    suited = [one for one in found if one.mark in ("", mark)]
    if mark == ",":
        suited = [one for one in suited if one.mark] or suited
    return suited


def _two_ways(line: str, both: Iterable[tuple[float, ...]]) -> str:
    same = len({len(numbers) for numbers in both}) == 1
    how = "with marks of thousands or of decimals" if same else "with commas between numbers or in them"
    remedy = "" if same else ", or name the columns in a first line"
    return f"can be read in two ways, {how}: {shown(line)}; write decimals with a point{remedy}"


def _counted(line: str) -> str:
    """Says what helps where the line is numbers, but too many."""
    for count in range(5, 17):
        if readings(line, (count,)):
            return (
                f", which has {count} numbers; a first line that names the columns, such as "
                "frame,id,x,y,w,h, says what they are, and decimals must have a point"
            )
    return ""
