"""The recorded faults: all told that one bit makes, none stays; and the document shows them."""

import copy
import json

import pytest

from siammixer.bench.document import DOCS, mark
from siammixer.bench.faults import COMMAND, DOCUMENT, FILE, good, table

RECORD = json.loads(FILE.read_text())


def test_the_document_shows_a_good_record():
    assert good(RECORD)
    assert mark(COMMAND) + table(RECORD) in (DOCS / DOCUMENT).read_text()


@pytest.mark.parametrize(
    ("part", "name", "figure"),
    [
        ("flips", "weights, 1 wrong", "not_told"),
        ("flips", "program, 2 wrong", "next_frame_wrong"),
        ("resets", None, "next_frame_wrong"),
    ],
)
def test_a_fault_that_passes_unseen_or_stays_is_not_good(part, name, figure):
    record = copy.deepcopy(RECORD)
    (record[part][name] if name else record[part])[figure] = 1
    assert not good(record)
