import math

import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.box import Box, overlap


def test_centre_and_moving():
    assert Box(10, 20, 5, 8).centre == (12.5, 24)
    assert Box(10, 20, 5, 8).moved_to(0, 0) == (-2.5, -4, 5, 8)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((0, 0, 4, 4), 1.0),
        ((2, 0, 4, 4), 1 / 3),
        ((4, 0, 4, 4), 0.0),
        ((5, 5, 1, 1), 0.0),
        ((1, 1, 2, 2), 0.25),
    ],
)
def test_overlap(other, expected):
    assert overlap(Box(0, 0, 4, 4), Box(*other)) == pytest.approx(expected)


@pytest.mark.parametrize("box", [(0, 0, 1, 1), (-9.5, 0, 10, 5), (99.5, 79.5, 10, 10), (-10, -10, 500, 500)])
def test_any_part_inside_is_enough(box):
    assert Box(*box).check(100, 80) == box


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ((0, 0, 0, 5), "width of the box must be more than 0"),
        ((0, 0, 5, -1), "height of the box must be more than 0"),
        ((math.nan, 0, 5, 5), "x of the box must be a finite number"),
        ((0, math.inf, 5, 5), "y of the box must be a finite number"),
        ((0, 0, 1e300, 5), "width of the box must be a finite number within"),
        ((100, 0, 5, 5), "outside the image of 100 x 80"),
        ((0, 80, 5, 5), "outside the image"),
        ((-5, 0, 5, 5), "outside the image"),
        ((0, -5, 5, 5), "outside the image"),
    ],
)
def test_refused(box, message):
    with pytest.raises(InputError, match=message):
        Box(*box).check(100, 80)
