"""Clips that the project renders itself, from photographs in the public domain (tracking/photographs).

An object cut out of one photograph moves over another, changing size, while the background pans.
The object is cut out along ellipses, so its box is known exactly at any size and position;
resampling is :func:`siammixer.tracking.crop.resample`, in integers, so the frames are the same everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box
from siammixer.tracking.crop import STEP_BITS, resample
from siammixer.tracking.sequence import Sequence

PHOTOGRAPHS = Path(__file__).with_name("photographs")
UNIT = 2**STEP_BITS
SOFT_PIXELS = 3  # the width of an outline's fade, in pixels of the photograph
CLEAR = np.zeros(4, np.uint8)


@dataclass(frozen=True)
class Ellipse:
    """In pixels of a photograph; the first semi-axis is turned clockwise by ``degrees``."""

    x: float
    y: float
    semi_axes: tuple[float, float]
    degrees: float = 0

    @property
    def reach(self) -> tuple[float, float]:
        """Half the width and half the height of the upright box around it."""
        (a, b), turn = self.semi_axes, math.radians(self.degrees)
        return math.hypot(a * math.cos(turn), b * math.sin(turn)), math.hypot(
            a * math.sin(turn), b * math.cos(turn)
        )

    def coverage(self, height: int, width: int) -> np.ndarray:
        """Returns how much of each pixel it covers, 0 to 1, with a soft edge; float (height, width)."""
        y, x = np.mgrid[:height, :width] + 0.5
        x, y, turn = x - self.x, y - self.y, math.radians(self.degrees)
        along, across = x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
        radius = np.sqrt((along / self.semi_axes[0]) ** 2 + (across / self.semi_axes[1]) ** 2)
        return np.clip((1 - radius) * min(self.semi_axes) / SOFT_PIXELS + 0.5, 0, 1)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A clip's material.

    Parameters
    ----------
    photograph, background
        Names of files in tracking/photographs, without suffix; the background is larger than a frame.
    outline
        The object in the photograph: all that lies in any of the ellipses.
    reduction
        The photograph is averaged over blocks of that side before it moves, against aliasing.
    widths
        Smallest and largest width of the object in a frame, in pixels.
    """

    photograph: str
    outline: tuple[Ellipse, ...]
    reduction: int
    background: str
    widths: tuple[float, float]


SCENES = {
    "cup": Scene(
        photograph="coffee",
        outline=(Ellipse(278, 225.5, (199, 158.5), 12), Ellipse(290, 113, (116.5, 91), 8)),
        reduction=3,
        background="rocket",
        widths=(56, 112),
    ),
    "astronaut": Scene(
        photograph="astronaut",
        outline=(Ellipse(226, 88, (73, 67)), Ellipse(218, 140, (46, 52))),
        reduction=1,
        background="rocket",
        widths=(60, 120),
    ),
}


class Clip(Sequence):
    """``frames`` frames of ``width`` x ``height`` pixels of the named scene, each with its exact box."""

    def __init__(self, scene: str = "cup", *, frames: int = 60, width: int = 480, height: int = 320):
        if scene not in SCENES:
            raise InputError(f"unknown clip {scene!r}; known: {', '.join(SCENES)}")
        self.scene, self.frames, self.width, self.height = SCENES[scene], frames, width, height
        super().__init__(f"rendered clip {scene}", [self._placed(index)[2] for index in range(frames)])

    def __len__(self) -> int:
        return self.frames

    @cached_property
    def _outline_box(self) -> Box:
        """Upright box around the outline, in pixels of the reduced photograph."""
        outline, block = self.scene.outline, self.scene.reduction
        left, right = (
            min(e.x - e.reach[0] for e in outline) / block,
            max(e.x + e.reach[0] for e in outline) / block,
        )
        top, bottom = (
            min(e.y - e.reach[1] for e in outline) / block,
            max(e.y + e.reach[1] for e in outline) / block,
        )
        return Box(left, top, right - left, bottom - top)

    @cached_property
    def _object(self) -> np.ndarray:
        """The reduced photograph inside the outline: colour times coverage, and coverage; uint8 (h, w, 4)."""
        photograph, block = _photograph(self.scene.photograph), self.scene.reduction
        height, width = (side // block * block for side in photograph.shape[:2])
        coverage = np.max([ellipse.coverage(height, width) for ellipse in self.scene.outline], axis=0)
        coverage = np.floor(coverage * 255 + 0.5).astype(np.int64)[..., None]
        layers = np.concatenate([photograph[:height, :width] * coverage, 255 * coverage], axis=2)
        blocks = layers.reshape(height // block, block, width // block, block, 4).sum(axis=(1, 3))
        return (blocks // (255 * block**2)).astype(np.uint8)

    @cached_property
    def _background(self) -> np.ndarray:
        return _photograph(self.scene.background)

    def _placed(self, index: int) -> tuple[int, tuple[int, int], Box]:
        """Returns the object in a frame: its photograph's pixels per frame pixel, its centre, both in
        1/65536, and its box.
        """
        turn = 2 * math.pi * index / 60
        small, large = self.scene.widths
        width = (large + small) / 2 + (large - small) / 2 * math.cos(1.3 * turn + 0.5)
        step = round(self._outline_box.width / width * UNIT)
        x, y = (
            self.width * (0.5 + 0.27 * math.sin(turn - 0.4)),
            self.height * (0.5 + 0.16 * math.sin(2 * turn + 0.6)),
        )
        centre = round(x * UNIT), round(y * UNIT)
        box = Box(0, 0, self._outline_box.width * UNIT / step, self._outline_box.height * UNIT / step)
        return step, centre, box.moved_to(centre[0] / UNIT, centre[1] / UNIT)

    def _image(self, index: int) -> np.ndarray:
        step, centre, _ = self._placed(index)
        # The photograph's position under the middle of the frame's top left pixel.
        middles = zip(self._outline_box.centre, centre, strict=True)
        left, top = (
            round((middle - 0.5) * UNIT) + ((UNIT // 2 - at) * step >> STEP_BITS) for middle, at in middles
        )
        layer = resample(self._object, left, top, step, (self.height, self.width), CLEAR).astype(np.int32)
        behind = self._view(index).astype(np.int32)
        coverage = layer[..., 3:]
        return np.minimum(layer[..., :3] + (behind * (255 - coverage) + 127) // 255, 255).astype(np.uint8)

    def _view(self, index: int) -> np.ndarray:
        """Returns the background behind the frame, as the camera pans over it."""
        turn = 2 * math.pi * index / 60
        height, width = self._background.shape[:2]
        left = round((width - self.width) * (0.5 + 0.4 * math.sin(0.7 * turn)) * UNIT)
        top = round((height - self.height) * (0.5 + 0.4 * math.cos(1.1 * turn)) * UNIT)
        return resample(self._background, left, top, UNIT, (self.height, self.width), CLEAR[:3])


def _photograph(name: str) -> np.ndarray:
    """Returns RGB uint8 (height, width, 3). The files are lossless: every decoder gives these pixels."""
    image = cv2.imread(str(PHOTOGRAPHS / f"{name}.webp"), cv2.IMREAD_COLOR)
    if image is None:
        raise InputError(f"{PHOTOGRAPHS / name}.webp: must be a picture of the package; install it again")
    return np.ascontiguousarray(image[..., ::-1])
