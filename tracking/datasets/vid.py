"""ILSVRC VID: one XML file a frame with all its objects; each object (trackid) is a sequence of its own."""

from __future__ import annotations

import math
import re
from pathlib import Path
from xml.etree import ElementTree

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.datasets import DATASETS
from siammixer.tracking.datasets.files import Entry, known
from siammixer.tracking.images import frame_names
from siammixer.tracking.numbers import read_fields
from siammixer.tracking.sequence import FileSequence
from siammixer.tracking.text import read_text

FEWEST_BOXES = 2

_UNREAD = re.compile("[\udc80-\udcff]")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def entries(root: Path, split: str | None) -> list[Entry]:
    """Returns every object seen in two frames or more, of one split or of those that are there."""
    annotations, data = root / "Annotations" / "VID", root / "Data" / "VID"
    found = []
    for part in (
        [split] if split else [name for name in DATASETS["vid"].splits if (annotations / name).is_dir()]
    ):
        if not (annotations / part).is_dir():
            raise InputError(f"{annotations / part}: no such folder; it holds the XML files of the split")
        for folder in sorted({path.parent for path in (annotations / part).rglob("[!.]*.xml")}):
            found += _objects(folder, data / folder.relative_to(annotations))
    return known(found)


def _objects(annotations: Path, images: Path) -> list[FileSequence]:
    """Returns the objects of one video, each from the first to the last frame that it is annotated in."""
    files = frame_names(images)
    index = {Path(file).stem: position for position, file in enumerate(files)}
    tracks: dict[str, dict[int, Box]] = {}
    for path in sorted(annotations.glob("[!.]*.xml")):
        if path.stem not in index:
            raise InputError(f"{path}: annotates a frame that {images} lacks")
        for track, box in _boxes(path):
            if box.width > 0 and box.height > 0:
                tracks.setdefault(track, {})[index[path.stem]] = box
    found = []
    for track, boxes in tracks.items():
        if len(boxes) >= FEWEST_BOXES:
            frames = range(min(boxes), max(boxes) + 1)
            found.append(
                FileSequence(
                    f"{annotations.name}-{track}",
                    images,
                    files[frames.start : frames.stop],
                    map(boxes.get, frames),
                    upright=False,  # the corners are of stored pixels
                )
            )
    return found


def _boxes(path: Path) -> list[tuple[str, Box]]:
    """Returns track and box of every object in a frame. Corners are pixels that belong to the object, hence
    the 1.
    """
    try:
        objects = _root(path).findall("object")
        found = []
        for item in objects:
            left, top, right, bottom = (
                _number(item.findtext(f"bndbox/{edge}", "")) for edge in ("xmin", "ymin", "xmax", "ymax")
            )
            found.append(
                (item.findtext("trackid", "").strip(), Box(left, top, right - left + 1, bottom - top + 1))
            )
    except InputError:
        raise
    except (ElementTree.ParseError, AttributeError, TypeError, ValueError):
        raise InputError(
            f"{path}: must be VID's XML; every object needs trackid and bndbox/xmin, ymin, xmax, ymax"
        ) from None
    return found


def _root(path: Path) -> ElementTree.Element:
    """Parses a file; where its encoding is none that the parser knows, without the letters that are not
    read, of which no number has one.
    """
    try:
        return ElementTree.parse(path).getroot()
    except (ElementTree.ParseError, LookupError, ValueError):
        text = read_text(path, "the objects of a frame", numbers=True)
        return ElementTree.fromstring(_UNREAD.sub("?", _DECLARATION.sub("", text)))


def _number(text: str) -> float:
    """Reads a number as people write it, if there is no other way to."""
    (reading,) = read_fields([text])
    if not math.isfinite(reading.numbers[0]):
        raise ValueError(text)
    return reading.numbers[0]
