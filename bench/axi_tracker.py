"""Put the tracker behind AXI through random videos and resets, and record what became of them.

``python -m siammixer.bench.axi_tracker [TRACKS]`` writes ``bench/axi_tracker.json`` and docs/axi.md's table.
It runs the tiny network: TRACKS targets that are followed and half as many again that are broken off, with
channels that pause never, sometimes and mostly. The exit status is 1 where anything differed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.fabric import FabricDesign
from siammixer.bench.arguments import parser, whole_number
from siammixer.bench.document import rewrite
from siammixer.ir.catalogue import find_network
from siammixer.sim.axi_tracker import FRAME, AxiTrackerJob, axi_tracker_simulator, run_axi_tracker
from siammixer.tracking.settings import Settings

FILE = Path(__file__).with_name("axi_tracker.json")
DOCUMENT, COMMAND = "axi.md", "python -m siammixer.bench.axi_tracker"
TRACKS, FRAMES, SEED = 12, 4, 1
STALLS = (0.0, 0.3, 0.7)
COUNTS = ("tracks", "news", "bad_frames", "resets", "refused_boxes", "cycles")


def table(record: dict) -> str:
    """The record as a Markdown table."""
    heads = ("targets", "news compared", "bad frames", "broken off", "refused boxes", "cycles")
    lines = [f"| channels pause | {' | '.join(heads)} | differences |", "|---" * (len(heads) + 2) + "|"]
    for stall, run in record["runs"].items():
        cells = [f"{float(stall):.0%}", *(f"{run[name]:,}" for name in COUNTS), str(len(run["problems"]))]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    options = parser("axi_tracker", __doc__)
    options.add_argument(
        "tracks",
        nargs="?",
        type=whole_number,
        default=TRACKS,
        metavar="TRACKS",
        help=f"targets followed, of all runs together (default: {TRACKS})",
    )
    tracks = options.parse_args(arguments).tracks
    width, height = FRAME
    design = FabricDesign.of(
        find_network("tiny"),
        find_accelerator("tiny"),
        Settings().shares(),
        frame_width=width + 1,
        frame_height=height + 1,
    )
    binary, runs = axi_tracker_simulator(design, print), {}
    for number, stall in enumerate(STALLS):
        share = tracks // len(STALLS) + (number < tracks % len(STALLS))
        job = AxiTrackerJob(
            tracks=share, frames=FRAMES, resets=(share + 1) // 2, stall=stall, seed=SEED + number
        )
        print(f"channels that pause in {stall:.0%} of the cycles", flush=True)
        runs[str(stall)] = asdict(run_axi_tracker(binary, job))
        print("\n".join(runs[str(stall)]["problems"][:5]) or "no difference", flush=True)
    record = {"network": "tiny", "accelerator": "tiny", "seed": SEED, "runs": runs}
    FILE.write_text(json.dumps(record, indent=2) + "\n")
    rewrite(DOCUMENT, COMMAND, table(record))
    return int(any(run["problems"] for run in runs.values()))


if __name__ == "__main__":
    raise SystemExit(main())
