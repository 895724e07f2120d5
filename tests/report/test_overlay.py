import numpy as np
import pytest

from siammixer.report.overlay import SURE, UNSURE, annotate, canvas_size
from siammixer.tracking.box import Box
from siammixer.tracking.follow import Step

IMAGE = np.full((120, 160, 3), 90, np.uint8)
SIZE = canvas_size(160, 120)
MIDDLE = Box(40, 40, 20, 30)


def step(box=MIDDLE, *, lost=False, response=None, problem=""):
    return Step(index=7, problem=problem, box=box, confidence=0.5, lost=lost, response=response, seconds=0.1)


def changed(picture, plain):
    """Rows and columns of the pixels that differ: first and last of each."""
    rows, columns = np.nonzero((picture != plain).any(axis=2))
    return rows.min(), rows.max(), columns.min(), columns.max()


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((160, 120), (480, 360)),
        ((1920, 1080), (1920, 1080)),
        ((101, 361), (404, 1444)),
        ((361, 401), (362, 402)),
        ((1, 1), (360, 360)),
    ],
)
def test_the_canvas_is_even_and_large_enough_to_read(size, expected):
    assert canvas_size(*size) == expected


@pytest.mark.parametrize(("lost", "colour"), [(False, SURE), (True, UNSURE)])
def test_the_box_lies_where_it_was_found(lost, colour):
    """Three times as large as in the frame, its colour says whether the target is lost."""
    picture = annotate(step(lost=lost), IMAGE, SIZE)
    for x, y in ((120, 165), (180, 165), (150, 120), (150, 210)):
        assert tuple(picture[y, x]) == colour
    assert tuple(picture[165, 150]) == (90, 90, 90)


def test_the_response_makes_way_for_the_target():
    response = np.arange(9.0).reshape(3, 3)
    plain, left = annotate(step(), IMAGE, SIZE), annotate(step(Box(140, 100, 15, 15)), IMAGE, SIZE)
    assert changed(annotate(step(response=response), IMAGE, SIZE), plain)[2] > SIZE[0] / 2
    assert (
        changed(annotate(step(Box(140, 100, 15, 15), response=response), IMAGE, SIZE), left)[3] < SIZE[0] / 2
    )


def test_a_flat_response_and_a_box_far_outside():
    assert annotate(step(Box(-1e5, 9e4, 5, 5), response=np.zeros((5, 5), np.int32)), IMAGE, SIZE).shape == (
        360,
        480,
        3,
    )


def test_the_caption_says_what_happened():
    captions = [
        annotate(made, IMAGE, SIZE)[:24] for made in (step(), step(lost=True), step(problem="broken"))
    ]
    assert (captions[0] != captions[1]).any() and (captions[0] != captions[2]).any()


def test_a_frame_of_another_shape_gets_black_edges():
    picture = annotate(step(), IMAGE[:, :60], SIZE)
    assert (picture[30:, :140] == 0).all() and (picture[30:, -140:] == 0).all()
