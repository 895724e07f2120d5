"""The first difference names the array, the place and both values."""

import numpy as np
import pytest

from siammixer.golden.difference import first_difference, place

GOLDEN = np.zeros((2, 3, 4), np.int8)


def changed(*places):
    other = GOLDEN.copy()
    for number, index in enumerate(places):
        other[index] = 5 - 12 * number
    return other


def test_equal_arrays_have_none():
    assert first_difference("layer P1", GOLDEN, GOLDEN.copy()) is None
    assert first_difference("layer P1", GOLDEN[:0], GOLDEN[:0]) is None


def test_the_first_in_raster_order_is_named():
    found = first_difference("layer P1", GOLDEN, changed((1, 2, 3), (1, 0, 2)))
    assert found == "layer P1, row 1, column 0, channel 2: golden 0, accelerator -7"


@pytest.mark.parametrize("index", [(0, 0, 0), (1, 2, 3), (0, 2, 1)])
def test_every_place_is_seen(index):
    row, column, channel = index
    found = first_difference("E", changed(index), GOLDEN, engine="onnxruntime")
    assert found == f"E, row {row}, column {column}, channel {channel}: golden 5, onnxruntime 0"


def test_axes_have_the_names_that_are_given():
    found = first_difference("frame 3", GOLDEN, changed((1, 1, 0)), axes=("scale", "row", "column"))
    assert found == "frame 3, scale 1, row 1, column 0: golden 0, accelerator 5"
    assert place(5, (2, 3), ("row", "column")) == "row 1, column 2"


def test_another_shape_or_dtype_is_a_difference():
    assert first_difference("E", GOLDEN, GOLDEN[:1]) == "E: golden int8 (2, 3, 4), accelerator int8 (1, 3, 4)"
    assert "accelerator int32 (2, 3, 4)" in first_difference("E", GOLDEN, GOLDEN.astype(np.int32))


ORDER = np.array([[5, -1, 0], [7, 23, -1]])  # flat indices, -1 is padding


def in_order(*changes):
    """GOLDEN's values in that order, padding zero; then ((word, lane), value) changed."""
    values = np.where(ORDER < 0, 0, GOLDEN.reshape(-1)[ORDER]).astype(np.int8)
    for index, value in changes:
        values[index] = value
    return values


def test_values_in_another_order_are_compared_by_their_elements():
    """Elements that stand nowhere in the order do not count; the first difference is the order's first."""
    assert first_difference("E", GOLDEN, in_order(), elements=ORDER) is None
    found = first_difference("E", GOLDEN, in_order(((1, 1), 99), ((0, 2), 88)), elements=ORDER)
    assert found == f"E, row 0, column 0, channel 0: golden {GOLDEN[0, 0, 0]}, accelerator 88"
    found = first_difference("E", GOLDEN, in_order(((1, 1), 99)), elements=ORDER)
    assert found == f"E, row 1, column 2, channel 3: golden {GOLDEN[1, 2, 3]}, accelerator 99"


def test_padding_must_be_zero():
    """Whatever golden's first and last elements are."""
    other = GOLDEN + np.int8(50)
    right = np.where(ORDER < 0, 0, other.reshape(-1)[ORDER]).astype(np.int8)
    assert other.all() and first_difference("E", other, right, elements=ORDER) is None
    found = first_difference("E", GOLDEN, in_order(((1, 2), -3)), elements=ORDER)
    assert found == "E, padding channel: golden 0, accelerator -3"


def test_too_few_values_for_their_order_are_a_difference():
    found = first_difference("E", GOLDEN, in_order()[:1], elements=ORDER)
    assert found == "E: golden int8 (2, 3), accelerator int8 (1, 3)"
