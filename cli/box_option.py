"""``--box``: four numbers, in the ways in which people write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from siammixer.ir.errors import InputError

if TYPE_CHECKING:
    from siammixer.tracking.box import Box

BOX = "--box"
NUMBERS = 4

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_PART = re.compile(rf"[(\[]?\s*{_NUMBER}(?:[\s,;]+{_NUMBER})*[\s,;]*[)\]]?")


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
        while left and _goes_on(parts) and _PART.fullmatch(left[0]):
            parts.append(left.pop(0))
        if parts:
            result[-1] = f"{BOX}={' '.join(parts)}"
    return result


def _goes_on(parts: list[str]) -> bool:
    """Whether the next argument may be a number of the box: after numbers one by one, or after a comma."""
    counts = [len(re.findall(_NUMBER, part)) for part in parts]
    if not parts or parts[-1].rstrip().endswith((",", ";")):
        return sum(counts) < NUMBERS
    return sum(counts) < NUMBERS and set(counts) == {1}


def parse_box(text: str) -> Box:
    """Returns the box that ``x,y,w,h`` names, in pixels of the first frame; separators and brackets are those
    that people use.

    Raises
    ------
    InputError
        Where it is not four numbers.
    """
    from siammixer.tracking.box import Box
    from siammixer.tracking.text import parse_numbers

    inside = text.strip().removeprefix("(").removeprefix("[").removesuffix(")").removesuffix("]")
    try:
        return Box(*parse_numbers(inside, (NUMBERS,), "four numbers"))
    except InputError:
        raise InputError(
            f"{BOX} must be four numbers x,y,w,h in pixels, not {text!r}; such as {BOX} 120,80,40,90"
        ) from None
