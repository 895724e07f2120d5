"""An image laid on a canvas of another shape."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from siammixer.tracking.box import Box


@dataclass(frozen=True, kw_only=True)
class Placing:
    """An image lies on a canvas scaled by ``scale`` and moved by ``left`` and ``top`` canvas pixels."""

    scale: float
    left: int
    top: int

    def box(self, box: Box) -> Box:
        """Converts a box of the image to the canvas."""
        return Box(
            self.left + box.x * self.scale,
            self.top + box.y * self.scale,
            box.width * self.scale,
            box.height * self.scale,
        )


def letterbox(image: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, Placing]:
    """Lays an image on a black canvas of ``size`` (width, height): as large as fits, in the middle, its shape
    kept.
    """
    height, width = image.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    wide, high = (
        max(1, min(round(side * scale), whole)) for side, whole in ((width, size[0]), (height, size[1]))
    )
    left, top = (size[0] - wide) // 2, (size[1] - high) // 2
    canvas = np.zeros((size[1], size[0], 3), np.uint8)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    canvas[top : top + high, left : left + wide] = (
        image if (wide, high) == (width, height) else cv2.resize(image, (wide, high), interpolation=method)
    )
    return canvas, Placing(scale=scale, left=left, top=top)
