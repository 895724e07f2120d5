"""COCO as stills: every object that is large enough is a sequence of one frame."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.datasets.files import Entry, known
from siammixer.tracking.images import decode
from siammixer.tracking.sequence import FileSequence
from siammixer.tracking.text import read_text

SMALLEST_AREA = 32 * 32
"""Pixels; COCO calls what is below small. A crop of it would be mostly interpolation."""


class _Still(FileSequence):
    """An image whose size the table states: boxes count in its stored pixels, or in the upright picture where
    only that has the size, as tools write it that turn pictures for the one who draws the boxes.
    """

    def __init__(self, name: str, folder: Path, file: str, box: Box, size: tuple):
        super().__init__(name, folder, [file], [box], upright=False)
        self._size = size

    def _image(self, index: int) -> np.ndarray:
        image = super()._image(index)
        if image.shape[1::-1] == self._size:
            return image
        upright = decode(self.folder / self.files[index]).image
        return upright if upright.shape[1::-1] == self._size else image


def entries(root: Path, split: str | None) -> list[Entry]:
    """Returns the objects of annotations/instances_SPLIT.json, without crowds and small boxes."""
    path = _annotation(root, split)
    part = path.stem.removeprefix("instances_")
    images = next((folder for folder in (root / part, root / "images" / part) if folder.is_dir()), None)
    if images is None:
        raise InputError(f"{root / part}: no such folder; the images lie there or in images/{part}")
    try:
        table = json.loads(read_text(path, "the boxes of the images"))
        names = {image["id"]: image["file_name"] for image in table["images"]}
        sizes = {image["file_name"]: (image.get("width"), image.get("height")) for image in table["images"]}
        return known(
            _Still(name, images, file, box, sizes[file])
            for name, file, box in _objects(table["annotations"], names, part)
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path}: must be COCO's JSON with images (id, file_name) and annotations (id, image_id, "
            f"bbox): {error!r}"
        ) from None


def _annotation(root: Path, split: str | None) -> Path:
    """Returns the file of a split, or the only one that is there."""
    if split is not None:
        path = root / "annotations" / f"instances_{split}.json"
        if not path.is_file():
            raise InputError(f"{path}: no such file")
        return path
    found = sorted((root / "annotations").glob("instances_*.json"))
    if not found:
        raise InputError(f"{root / 'annotations'}: holds no instances_SPLIT.json")
    if len(found) > 1:
        raise InputError(
            f"split must be one of {', '.join(path.stem.removeprefix('instances_') for path in found)}; "
            f"{root} has them all"
        )
    return found[0]


def _objects(annotations: list[dict], names: dict[int, str], part: str) -> Iterator[tuple[str, str, Box]]:
    """Yields the name, file and box of what is worth a crop."""
    for item in annotations:
        box = Box(*map(float, item["bbox"]))
        if not item.get("iscrowd") and box.width * box.height >= SMALLEST_AREA:
            yield f"{part}-{item['id']}", names[item["image_id"]], box
