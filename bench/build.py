"""Place and route the default accelerator on its board with three seeds.

``python -m siammixer.bench.build [--seeds 1,2,3]`` writes ``bench/build.json`` and the table of
docs/timing.md: resources, the clock that each seed reaches, and its critical path. It takes about half an
hour on one core. The result of a seed stays in the folder, so the seed is not placed again while netlist and
tools are the same. The exit status is 1 where a seed misses the board's clock, or the design uses over 2 %
more of a resource than the earlier record says.
"""

from __future__ import annotations

import hashlib
import json
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from amaranth.hdl import Elaboratable

from siammixer.arch.accelerator import DEFAULT_ACCELERATOR, Accelerator, find_accelerator
from siammixer.bench.arguments import parser, seeds
from siammixer.bench.document import rewrite
from siammixer.boards.board import Board
from siammixer.boards.catalogue import find_board
from siammixer.boards.flow import NAME, make_netlist, place_board
from siammixer.boards.place import Placement
from siammixer.boards.pll import find_dividers
from siammixer.boards.tools import tool_versions
from siammixer.boards.top import Top

FILE = Path(__file__).with_name("build.json")
DOCUMENT, COMMAND = "timing.md", "python -m siammixer.bench.build"
BOARD = "ulx3s-85f"
FOLDER = Path("build/bench") / BOARD
SEEDS = (1, 2, 3)
CLOCK_MHZ = Fraction(90)  # the target of nextpnr influences the clock that it reaches
# Less growth of a resource is noise of yosys. The clock itself varies by a tenth from seed to seed.
GROWTH = 1.02


def measure(board: Board, folder: Path, seeds: list[int]) -> dict:
    """The content of ``bench/build.json``."""
    accelerator = find_accelerator(DEFAULT_ACCELERATOR)
    dividers = find_dividers(board.input_mhz, CLOCK_MHZ)
    return place_seeds(
        board, accelerator, lambda: Top(board, accelerator, dividers), folder, seeds, CLOCK_MHZ
    )


def place_seeds(
    board: Board,
    accelerator: Accelerator,
    make_top: Callable[[], Elaboratable],
    folder: Path,
    seeds: list[int],
    clock_mhz: Fraction,
) -> dict:
    """A record of a design on its board: resources, and the clock that each seed reaches.

    Parameters
    ----------
    make_top
        Makes the design.
    folder
        Files and logs go there, and the result of each seed, which is not placed again while netlist and
        tools are the same.
    clock_mhz
        Asked of nextpnr.
    """
    folder.mkdir(parents=True, exist_ok=True)
    print("elaborating, yosys", flush=True)
    make_netlist(board, make_top, folder)
    key = {
        "source": source_fingerprint(folder / f"{NAME}.il"),
        "tools": tool_versions(),
        "clock_mhz": float(clock_mhz),
    }
    record = {
        "board": board.name,
        "accelerator": accelerator.name,
        "accelerator_fingerprint": accelerator.fingerprint,
        **key,
        "used": {},
        "available": {},
        "seeds": {},
    }
    for seed in seeds:
        add_seed(record, seed, _placed(board, folder, seed, key, clock_mhz))
    return record


def source_fingerprint(rtlil: Path) -> str:
    """16 hex digits that name the RTLIL of a design."""
    return hashlib.sha256(rtlil.read_bytes()).hexdigest()[:16]


def add_seed(record: dict, seed: int, result: dict) -> None:
    """Adds the :func:`figures` of a seed to a record and prints them. The resources are those of the last
    seed.
    """
    record |= {name: result[name] for name in ("used", "available")}
    record["seeds"][str(seed)] = {
        name: value for name, value in result.items() if name not in ("used", "available")
    }
    print(f"seed {seed}: {result['fmax_mhz']} MHz, {result['critical_path']['text']}", flush=True)


def _placed(board: Board, folder: Path, seed: int, key: dict, clock_mhz: Fraction) -> dict:
    kept = folder / f"seed{seed}.json"
    if kept.exists() and (earlier := json.loads(kept.read_text()))["key"] == key:
        return earlier["result"]
    print(f"seed {seed}: placing and routing, about ten minutes", flush=True)
    result = figures(place_board(board, folder, seed, clock_mhz))
    kept.write_text(json.dumps({"key": key, "result": result}))
    return result


def figures(placement: Placement) -> dict:
    """Plain values of a placement: clock, critical path, resources and seconds."""
    return {
        "fmax_mhz": round(placement.slowest_mhz, 2),
        "critical_path": placement.critical_path.record(),
        "used": placement.used,
        "available": placement.available,
        "seconds": round(placement.seconds),
    }


def table(record: dict) -> str:
    """The record as a Markdown table."""
    used = ", ".join(
        f"{name} {count:,} of {record['available'][name]:,}" for name, count in record["used"].items()
    )
    lines = [
        f"`{record['board']}`, `{record['accelerator']}`, {record['clock_mhz']:g} MHz asked for; {used}.",
        "",
    ]
    lines += ["| seed | MHz | critical path | minutes |", "|---|---|---|---|"]
    lines += [
        f"| {seed} | {result['fmax_mhz']} | {result['critical_path']['text']} | "
        f"{result['seconds'] / 60:.0f} |"
        for seed, result in record["seeds"].items()
    ]
    return "\n".join(lines) + "\n"


def regressions(before: dict, now: dict, needed_mhz: Fraction) -> list[str]:
    """Every regression of the record ``now``, in words: clocks below ``needed_mhz``, resources above
    ``before``.
    """
    slow = [
        f"seed {seed}: {result['fmax_mhz']} MHz, the board needs {float(needed_mhz):g}"
        for seed, result in now["seeds"].items()
        if result["fmax_mhz"] < needed_mhz
    ]
    large = [
        f"{name}: {before['used'][name]:,} -> {count:,}"
        for name, count in now["used"].items()
        if count > GROWTH * before["used"].get(name, count)
    ]
    return slow + large


def build_options(name: str, description: str, folder: Path) -> ArgumentParser:
    """The parser of a command that places a design with several seeds, by default in ``folder``."""
    options = parser(name, description)
    options.add_argument(
        "--seeds",
        type=seeds,
        metavar="N,N",
        default=",".join(map(str, SEEDS)),
        help="seeds of nextpnr (default: %(default)s)",
    )
    options.add_argument(
        "--folder", type=Path, default=folder, help="folder for files and logs (default: %(default)s)"
    )
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    options = build_options("build", __doc__, FOLDER).parse_args(arguments)
    record = measure(find_board(BOARD), options.folder, options.seeds)
    worse = regressions(json.loads(FILE.read_text()), record, find_board(BOARD).clock_mhz)
    FILE.write_text(json.dumps(record, indent=2) + "\n")
    rewrite(DOCUMENT, COMMAND, table(record))
    for line in worse:
        print(f"WORSE {line}")
    return int(bool(worse))


if __name__ == "__main__":
    raise SystemExit(main())
