"""Files of boxes: one a line, the first frame's first."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.ir.words import counted
from siammixer.tracking.box import LIMIT, Box
from siammixer.tracking.numbers import parse_numbers
from siammixer.tracking.rows import BOX, REGION, Row, read_rows
from siammixer.tracking.text import read_lines

BOX_FILE = "groundtruth_rect.txt"
OTHER_BOX_FILE = "groundtruth.txt"
"""The name that other benchmarks give it."""
HOLDS = "the target's x,y,w,h per line"

# Of four pairs, in which a comma may be of decimals and a point of thousands.
_WHOLE_POLYGON = re.compile(r"(?:\d+(?:\.\d{3})*,\d+(?:,|$)){4}")


def find_box_file(folder: Path) -> Path:
    """Returns the file of boxes in a folder, by the name that it has there; the usual one where there is
    none.
    """
    usual, other = folder / BOX_FILE, folder / OTHER_BOX_FILE
    return other if other.is_file() and not usual.is_file() else usual


def read_boxes(
    path: Path, size: tuple[int, int] | None = None, *, frames: int, regions: bool = False
) -> list[Box | None]:
    """Reads the boxes of a text file with x,y,w,h per line, None where NaN, empty or without area.

    Lines of comment are passed over. A first line that names the columns is followed: corners and centres
    become boxes, and with a column of frames each row counts for its own. An empty line says that the frame
    has no box where every frame has a line, and nothing where every frame has another one.

    Parameters
    ----------
    size
        Width and height of the first frame, where known: the first box must lie in it.
    frames
        How many there are; at most that many lines are accepted.
    regions
        Whether a line may also hold the eight numbers of a polygon, as :func:`region_box` takes it.

    Raises
    ------
    InputError
        Naming the file, the line, and what is accepted.
    """
    lines = read_lines(path, HOLDS, numbers=True)
    try:
        rows = _counting(read_rows(lines, regions=regions), frames)
        boxes = [_box(row, size if place == 0 else None, first=place == 0) for place, row in enumerate(rows)]
    except InputError as error:
        raise InputError(f"{path}, {error}") from None
    if not boxes:
        raise InputError(
            f"{path}: holds no box; the first line must be x,y,w,h of the target in the first frame"
        )
    if len(boxes) > frames:
        raise InputError(
            f"{path}: has {counted(len(boxes), 'box')} for {counted(frames, 'frame')}; at most one line a "
            "frame is accepted"
        )
    return boxes


def _counting(rows: list[Row], frames: int) -> list[Row]:
    """Returns a row for every frame from the first on."""
    filled = [row for row in rows if row.numbers]
    if filled and filled[0].frame is not None:
        return _by_frame(filled, frames)
    return filled if len(filled) >= frames or not filled else rows


def _by_frame(rows: list[Row], frames: int) -> list[Row]:
    """Puts rows in the places of their frames, which count from 0 or 1; places between stay empty."""
    numbered = sorted(((row.frame or 0.0, row) for row in rows), key=lambda pair: pair[0])
    for number, row in numbered:
        if not number.is_integer():
            raise InputError(f"{row.where}: the frame must be a whole number, not {number:g}")
    first, row = numbered[0]
    if first not in (0, 1):
        raise InputError(
            f"{row.where}: the first frame must be 0 or 1, for the target's box there, not {first:g}"
        )
    for (number, _), (following, row) in pairwise(numbered):
        if number == following:
            raise InputError(f"{row.where}: frame {number:g} has a second box; a file must hold one target")
    last, row = numbered[-1]
    if last - first >= frames:
        raise InputError(
            f"{row.where}: frame {last:g} is not there; the sequence has {counted(frames, 'frame')}, counted "
            f"from {first:g}"
        )
    placed = {int(number - first): row for number, row in numbered}
    return [placed.get(place, Row(line=0, text="")) for place in range(int(last - first) + 1)]


def _box(row: Row, size: tuple[int, int] | None, *, first: bool) -> Box | None:
    """Returns the box of a row; the first one must be one that can be tracked."""
    try:
        if not row.numbers:
            if first:
                raise InputError("is empty; nan,nan,nan,nan says that the target is out of sight")
            return None
        box = _region(row.text, row.numbers)
        if first and max(box) <= 1 and min(box) >= 0 and 0 < max(box.width, box.height) < 1:
            raise InputError("has shares of the picture; must be x,y,w,h in pixels")
        # Without a size nothing is known to lie beyond the right and bottom edge.
        return box.check(*(size or (math.inf, math.inf))) if first else _seen(box)
    except InputError as error:
        raise InputError(f"{row.where}: {error}") from None


def _seen(box: Box) -> Box | None:
    """Returns the box, or None if it says that the target is out of sight."""
    if not (box.width > 0 and box.height > 0 and box.x == box.x and box.y == box.y):
        return None
    if max(map(abs, box)) > LIMIT:
        raise InputError(
            f"numbers of a box must be finite and within +-{LIMIT:,} pixels, not {max(box, key=abs):g}"
        )
    return box


def parse_box(text: str) -> Box:
    """Returns the box of a line x,y,w,h."""
    return Box(*parse_numbers(text, (4,), BOX))


def region_box(line: str) -> Box:
    """Returns the upright box of a region: x,y,w,h as they are, or a polygon x1,y1 ... x4,y4.

    A polygon's box has the polygon's mean corner as its centre. It is the upright box around all corners,
    shrunk by s = sqrt(|c1 c2| |c2 c3| / area of that box), so that it keeps the area of the turned
    rectangle, and 1 pixel larger: width = s (max x - min x) + 1. So do got10k's toolkit and PySOT.
    """
    return _region(line, parse_numbers(line, (4, 8), REGION))


def _region(line: str, numbers: Sequence[float]) -> Box:
    if len(numbers) == 4:
        return Box(*numbers)
    turns = _turns(numbers)
    if any(numbers) and _may_be_decimals(line, numbers, turns):
        raise InputError(
            "can be read in two ways, as a polygon, whose corners go around no area, or with decimal commas: "
            f"{line.strip()[:60]!r}; write decimals with a point"
        )
    # Rounding turns a thin rectangle a little the other way.
    if min(max(turns), -min(turns)) > 0.1 * max(map(abs, turns)):
        raise InputError(
            f"must be the corners of a polygon one after another around it, not {line.strip()[:60]!r}"
        )
    xs, ys = numbers[0::2], numbers[1::2]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    if not (width or height):  # all zeros, or one point: out of sight
        return Box(xs[0], ys[0], 0, 0)
    around = width * height
    sides = math.dist(numbers[0:2], numbers[2:4]) * math.dist(numbers[2:4], numbers[4:6])
    scale = math.sqrt(sides / around) if around else 0.0
    return Box(0, 0, scale * width + 1, scale * height + 1).moved_to(sum(xs) / 4, sum(ys) / 4)


def _may_be_decimals(line: str, numbers: Sequence[float], turns: list[float]) -> bool:
    """Whether a polygon of numbers without decimals may be a box of four with decimal commas: its corners do
    not go around an area, or it is far from a parallelogram, most of all where few digits may be decimals.
    """
    text = re.sub("[\\s'\u2019]", "", line)
    if not _WHOLE_POLYGON.fullmatch(text):
        return False
    if text != line.strip() or re.search(r",0\d", text):  # thousands, or zeros that only decimals begin with
        return True
    widths = [max(values) - min(values) or 1 for values in (numbers[0::2], numbers[1::2])]
    skew = [
        abs(values[0] + values[2] - values[1] - values[3]) / width
        for values, width in zip((numbers[0::2], numbers[1::2]), widths, strict=True)
    ]
    goes_around = any(turns) and (min(turns) >= 0 or max(turns) <= 0)
    if max(numbers[1::2]) < 100:
        return not goes_around or max(skew) > 0.25 or widths[0] > 20 * widths[1]
    return not goes_around or max(skew) > 0.5


def _turns(numbers: Sequence[float]) -> list[float]:
    """Returns how far the outline of a polygon turns at each corner, as the area that its two sides span: of
    one sign where the corners go around.
    """
    corners = list(zip(numbers[0::2], numbers[1::2], strict=True))
    turns = []
    for place in range(4):
        (ax, ay), (bx, by), (cx, cy) = (corners[(place + step) % 4] for step in range(3))
        turns.append((bx - ax) * (cy - by) - (by - ay) * (cx - bx))
    return turns
