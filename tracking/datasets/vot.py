"""VOT's short-term sequences up to 2019: NAME/groundtruth.txt with boxes or polygons of four corners."""

from __future__ import annotations

import math
from pathlib import Path

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.datasets.files import one_a_frame, read_names, subfolders
from siammixer.tracking.sequence import FileSequence, check_boxes, frame_names, parse_numbers, read_lines

ANNOTATION = "groundtruth.txt"


def read(root: Path, split: str | None) -> list[FileSequence]:
    """Returns the sequences that list.txt names or, without it, every folder with a groundtruth.txt."""
    if split is not None:
        raise InputError(f"split: VOT has none; give the folder of one year, not {split!r}")
    root = root / "sequences" if (root / "sequences" / "list.txt").is_file() else root
    if (root / "list.txt").is_file():
        return [_read(root / name) for name in read_names(root / "list.txt")]
    return [_read(folder) for folder in subfolders(root) if (folder / ANNOTATION).is_file()]


def _read(folder: Path) -> FileSequence:
    images = folder / "color" if (folder / "color").is_dir() else folder
    files, path = frame_names(images), folder / ANNOTATION
    boxes = check_boxes(path, read_lines(path, "a box or polygon per line"), region_box, frames=len(files))
    one_a_frame(path, boxes, len(files))
    return FileSequence(folder.name, images, files, boxes)


def region_box(line: str) -> Box:
    """Returns the upright box of a region: x,y,w,h as they are, or a polygon x1,y1 ... x4,y4.

    A polygon's box has the polygon's mean corner as its centre. It is the upright box around all corners,
    shrunk by s = sqrt(|c1 c2| |c2 c3| / area of that box), so that it keeps the area of the turned
    rectangle, and 1 pixel larger: width = s (max x - min x) + 1. So do got10k's toolkit and PySOT.
    """
    if line.lstrip().startswith("m"):
        raise InputError("is a mask (VOT 2020 and later); accepted are boxes of 4 and polygons of 8 numbers")
    numbers = parse_numbers(line, (4, 8), "4 numbers x,y,w,h or 8 of a polygon")
    if len(numbers) == 4:
        return Box(*numbers)
    xs, ys = numbers[0::2], numbers[1::2]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    around = width * height
    sides = math.dist(numbers[0:2], numbers[2:4]) * math.dist(numbers[2:4], numbers[4:6])
    scale = math.sqrt(sides / around) if around else 0.0
    return Box(0, 0, scale * width + 1, scale * height + 1).moved_to(sum(xs) / 4, sum(ys) / 4)
