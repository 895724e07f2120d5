"""The recorded figures of flash images and loader: of these images, and as the document shows them."""

import json

from siammixer.bench.document import DOCS, mark
from siammixer.bench.flash import COMMAND, DOCUMENT, FILE, TIMING, images, table

AGAIN = "run python -m siammixer.bench.flash and commit the change with its reason"
RECORD = json.loads(FILE.read_text())


def test_it_is_of_these_images():
    assert RECORD["images"] == images(), AGAIN
    assert RECORD["timing"] == vars(TIMING), AGAIN


def test_it_takes_logic_alone_and_little_of_it():
    for used in RECORD["used"].values():
        assert used["DSP"] == used["block RAM"] == 0, AGAIN
    assert RECORD["used"]["FlashReader"]["LUT"] < RECORD["used"]["FlashLoader"]["LUT"] <= 340, AGAIN


def test_the_document_shows_it():
    assert mark(COMMAND) + table(RECORD) in (DOCS / DOCUMENT).read_text()
