"""``--box``: four numbers, in the ways in which people write them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from siammixer.ir.errors import InputError
from siammixer.tracking.numbers import labelled, parse_numbers, read_fields
from siammixer.tracking.signs import plain

if TYPE_CHECKING:
    from siammixer.tracking.box import Box

BOX = "--box"
NUMBERS = 4

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?:px)?"
_PART = re.compile(rf"[(\[]?\s*{_NUMBER}(?:[\s,;]+{_NUMBER})*[\s,;]*[)\]]?")
_NAMED = re.compile(rf"[A-Za-z]\w*\s*[=:]\s*{_NUMBER}[\s,;]*")
_GEOMETRY = re.compile(r"(\d+)[xX](\d+)([-+]\d+)([-+]\d+)")


def joined(arguments: Sequence[str]) -> list[str]:
    """Returns the arguments of a command with the numbers after ``--box`` in one, joined to it.

    argparse takes what begins with - for an option, and one value for an option: ``--box -5,2,30,40`` and
    ``--box 306 5 95 65`` become ``--box=-5,2,30,40`` and ``--box=306 5 95 65``. What is no number ends it.
    """
    result: list[str] = []
    left = list(arguments)
    while left:
        result.append(left.pop(0))
        if result[-1] == "--":
            return result + left
        option, _, first = result[-1].partition("=")
        if option != BOX:
            continue
        parts = [first] if first else []
        while left and _goes_on(parts, left):
            parts.append(left.pop(0))
        if parts:
            result[-1] = f"{BOX}={' '.join(parts)}"
    return result


def _goes_on(parts: list[str], left: list[str]) -> bool:
    """Whether the next argument is of the box too. A number alone behind several may be a camera's."""
    count, following = _count(left[0]), _count(left[1]) if left[1:] else 0
    if not parts:
        return count > 0
    counts = [_count(part) for part in parts]
    if not count or sum(counts) + count > NUMBERS:
        return False
    alone = set(counts) == {1} or counts[1:][-1:] == [1] or parts[-1].rstrip().endswith((",", ";"))
    return alone or count > 1 or 0 < following <= NUMBERS - sum(counts) - count


def _count(word: str) -> int:
    """Returns how many numbers an argument consists of; 0 where it is something else."""
    word = plain(word)
    if _NAMED.fullmatch(word):
        return 1
    return len(re.findall(_NUMBER, word)) if _PART.fullmatch(word) else 0


def parse_box(text: str) -> Box:
    """Returns the box that ``x,y,w,h`` names, in pixels of the first frame; separators, brackets, signs and
    digits are those that people use. Names beside the numbers are followed, such as ``x=20,y=40,w=30,h=40``,
    and so is the geometry ``30x40+20+40``.

    Raises
    ------
    InputError
        Where it is not four numbers, with what helps.
    """
    from siammixer.tracking.box import Box

    try:
        box = Box(*_numbers(text))
        if all(map(math.isnan, box)):
            raise InputError("are no numbers")
        if max(box) <= 1 and min(box) >= 0 and 0 < max(box.width, box.height) < 1:
            raise InputError("are shares of the picture")
        return box
    except InputError:
        raise InputError(
            f"{BOX} must be four numbers x,y,w,h in pixels, not {text!r}{_hint(text)}; such as {BOX} "
            "120,80,40,90"
        ) from None


def _numbers(text: str) -> Sequence[float]:
    if geometry := _GEOMETRY.fullmatch(plain(text).strip()):
        width, height, x, y = map(float, geometry.groups())
        return x, y, width, height
    named = labelled(text)
    if named is None:
        return parse_numbers(text, (NUMBERS,), "four numbers")
    from siammixer.tracking.columns import columns_of

    columns = columns_of(named[0])
    found = read_fields(named[1])
    if len(found) != 1 or len(columns.names) != NUMBERS:
        raise InputError("must be four numbers with their names")
    return columns.region(found[0].numbers)


def _hint(text: str) -> str:
    """Says what may be meant by a text that is no box, and how to write it."""
    text = plain(text)
    words = re.findall(r"[A-Za-z]+", re.sub("(?i)px|pixels?", "", text))
    numbers = re.findall(r"\d+(?:[.,]\d+)?", text)
    if "%" in text or (numbers and all(re.fullmatch(r"0?[.,]\d+|[01](?:[.,]0+)?", one) for one in numbers)):
        return " (shares of the picture must be made pixels)"
    if labelled(text) or re.search(r"[A-Za-z]\s*=", text):
        return " (with names: x=120,y=80,w=40,h=90, or the corners xmin,ymin,xmax,ymax)"
    if re.search(r"\d\s*[:xX/]\s*\d", text):
        return " (commas must separate, and the order be x,y,w,h: others write w:h:x:y or WxH)"
    if not words and len(re.findall(r"\d+", text)) == 2 * NUMBERS:
        return (
            " (decimals must have a point, not a comma; of a polygon of four corners the upright box around "
            "it must be given)"
        )
    if not words and re.search(r"[)\]]\s*[,;]?\s*[(\[]", text):
        return " (of two corners x1,y1 and x2,y2 the box is x1,y1,x2-x1,y2-y1)"
    if re.search(r"\d,\d", text) and re.search(r"[;\s]", text.strip()):
        return " (decimals must have a point, not a comma)"
    return ""
