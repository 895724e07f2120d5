"""Rows of boxes in random styles of numbers: read rightly, or refused, never something else."""

import random

import pytest

from siammixer.ir.errors import InputError
from siammixer.tracking.rows import read_rows


def written(value, decimal, thousands, places, stripped):
    whole, _, fraction = f"{value:.{places}f}".partition(".")
    if thousands and len(whole) > 3:
        whole = f"{whole[:-3]}{thousands}{whole[-3:]}"
    fraction = fraction.rstrip("0") if stripped else fraction
    return whole + (decimal + fraction if fraction else "")


def table(draw):
    """Boxes, and a text that holds them in a style."""
    decimal, places, quote = draw.choice(".,"), draw.choice([0, 1, 2, 3]), draw.choice(["", "", '"'])
    thousands = draw.choice(
        ["", "", *(mark for mark in (".", ",", "'", "\u00a0", "\u202f") if mark != decimal)]
    )
    separator, stripped = draw.choice([",", ";", "\t", " ", "; ", ", ", "|"]), draw.random() < 0.5
    boxes = [
        tuple(round(draw.uniform(5, most), places) for most in (3000, 2000, 1500, 1500))
        for _ in range(draw.randint(1, 4))
    ]
    lines = [
        separator.join(
            f"{quote}{written(value, decimal, thousands, places, stripped)}{quote}" for value in box
        )
        for box in boxes
    ]
    return boxes, [*draw.choice([[], [], ["x;y;w;h"], ["sep=;"]]), *lines]


@pytest.mark.parametrize("regions", [False, True])
def test_no_style_is_read_as_another(regions):
    draw, read = random.Random(17), 0
    for _ in range(400):
        boxes, lines = table(draw)
        try:
            rows = read_rows(lines, regions=regions)
        except InputError as error:
            assert str(error).startswith("line ")
            continue
        # Eight numbers may be a polygon; tests/tracking/test_ground_truth.py has which are none.
        if all(len(row.numbers) == 4 for row in rows):
            read += 1
            assert [row.numbers for row in rows] == [pytest.approx(box) for box in boxes], lines
    assert read > 200
