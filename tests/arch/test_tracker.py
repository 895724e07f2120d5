"""The tracker's numbers: the same as siammixer.tracking's, which are read from the same page."""

import json

import pytest

from siammixer.arch import tracker
from siammixer.arch.tracker import TrackerDesign
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.tracking import crop, fixed, loss, reading, settings
from siammixer.tracking.settings import Settings
from siammixer.tracking.vectors import FILE

TABLES = json.loads(FILE.read_text())["tables"]
DESIGN = TrackerDesign.of(NETWORKS["siammixer"], Settings().shares())


def test_tables():
    tables = DESIGN.tables
    assert list(tables["probabilities"]) == TABLES["probabilities"] == fixed.PROBABILITIES.tolist()
    assert [power + 65536 for power in tables["powers"]] == TABLES["powers"]
    assert list(tables["logarithms"]) == TABLES["logarithms"]
    cosines = fixed.cosine(DESIGN.response_side).reshape(-1)
    for cell, value in enumerate(cosines):
        assert tables["cosines"][min(cell, len(cosines) - 1 - cell)] == value
    assert list(tables["views"]) == [number for view in TABLES["views"] for number in view]
    for words in tables.values():
        assert all(abs(word) < 1 << (tracker.TABLE_WORD_BITS - 1) for word in words)


def test_constants():
    assert tracker.VIEWS == reading.VIEWS and tracker.SIDES == loss.SIDES
    assert tracker.SHARE_BITS == settings.SHARE_BITS
    assert (tracker.PROBABILITY_BITS, tracker.LOG_BITS) == (fixed.PROBABILITY_BITS, fixed.LOG_BITS)
    assert (tracker.CENTRE_BITS, tracker.STEP_BITS) == (crop.CENTRE_BITS, crop.STEP_BITS)
    assert tracker.CELL_BITS == reading.CELL_BITS


def test_logarithm():
    for value in (1, 2, 255, 256, 257, 1280, 4096, 65793, 10**9):
        assert tracker.logarithm(value) == fixed.logarithm(value)


def test_the_sizes_limit_and_the_views_due():
    votes = [reading.Vote(0, 0, 0, 0)] * len(reading.VIEWS)
    for gain in (0.0, 0.01, 1.4, 4.0):
        design = TrackerDesign.of(NETWORKS["tiny"], Settings(size_gain=gain).shares())
        assert reading.own_errors(votes, Settings(size_gain=gain))[0] == (4 - design.due) >> 3
    sure = (2**20, 2**20)
    for size_range in (1, 5, 16):
        chosen = Settings(size_range=size_range, size_rate=1.0)
        design = TrackerDesign.of(NETWORKS["tiny"], chosen.shares())
        assert reading.new_sizes((0, 0), sure, 32768, chosen) == (design.log_limit,) * 2


def test_the_table_memory_is_one_block_ram():
    assert sum(map(len, DESIGN.tables.values())) <= 1024


@pytest.mark.parametrize(
    ("field", "value"),
    [("window", 257), ("patience", -1), ("size_range", 255), ("frame_width", 5000), ("response_side", 2)],
)
def test_what_is_out_of_its_range(field, value):
    with pytest.raises(InputError, match=f"{field} of a tracker must lie in"):
        TrackerDesign(**vars(DESIGN) | {field: value})


def test_settings_that_are_missing_or_unknown():
    shares = Settings().shares()
    for wrong in ({**shares, "speed": 1}, {name: shares[name] for name in list(shares)[1:]}):
        with pytest.raises(InputError, match="settings of a tracker must be"):
            TrackerDesign.of(NETWORKS["tiny"], wrong)
