"""The golden vectors: the committed file is what the tracker computes, and it covers what it must."""

import json

import numpy as np
import pytest

from siammixer.tracking import reading
from siammixer.tracking.vectors import FILE, SETTINGS, Draw, text, vectors

RECORD = json.loads(FILE.read_text())
FOUND = json.loads(json.dumps(vectors()))


@pytest.mark.parametrize("part", FOUND)
def test_the_file_holds_what_the_tracker_computes(part):
    """Made anew by ``python -m siammixer.tracking.vectors``, where a change is wanted."""
    assert RECORD[part] == FOUND[part]


def test_the_file_is_as_the_command_writes_it():
    assert FILE.read_text() == text() and json.loads(text()) == FOUND


def test_numbers_are_drawn_as_the_documents_say():
    draw, state = Draw(7), 7
    for low, high in ((0, 9), (-128, 127), (5, 5)):
        state = (1103515245 * state + 12345) % 2**31
        assert draw(low, high) == low + (state >> 16) % (high - low + 1)
    again = Draw(3)
    cells = [again(-128, 127) for _ in range(2 * 2 * 5)]
    assert Draw(3).map(2).reshape(-1).tolist() == cells


def test_every_decision_about_loss_is_there():
    rows = RECORD["loss"]
    assert {row["look"] for row in rows} == {"near", "beside", "again"}
    assert {tuple(row["side"]) for row in rows if row["side"]} == {(1, 0), (0, -1), (0, 1), (-1, 0)}
    assert {(row["look"], row["taken"]) for row in rows} == {
        ("near", True),
        ("beside", False),
        ("again", True),
        ("again", False),
    }
    assert {row["lost"] for row in RECORD["frames"]["frames"]} == {True, False}
    chances = {row["probability"] for row in rows}
    for name in ("lost_below", "found_above"):
        assert {SETTINGS.chance(name), SETTINGS.chance(name) - 1} <= chances


def test_ties_and_empty_votes_are_there():
    *_, ties = RECORD["best_cell"]
    scores = np.array(ties["scores"])
    assert (scores == scores.max()).sum() == 3 and ties["cell"] == [2, 4]
    assert RECORD["vote"][-1]["vote"] == [0, 0, 0, 0]
    assert len(RECORD["tables"]["views"]) == len(reading.VIEWS) == 8
