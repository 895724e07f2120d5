"""Dates, times and signed or decimal numbers in the names of frames, so that they can be compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from siammixer.ir.errors import InputError

# Decimal points of Arabic and, raised, of English print.
_POINTS = dict.fromkeys(map(ord, "\u066b\u00b7\u2219\u30fb"), ".")

_YEAR = r"((?:19|20)\d\d)"
_YEAR_LAST = re.compile(rf"(?<!\d)(\d{{1,2}})([-._ /])(\d{{1,2}})\2{_YEAR}(?!\d)")
_CLOCK = r"(?:[01]\d|2[0-3])(?:[0-5]\d){1,2}"
_YEAR_LAST_CLOSE = re.compile(rf"(?<!\d)(\d\d)()(\d\d){_YEAR}(?=(?:{_CLOCK})?(?!\d))")
_YEAR_FIRST = re.compile(rf"(?<!\d){_YEAR}([-._ /]?)(\d\d?)\2(\d\d?)(?!\d)")

# A date is passed over, for its day is no hour.
_LATIN_CLOCK = re.compile(
    r"(?P<date>(?<!\d)(?:\d{4}([-._ /])\d\d?\2\d\d?|\d\d?([-._ /])\d\d?\3\d{4})(?!\d))"
    r"|(?<!\d)(?P<hour>\d\d?)(?P<rest>(?:([-.:_ ]?)[0-5]\d(?:\6[0-5]\d(?:[.,]\d+)?)?)?)"
    r"[\s_-]?(?P<half>[ap])\.?\s?m(?![a-z])\.?"
)
_OTHER_CLOCK = re.compile("(上午|下午|午前|午後|오전|오후)[\\s_-]?(\\d{1,2})(?!\\d)")
_AFTERNOON = ("p", "下午", "午後", "오후")

_REAL = re.compile(
    r"(?<![0-9.,])(?<![0-9a-z]-)(?:(?:(?<![0-9a-z])|(?<=\bt))[-+\u2212])?\d+(?:[.,]\d+)?(?:e[-+]?\d+)?(?![.,]?\d)"
)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


def stem(name: str) -> str:
    """Returns what of a name without its suffix counts: letters of both cases and both ways to write accents
    are one, digits of any script are those of ASCII, and hours count to 24.
    """
    text = unicodedata.normalize("NFKC", name).casefold().translate(_POINTS)
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)
    text = _LATIN_CLOCK.sub(
        lambda found: found["date"] or _hour(found["hour"], found["half"]) + found["rest"], text
    )
    return _OTHER_CLOCK.sub(lambda found: _hour(found[2], found[1]), text)


def has_clock(name: str) -> bool:
    """Whether a name has an hour of twelve, which :func:`stem` makes one of 24."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return any(found["half"] for found in _LATIN_CLOCK.finditer(text)) or bool(_OTHER_CLOCK.search(text))


def _hour(hour: str, half: str) -> str:
    """Returns the hour of twelve as one of 24; with its half where it is none."""
    if not 1 <= int(hour) <= 12:
        return hour + half
    return f"{int(hour) % 12 + 12 * (half in _AFTERNOON):02d}"


def dated(stems: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Returns the stems of names with their dates written as year, month and day, in each reading of the
    dates, by what these have first: one, or two where day and month may be exchanged. Nothing is returned
    where not all have a date, where it is written so, or where it is the same.
    """
    for pattern in (_YEAR_LAST, _YEAR_LAST_CLOSE):
        found = {name: pattern.search(text) for name, text in stems.items()}
        if all(found.values()):
            ways = {"the day": (1, 3), "the month": (3, 1)}
            break
    else:
        found = {name: _YEAR_FIRST.search(text) for name, text in stems.items()}
        ways = {"the year and the day": (3, 4)}
        # Where it is year, month and day, nothing is to be done.
        if not all(found.values()) or all(int(one[3]) <= 12 for one in found.values() if one):
            return {}
    dates = {name: one for name, one in found.items() if one is not None}
    if len({one.group() for one in dates.values()}) == 1:
        return {}
    readings = {}
    for first, (day, month) in ways.items():
        if all(1 <= int(one[day]) <= 31 and 1 <= int(one[month]) <= 12 for one in dates.values()):
            year = 1 if first.startswith("the year") else 4
            readings[first] = {
                name: f"{text[: one.start()]}{one[year]}-{int(one[month]):02d}-{int(one[day]):02d}"
                f"{text[one.end() :]}"
                for name, text in stems.items()
                if (one := dates[name])
            }
    return readings


@dataclass(frozen=True, kw_only=True)
class Reals:
    """Names that are alike but for numbers with a sign, decimals or an exponent.

    Attributes
    ----------
    values
        These numbers of each name.
    others
        What else they may be: the numbers without a sign, those around the point as whole ones, and those
        with marks of thousands.
    """

    values: dict[str, tuple[float, ...]]
    others: tuple[dict[str, tuple], ...]


def reals(stems: Mapping[str, str]) -> Reals | None:
    """Returns the numbers of names that have nothing else that differs; None where they do not."""
    kinds = {_REAL.sub("#", text) for text in stems.values()}
    if len(kinds) != 1 or re.search(r"\d", kinds.pop()):
        return None
    found = {name: _REAL.findall(text) for name, text in stems.items()}
    whole = {name: tuple(_whole(token) for token in tokens) for name, tokens in found.items()}
    every = [token for tokens in found.values() for token in tokens]
    behind = [re.split("[.,e]", token)[1] for token in every if re.search("[.,]", token)]
    padded = len({len(one) for one in behind}) > 1 and any(one[0] == "0" and one.strip("0") for one in behind)
    others: list[dict[str, tuple]] = [] if padded else [whole]
    if all(_THOUSANDS.fullmatch(token) for token in every if re.search("[.,]", token)):
        others.append(
            {
                name: tuple(float(re.sub("[.,]", "", token.replace("\u2212", "-"))) for token in tokens)
                for name, tokens in found.items()
            }
        )
    columns = list(zip(*found.values(), strict=True))
    # A minus that all have may be a hyphen; one that some have is none.
    hyphens = [len(set(column)) > 1 and all(one[0] == "-" for one in column) for column in columns]
    if any(hyphens):
        others.append(
            {
                name: tuple(
                    -_real(one) if hyphen else _real(one) for one, hyphen in zip(row, hyphens, strict=True)
                )
                for name, row in found.items()
            }
        )
    values = {name: tuple(map(_real, tokens)) for name, tokens in found.items()}
    return Reals(values=values, others=tuple(others))


def _real(token: str) -> float:
    try:
        return float(token.replace("\u2212", "-").replace(",", "."))
    except (ValueError, OverflowError):
        raise InputError(f"{token} is no number") from None


def _whole(token: str) -> tuple:
    """The number before the point, and that behind it as a whole one; their sign for both."""
    token = token.replace("\u2212", "-")
    sign = -1 if token.startswith("-") else 1
    if "e" in token:
        return (_real(token), 0)
    before, _, behind = re.sub("[.,]", " ", token.lstrip("+-")).partition(" ")
    return (sign * int(before), sign * int(behind or 0))
