"""The order of frames, out of the names of their files: by the numbers in them, so that 10 follows 9.

Names that can be read in two ways are refused, and a reading that is not the only one is told.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from siammixer.ir.errors import InputError
from siammixer.tracking.stamps import dated, has_clock, reals, stem

REMEDY = "rename them, with numbers of one length in one place, such as 0001.jpg"

_DIGITS = re.compile(r"[0-9]+")
_FRACTION = re.compile(r"(?<![.,#])#[.,]#(?![.,#])")
_EXPONENT_OR_SIGN = re.compile(r"(?:(?<![0-9a-z])|(?<=\bt))[-\u2212]\d|\de[-+]\d")
_HEXADECIMAL = re.compile(r"[0-9a-f]+")


def frame_number(name: str) -> int:
    """Returns the last number in an image's name before its suffix, -1 without one."""
    numbers = _DIGITS.findall(_stem(name))
    return int(numbers[-1]) if numbers else -1


def in_order(names: Sequence[str]) -> list[str]:
    """Returns the names of images in the order of time.

    Names that differ in numbers alone go by all of these, the left one first; names without any number by
    the alphabet; consecutive hexadecimal numbers by their value. Letters count alike in both cases, and the
    suffix does not count.

    Raises
    ------
    InputError
        Where two names have the same place, where names are of several kinds, or where a number with a
        point, such as 1.10 and 1.9, is smaller or larger as it is read.
    """
    return list(_read(names).names)


def order_note(names: Sequence[str]) -> str:
    """Returns what a user should know of the order that :func:`in_order` gives; nothing where it is plain."""
    return _read(names).note


@dataclass(frozen=True, kw_only=True)
class _Order:
    names: tuple[str, ...]
    note: str = ""


def _read(names: Sequence[str]) -> _Order:
    if len(names) < 2:
        return _Order(names=tuple(names))
    stems = {name: _stem(name) for name in names}
    if dates := dated(stems):
        return _by_dates(dates)
    kinds: dict[str, list[str]] = {}
    for name, text in stems.items():
        kinds.setdefault(_DIGITS.sub("#", text), []).append(name)
    if len(kinds) > 1 or any(_EXPONENT_OR_SIGN.search(text) for text in stems.values()):
        order = _by_reals(stems)
        if order is not None:
            return order
    if len(kinds) == 1:
        order = _by_numbers(stems)
        if order.note or not any(map(has_clock, names)):
            return order
        # Frames of a night are of two days.
        return _Order(names=order.names, note=_by("the time of day in their names", order.names))
    if not any("#" in kind for kind in kinds):
        ordered = _distinct(names, {name: (text,) for name, text in stems.items()})
        return _Order(names=ordered, note=_by("the alphabet, for no name has a number", ordered))
    values = _hexadecimal(stems)
    if values is None:
        raise InputError(_several(kinds))
    ordered = _distinct(names, values)
    return _Order(names=ordered, note=_by("the hexadecimal number in their names", ordered))


def _stem(name: str) -> str:
    return stem(os.path.splitext(name)[0])


def _by_dates(readings: Mapping[str, dict[str, str]]) -> _Order:
    """Returns the order of names with dates, which is refused where day and month may be exchanged."""
    orders = {first: _read_dated(stems) for first, stems in readings.items()}
    one, *others = orders.values()
    for other in others:
        for here, there in zip(one, other, strict=True):
            if here != there:
                raise InputError(
                    f"the order of {here} and {there} cannot be told: the day or the month may be first in "
                    f"their dates; {REMEDY}"
                )
    first = " or ".join(orders)
    return _Order(names=one, note=_by(f"the dates in their names, {first} first", one))


def _read_dated(stems: dict[str, str]) -> tuple[str, ...]:
    if len({_DIGITS.sub("#", text) for text in stems.values()}) > 1:
        raise InputError(
            f"the names of the images have dates, and are else of several kinds, such as {min(stems)} and "
            f"{max(stems)}; leave one kind there, or {REMEDY}"
        )
    return _by_numbers(stems).names


def _by_reals(stems: dict[str, str]) -> _Order | None:
    """Returns the order by numbers with signs, decimals and exponents, where nothing else differs."""
    found = reals(stems)
    if found is None:
        return None
    ordered = _distinct(list(stems), found.values)
    for other in found.others:
        for one, next_ in pairwise(ordered):
            if other[one] >= other[next_]:
                raise InputError(
                    f"the order of {one} and {next_} cannot be told: their numbers may have signs, decimals, "
                    f"thousands or hyphens; {REMEDY}"
                )
    return _Order(names=ordered, note=_by("the signed or decimal numbers in their names", ordered))


def _by_numbers(stems: dict[str, str]) -> _Order:
    """Returns the order of names that differ in numbers alone."""
    kind = _DIGITS.sub("#", next(iter(stems.values())))
    numbers = {name: _DIGITS.findall(text) for name, text in stems.items()}
    whole = {name: tuple(map(int, found)) for name, found in numbers.items()}
    fractions = [kind[: match.end()].count("#") - 1 for match in _FRACTION.finditer(kind)]
    decimal = _decimal(numbers, fractions)
    if any(_is_padded([found[place] for found in numbers.values()]) for place in fractions):
        ordered = _distinct(list(numbers), decimal)
        return _Order(names=ordered, note=_by("the decimal numbers in their names", ordered))
    ordered = _distinct(list(numbers), whole)
    for one, other in pairwise(ordered):
        if decimal[one] >= decimal[other]:
            raise InputError(
                f"the order of {one} and {other} cannot be told: it is one with whole numbers on both "
                f"sides of the point, and the other with decimals; {REMEDY}"
            )
    columns = list(zip(*whole.values(), strict=True))
    changing = [place for place, column in enumerate(columns) if len(set(column)) > 1]
    plain = [place for place in fractions if place - 1 in changing and not _is_date(columns, place)]
    several = len([place for place in changing if place not in plain]) > 1
    note = _by("all numbers in their names, the left one first", ordered) if several else ""
    return _Order(names=ordered, note=note)


def _decimal(numbers: dict[str, list[str]], fractions: list[int]) -> dict[str, tuple[int, ...]]:
    """Returns the numbers of names, those behind a point as fractions of one length."""
    width = {place: max(len(found[place]) for found in numbers.values()) for place in fractions}
    return {
        name: tuple(int(one.ljust(width.get(place, 0), "0")) for place, one in enumerate(found))
        for name, found in numbers.items()
    }


def _is_padded(column: Sequence[str]) -> bool:
    """Whether numbers behind a point can be no whole ones: some begin with a zero and not all are as long."""
    return len({len(one) for one in column}) > 1 and any(len(one) > 1 and one[0] == "0" for one in column)


def _is_date(columns: Sequence[Sequence[int]], place: int) -> bool:
    """Whether a number with a point may be day and month."""
    whole, fraction = columns[place - 1], columns[place]
    return all(
        1 <= one <= 31 and 1 <= other <= 31 and min(one, other) <= 12
        for one, other in zip(whole, fraction, strict=True)
    )


def _distinct(names: Sequence[str], keys: dict[str, tuple]) -> tuple[str, ...]:
    """Returns the names by their keys, of which no two may be equal."""
    ordered = sorted(names, key=keys.__getitem__)
    for one, other in pairwise(ordered):
        if keys[one] == keys[other]:
            raise InputError(
                f"{min(one, other)} and {max(one, other)} have the same place in the order of frames; leave "
                "one of them in the folder"
            )
    return tuple(ordered)


def _hexadecimal(stems: dict[str, str]) -> dict[str, tuple[int]] | None:
    """Returns the hexadecimal numbers that end the stems, where these are consecutive and else the same."""
    common = os.path.commonprefix(list(stems.values()))
    start = len(common.rstrip("0123456789abcdef"))
    ends = {name: text[start:] for name, text in stems.items()}
    if not all(_HEXADECIMAL.fullmatch(end) for end in ends.values()):
        return None
    values = {name: (int(end, 16),) for name, end in ends.items()}
    found = {value for (value,) in values.values()}
    return values if max(found) - min(found) + 1 == len(found) else None


def _by(what: str, ordered: Sequence[str]) -> str:
    return f"the frames go by {what}, from {ordered[0]} to {ordered[-1]}"


def _several(kinds: dict[str, list[str]]) -> str:
    counted = sorted(kinds.values(), key=len, reverse=True)
    shown = " and ".join(f"{len(names):,} like {min(names)}" for names in counted[:3])
    more = f" and {len(counted) - 3:,} kinds more" if len(counted) > 3 else ""
    return (
        f"the names of the images are of several kinds, {shown}{more}, whose order cannot be told; leave one "
        f"kind there, or {REMEDY}"
    )
