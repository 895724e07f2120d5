"""AddressBounds: the last place inside each memory and the first one past its end, for each of its bits."""

import pytest

from siammixer.rtl.control.address_bounds import AddressBounds
from siammixer.verify.formal.control import ODD

READ, WRITE, RESPOND, WEIGHT, CONSTANT, COLUMN = range(6)


def write(address: int, enable: int = 1) -> dict:
    return {"write": enable, "address": address}


def told(clocked, now: dict, later: dict | None = None) -> list[int]:
    """``outside``, cycle by cycle, of inputs in cycle 0 and, a cycle ``later``, of others."""
    columns = {name: [value, 0] for name, value in now.items()}
    columns["write"] = [write(0, 0), (later or {}).get("write", write(0, 0)), write(0, 0)]
    return clocked(AddressBounds(ODD), columns, ["outside"], 5)["outside"]


PLACES = {
    "read": (READ, "read", "read_address", ODD.map_words, {}),
    "weight": (WEIGHT, "uses", "weight", ODD.weight_words, {}),
    "constant": (CONSTANT, "load", "block", ODD.constants, {}),
    "column of 3 x 3": (COLUMN, "push", "column", ODD.line_width, {}),
    "column of 5 x 5": (COLUMN, "push", "column", ODD.line_width_5, {"kernel_5": 1}),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_place_past_the_end_is_told(name, clocked):
    bit, used, port, end, others = PLACES[name]
    for place, outside in ((0, 0), (end - 1, 0), (end, 1), (end + 1, 1)):
        kernel = {name: [value] * 5 for name, value in others.items()}
        inputs = {used: [1, 0], port: [place, 0], "write": [write(0, 0)]} | kernel
        seen = clocked(AddressBounds(ODD), inputs, ["outside"], 5)["outside"]
        assert seen == [0, 0, outside << bit, 0, 0], place
        # What is not used may lie anywhere.
        assert not any(told(clocked, {port: place}))


@pytest.mark.parametrize("place", [0, ODD.map_words - 1, ODD.map_words, ODD.map_words + 1])
def test_a_word_written_past_the_maps_is_told(place, clocked):
    outside = (place >= ODD.map_words) << WRITE
    assert told(clocked, {}, {"write": write(place)}) == [0, 0, outside, 0, 0]
    assert not any(told(clocked, {}, {"write": write(place, 0)}))


@pytest.mark.parametrize("cell", [0, ODD.response_words - 1, ODD.response_words, ODD.map_words - 1])
def test_a_cell_past_the_response_is_told(cell, clocked):
    """Its address is the one of the word that is written a cycle later, which a response does not write."""
    outside = (cell >= ODD.response_words) << RESPOND
    assert told(clocked, {"respond": 1}, {"write": write(cell, 0)}) == [0, 0, outside, 0, 0]
