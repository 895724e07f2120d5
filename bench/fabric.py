"""Cycles and cells of the tracker in the fabric.

``python -m siammixer.bench.fabric`` writes ``bench/fabric.json`` and the tables of docs/fabric.md: the cycles
of each command, by network, and what the tracker of the default network takes of an ECP5, after yosys and
before placement. It takes half a minute.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from siammixer.arch.area import ECP5_85F
from siammixer.arch.tracker import TrackerDesign
from siammixer.bench.arguments import parser
from siammixer.bench.document import rewrite
from siammixer.boards.synthesis import make_netlist, resources
from siammixer.ir.catalogue import NETWORKS
from siammixer.rtl.technology.ecp5 import LFE5U_85F
from siammixer.rtl.tracker.program import COMMANDS, tracker_program
from siammixer.rtl.tracker.tracker_loop import TrackerLoop
from siammixer.tracking.settings import Settings

FILE = Path(__file__).with_name("fabric.json")
DOCUMENT, COMMAND = "fabric.md", "python -m siammixer.bench.fabric"
NETWORK = "siammixer"
FOLDER, NAME = Path("build/bench/fabric"), "tracker"


def programs() -> dict:
    """Sizes of each network's program, and the cycles of its commands."""
    found = {}
    for name, network in NETWORKS.items():
        design = TrackerDesign.of(network, Settings().shares())
        program = tracker_program(design)
        found[name] = {
            "word_bits": design.word_bits,
            "multiplier_bits": design.multiplier_bits,
            "instructions": len(program.words),
            "table_words": len(program.tables),
            "registers": program.registers,
            "cycles": program.cycles,
        }
    return found


def measure(folder: Path) -> dict:
    """The content of ``bench/fabric.json``."""
    design = TrackerDesign.of(NETWORKS[NETWORK], Settings().shares())
    used = resources(make_netlist(TrackerLoop(design, LFE5U_85F), NAME, folder))
    return {"network": NETWORK, "used": used, "available": ECP5_85F, "programs": programs()}


def table(record: dict) -> str:
    """The record as Markdown."""
    used = ", ".join(f"{name} {count:,}" for name, count in record["used"].items())
    lines = [
        f"Of an ECP5, for network `{record['network']}`: {used}.",
        "",
        f"| network | instructions | table words | registers x bits | {' | '.join(COMMANDS)} |",
        "|---|---|---|---|" + "---|" * len(COMMANDS),
    ]
    for name, one in record["programs"].items():
        cycles = " | ".join(f"{one['cycles'][command]:,}" for command in COMMANDS)
        sizes = f"{one['instructions']} | {one['table_words']} | {one['registers']} x {one['word_bits']}"
        lines.append(f"| `{name}` | {sizes} | {cycles} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit status is 0."""
    parser("fabric", __doc__).parse_args(arguments)
    record = measure(FOLDER)
    FILE.write_text(json.dumps(record, indent=2) + "\n")
    rewrite(DOCUMENT, COMMAND, table(record))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
