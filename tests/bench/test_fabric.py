"""The recorded figures of the tracker in the fabric: of these programs, and as the document shows them."""

import json

from siammixer.bench.document import DOCS, mark
from siammixer.bench.fabric import COMMAND, DOCUMENT, FILE, programs, table

AGAIN = "run python -m siammixer.bench.fabric and commit the change with its reason"
RECORD = json.loads(FILE.read_text())


def test_it_is_of_these_programs():
    assert RECORD["programs"] == json.loads(json.dumps(programs())), AGAIN


def test_it_takes_no_multiplier_and_two_block_rams():
    assert RECORD["used"]["DSP"] == 0 and RECORD["used"]["block RAM"] == 2, AGAIN
    assert RECORD["used"]["LUT"] <= 1600, AGAIN


def test_the_document_shows_it():
    assert mark(COMMAND) + table(RECORD) in (DOCS / DOCUMENT).read_text()
