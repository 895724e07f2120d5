"""The recorded builds of the tracker behind a camera: of these sizes and tools; they fit."""

import json

from siammixer.arch.accelerator import CAMERA_ACCELERATOR, find_accelerator
from siammixer.bench import fabric_build
from siammixer.bench.build import BOARD, table
from siammixer.bench.document import DOCS, mark
from siammixer.boards.catalogue import find_board
from siammixer.boards.tools import tool_versions

AGAIN = "run python -m siammixer.bench.fabric_build and commit the change with its reason"
RECORD = json.loads(fabric_build.FILE.read_text())


def test_it_is_of_this_accelerator_and_these_tools():
    assert RECORD["accelerator_fingerprint"] == find_accelerator(CAMERA_ACCELERATOR).fingerprint, AGAIN
    assert RECORD["tools"] == tool_versions(), AGAIN


def test_it_fits_and_makes_its_clock():
    board = find_board(BOARD)
    assert RECORD["clock_mhz"] == board.camera.clock_mhz
    assert all(RECORD["used"][name] <= RECORD["available"][name] for name in RECORD["available"])
    assert RECORD["seeds"][str(board.seed)]["fmax_mhz"] >= board.camera.clock_mhz, AGAIN


def test_the_document_shows_it():
    assert mark(fabric_build.COMMAND) + table(RECORD) in (DOCS / fabric_build.DOCUMENT).read_text(), AGAIN
