"""Files of boxes: one a line, the first frame's first."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.tracking.box import LIMIT, Box
from siammixer.tracking.text import parse_numbers, read_lines

BOX_FILE = "groundtruth_rect.txt"
OTHER_BOX_FILE = "groundtruth.txt"
"""The name that other benchmarks give it."""
HOLDS = "the target's x,y,w,h per line"

_COMMENTS = ("#", "%", "//")
_HEADERS = ({"x", "left"}, {"y", "top"}, {"w", "width"}, {"h", "height"})


def find_box_file(folder: Path) -> Path:
    """Returns the file of boxes in a folder, by the name that it has there; the usual one where there is
    none.
    """
    usual, other = folder / BOX_FILE, folder / OTHER_BOX_FILE
    return other if other.is_file() and not usual.is_file() else usual


def read_boxes(path: Path, size: tuple[int, int] | None = None, *, frames: int) -> list[Box | None]:
    """Reads the boxes of a text file with x,y,w,h per line, None where NaN, empty or without area.

    Parameters
    ----------
    size
        Width and height of the first frame, where known: the first box must lie in it.
    frames
        How many there are; at most that many lines are accepted.

    Raises
    ------
    InputError
        Naming the file, the line, and what is accepted.
    """
    return check_boxes(path, read_lines(path, HOLDS), parse_box, size, frames=frames)


def check_boxes(
    path: Path,
    lines: list[str],
    parse: Callable[[str], Box],
    size: tuple[int, int] | None = None,
    *,
    frames: int,
) -> list[Box | None]:
    """Applies ``parse`` to the lines of ``path``, and checks the boxes as :func:`read_boxes` does.

    Lines of comment and one that names the columns are passed over. An empty line says that the frame has no
    box where every frame has a line, and nothing where every frame has another one.
    """
    rows = _rows(lines, frames)
    if not rows:
        raise InputError(
            f"{path}: holds no box; the first line must be x,y,w,h of the target in the first frame"
        )
    if len(rows) > frames:
        raise InputError(
            f"{path}: has {len(rows)} boxes for {frames} frames; at most one line a frame is accepted"
        )
    boxes: list[Box | None] = []
    for number, line in rows:
        try:
            if boxes and not line.strip() and len(rows) == frames:
                boxes.append(None)
                continue
            if not line.strip():
                raise InputError("is empty; nan,nan,nan,nan says that the target is out of sight")
            box = parse(line)
            # Without a size nothing is known to lie beyond the right and bottom edge.
            boxes.append(_seen(box) if boxes else box.check(*(size or (math.inf, math.inf))))
        except InputError as error:
            raise InputError(f"{path}, line {number}: {error}") from None
    return boxes


def _rows(lines: list[str], frames: int) -> list[tuple[int, str]]:
    """Returns the lines that count, with their numbers in the file."""
    rows = [
        (number, line)
        for number, line in enumerate(lines, start=1)
        if not line.lstrip().startswith(_COMMENTS)
    ]
    words = re.split(r"[\s,;]+", rows[0][1].strip(" \t\"'").lower().replace('"', "")) if rows else []
    if len(words) == len(_HEADERS) and all(map(set.__contains__, _HEADERS, words)):
        rows = rows[1:]
    filled = [row for row in rows if row[1].strip()]
    return filled if len(filled) >= frames or not filled else rows


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
    return Box(*parse_numbers(text, (4,), "four numbers x,y,w,h"))


def region_box(line: str) -> Box:
    """Returns the upright box of a region: x,y,w,h as they are, or a polygon x1,y1 ... x4,y4.

    A polygon's box has the polygon's mean corner as its centre. It is the upright box around all corners,
    shrunk by s = sqrt(|c1 c2| |c2 c3| / area of that box), so that it keeps the area of the turned
    rectangle, and 1 pixel larger: width = s (max x - min x) + 1. So do got10k's toolkit and PySOT.
    """
    if line.lstrip().startswith("m"):
        raise InputError("is a mask (VOT 2020 and later); accepted are boxes of 4 and polygons of 8 numbers")
    numbers = parse_numbers(line, (4, 8), "four numbers x,y,w,h or the eight of a polygon")
    if len(numbers) == 4:
        return Box(*numbers)
    xs, ys = numbers[0::2], numbers[1::2]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    around = width * height
    sides = math.dist(numbers[0:2], numbers[2:4]) * math.dist(numbers[2:4], numbers[4:6])
    scale = math.sqrt(sides / around) if around else 0.0
    return Box(0, 0, scale * width + 1, scale * height + 1).moved_to(sum(xs) / 4, sum(ys) / 4)
