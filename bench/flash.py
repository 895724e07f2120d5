"""Sizes of the flash images, cycles that they take to load, and cells of the loader.

``python -m siammixer.bench.flash`` writes ``bench/flash.json`` and the tables of docs/flash.md; cells are
yosys's, before placement. It takes half a minute.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from siammixer.arch.accelerator import ACCELERATORS, DEFAULT_ACCELERATOR
from siammixer.arch.area import ECP5_85F
from siammixer.arch.flash import FlashTiming
from siammixer.bench.arguments import parser
from siammixer.bench.document import rewrite
from siammixer.boards.synthesis import make_netlist, resources
from siammixer.driver.flash_image import examine, network_image
from siammixer.driver.planner import plan_branches
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.weights import load_weights
from siammixer.rtl.flash.flash_loader import FlashLoader
from siammixer.rtl.flash.flash_reader import FlashReader

FILE = Path(__file__).with_name("flash.json")
DOCUMENT, COMMAND = "flash.md", "python -m siammixer.bench.flash"
FOLDER = Path("build/bench/flash")
CLOCK_HZ = 90_000_000
TIMING = FlashTiming.of(CLOCK_HZ)
PAIRS = (("siammixer", "ecp5-85f"), ("tiny", "tiny"))


def images() -> list[dict]:
    """Size and time of each network's image on its accelerator, with the shipped weights."""
    found = []
    for network, name in PAIRS:
        accelerator, weights = ACCELERATORS[name], load_weights(NETWORKS[network])
        content = network_image(plan_branches(NETWORKS[network], accelerator, None, weights), weights)
        found.append(
            {
                "network": network,
                "accelerator": name,
                "words": len(examine(content, accelerator).words),
                "bytes": len(content),
                "cycles": TIMING.read_cycles(len(content)) + FlashLoader.LATENCY,
            }
        )
    return found


def measure(folder: Path) -> dict:
    """The content of ``bench/flash.json``."""
    accelerator = ACCELERATORS[DEFAULT_ACCELERATOR]
    blocks = {"FlashLoader": FlashLoader(accelerator, TIMING), "FlashReader": FlashReader(TIMING)}
    used = {name: resources(make_netlist(block, name, folder / name)) for name, block in blocks.items()}
    timing = {"half_cycles": TIMING.half_cycles, "wait_cycles": TIMING.wait_cycles}
    return {
        **{"clock_hz": CLOCK_HZ, "timing": timing, "accelerator": DEFAULT_ACCELERATOR},
        **{"used": used, "available": ECP5_85F, "images": images()},
    }


def table(record: dict) -> str:
    """The record as Markdown."""
    lines = ["| image of | words | bytes | cycles | at 90 MHz |", "|---|---|---|---|---|"]
    for one in record["images"]:
        name = f"`{one['network']}` on `{one['accelerator']}`"
        milliseconds = 1000 * one["cycles"] / record["clock_hz"]
        counts = " | ".join(f"{one[key]:,}" for key in ("words", "bytes", "cycles"))
        lines.append(f"| {name} | {counts} | {milliseconds:.1f} ms |")
    lines += ["", f"| ECP5, for `{record['accelerator']}` | {' | '.join(record['available'])} |"]
    lines.append("|---|" + "---|" * len(record["available"]))
    for name, used in record["used"].items():
        lines.append(f"| `{name}` | {' | '.join(str(used[kind]) for kind in record['available'])} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit status is 0."""
    parser("flash", __doc__).parse_args(arguments)
    record = measure(FOLDER)
    FILE.write_text(json.dumps(record, indent=2) + "\n")
    rewrite(DOCUMENT, COMMAND, table(record))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
