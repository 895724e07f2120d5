"""Place and route the tracker behind a camera on its board with three seeds.

``python -m siammixer.bench.fabric_build [--seeds 1,2,3]`` writes ``bench/fabric_build.json`` and the table of
docs/fabric.md: resources, the clock that each seed reaches, and its critical path. It takes about half an
hour on one core. The exit status is 1 where a seed misses the board's clock for it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from siammixer.arch.accelerator import CAMERA_ACCELERATOR, find_accelerator
from siammixer.bench.build import BOARD, build_options, place_seeds, table
from siammixer.bench.document import rewrite
from siammixer.boards.board import Board
from siammixer.boards.camera_top import CameraTop
from siammixer.boards.catalogue import find_board
from siammixer.boards.pll import find_dividers
from siammixer.cli.build import camera_design
from siammixer.ir.catalogue import find_network

FILE = Path(__file__).with_name("fabric_build.json")
DOCUMENT, COMMAND = "fabric.md", "python -m siammixer.bench.fabric_build"
FOLDER = Path("build/bench") / f"{BOARD}-camera"
NETWORK = "siammixer"


def measure(board: Board, folder: Path, given: list[int]) -> dict:
    """The content of ``bench/fabric_build.json``."""
    assert board.camera is not None
    clock_mhz, accelerator = board.camera.clock_mhz, find_accelerator(CAMERA_ACCELERATOR)
    dividers = find_dividers(board.input_mhz, clock_mhz)
    design = camera_design(find_network(NETWORK), accelerator)
    return place_seeds(
        board, accelerator, lambda: CameraTop(board, design, dividers), folder, given, clock_mhz
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    given = build_options("fabric_build", __doc__, FOLDER).parse_args(arguments)
    record = measure(find_board(BOARD), given.folder, given.seeds)
    FILE.write_text(json.dumps(record, indent=2) + "\n")
    rewrite(DOCUMENT, COMMAND, table(record))
    return int(any(one["fmax_mhz"] < record["clock_mhz"] for one in record["seeds"].values()))


if __name__ == "__main__":
    raise SystemExit(main())
