"""The recorded measurement of the link alone: of these tools and the board's clock, which it holds, and as
the document shows it.
"""

import json

from siammixer.bench.build import BOARD, SEEDS
from siammixer.bench.document import DOCS, mark
from siammixer.bench.link import COMMAND, DOCUMENT, FILE, table
from siammixer.boards.catalogue import find_board
from siammixer.boards.tools import tool_versions

AGAIN = "run python -m siammixer.bench.link and commit the change with its reason"
RECORD = json.loads(FILE.read_text())


def test_it_is_of_this_board_and_these_tools():
    board = find_board(BOARD)
    assert (RECORD["device"], RECORD["clock_mhz"]) == (f"{board.device}-{board.speed}", board.clock_mhz), (
        AGAIN
    )
    assert RECORD["tools"] == tool_versions(), AGAIN


def test_it_does_not_limit_the_clock():
    assert set(RECORD["seeds"]) == set(map(str, SEEDS))
    assert all(result["fmax_mhz"] >= RECORD["clock_mhz"] for result in RECORD["seeds"].values()), AGAIN


def test_the_document_shows_it():
    assert mark(COMMAND) + table(RECORD) in (DOCS / DOCUMENT).read_text()
