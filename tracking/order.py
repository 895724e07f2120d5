"""The order of frames, out of the names of their files: by the numbers in them, so that 10 follows 9.

Names that can be read in two ways are refused, and a reading that is not the only one is told.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from siammixer.ir.errors import InputError
from siammixer.tracking.text import composed

REMEDY = "rename them, with numbers of one length in one place, such as 0001.jpg"

_DIGITS = re.compile(r"[0-9]+")
_FRACTION = re.compile(r"(?<![.#])#\.#(?![.#])")
_HEXADECIMAL = re.compile(r"[0-9a-f]+")


def frame_number(name: str) -> int:
    """Returns the last number in an image's name before its suffix, -1 without one."""
    numbers = _DIGITS.findall(os.path.splitext(name)[0])
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
    kinds: dict[str, list[str]] = {}
    for name, stem in stems.items():
        kinds.setdefault(_DIGITS.sub("#", stem), []).append(name)
    kind = next(iter(kinds))
    if len(kinds) == 1:
        return _by_numbers(kind, {name: _DIGITS.findall(stem) for name, stem in stems.items()})
    if not any("#" in kind for kind in kinds):
        ordered = _distinct(names, {name: (stem,) for name, stem in stems.items()})
        return _Order(names=ordered, note=_by("the alphabet, for no name has a number", ordered))
    values = _hexadecimal(stems)
    if values is None:
        raise InputError(_several(kinds))
    ordered = _distinct(names, values)
    return _Order(names=ordered, note=_by("the hexadecimal number in their names", ordered))


def _stem(name: str) -> str:
    """Returns what of a name counts; names beyond ASCII are written in two ways that look the same."""
    return composed(os.path.splitext(name)[0]).casefold()


def _by_numbers(kind: str, numbers: dict[str, list[str]]) -> _Order:
    whole = {name: tuple(map(int, found)) for name, found in numbers.items()}
    ordered = _distinct(list(numbers), whole)
    fractions = [kind[: match.end()].count("#") - 1 for match in _FRACTION.finditer(kind)]
    for place in fractions:
        width = max(len(found[place]) for found in numbers.values())
        decimal = {
            name: (*key[:place], int(numbers[name][place].ljust(width, "0")), *key[place + 1 :])
            for name, key in whole.items()
        }
        for one, other in pairwise(ordered):
            if decimal[one] >= decimal[other]:
                raise InputError(
                    f"the order of {one} and {other} cannot be told: it is one with whole numbers on both "
                    f"sides of the point, and the other with decimals; {REMEDY}"
                )
    columns = zip(*whole.values(), strict=True)
    changing = [place for place, column in enumerate(columns) if len(set(column)) > 1]
    several = len([place for place in changing if place not in fractions or place - 1 not in changing]) > 1
    note = _by("all numbers in their names, the left one first", ordered) if several else ""
    return _Order(names=ordered, note=note)


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
    ends = {name: stem[start:] for name, stem in stems.items()}
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
