import numpy as np
import pytest

from siammixer.tracking.box import Box
from siammixer.tracking.letterbox import Placing, letterbox


@pytest.mark.parametrize(
    ("image", "canvas", "expected"),
    [
        ((40, 30), (40, 30), (1, 0, 0)),
        ((40, 30), (80, 60), (2, 0, 0)),
        ((20, 30), (40, 30), (1, 10, 0)),
        ((80, 30), (40, 30), (0.5, 0, 7)),
    ],
)
def test_letterbox(image, canvas, expected):
    """The image's shape stays, black fills the rest, and a box moves along."""
    scale, left, top = expected
    result, placing = letterbox(np.full((image[1], image[0], 3), 200, np.uint8), canvas)
    assert placing == Placing(scale=scale, left=left, top=top) and result.shape == (canvas[1], canvas[0], 3)
    wanted = np.zeros_like(result)
    wanted[top : top + int(image[1] * scale), left : left + int(image[0] * scale)] = 200
    assert (result == wanted).all()
    assert placing.box(Box(2, 4, 6, 8)) == (left + 2 * scale, top + 4 * scale, 6 * scale, 8 * scale)
