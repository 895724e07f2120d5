"""Put the core behind AXI through random frames and resets, and record what became of them.

``python -m siammixer.bench.axi [FRAMES]`` writes ``bench/axi.json`` and the table of docs/axi.md. It runs the
tiny network with random weights: FRAMES frames and half as many resets again, with channels that pause never,
sometimes and mostly. The exit status is 1 where anything differed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from siammixer.arch.accelerator import find_accelerator
from siammixer.bench.arguments import parser, whole_number
from siammixer.bench.document import rewrite
from siammixer.sim.axi import AxiJob, axi_simulator, run_axi

FILE = Path(__file__).with_name("axi.json")
DOCUMENT, COMMAND = "axi.md", "python -m siammixer.bench.axi"
FRAMES, SEED = 200, 1
STALLS = (0.0, 0.3, 0.7)


def table(record: dict) -> str:
    """The record as a Markdown table."""
    heads = ("channels pause", "frames", "resets", "wrong streams", "wrong accesses", "cycles", "differences")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for stall, run in record["runs"].items():
        counts = [run[key] for key in ("frames", "resets", "wrong_streams", "wrong_accesses", "cycles")]
        cells = [f"{float(stall):.0%}", *(f"{value:,}" for value in counts), str(len(run["problems"]))]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    options = parser("axi", __doc__)
    options.add_argument(
        "frames",
        nargs="?",
        type=whole_number,
        default=FRAMES,
        metavar="FRAMES",
        help=f"frames compared, of all runs together (default: {FRAMES})",
    )
    frames = options.parse_args(arguments).frames
    binary, runs = axi_simulator(find_accelerator("tiny"), print), {}
    for number, stall in enumerate(STALLS):
        share = frames // len(STALLS) + (number < frames % len(STALLS))
        job = AxiJob(frames=share, resets=share + (share + 1) // 2, stall=stall, seed=SEED + number)
        print(f"channels that pause in {stall:.0%} of the cycles", flush=True)
        runs[str(stall)] = asdict(run_axi(binary, job))
        print("\n".join(runs[str(stall)]["problems"][:5]) or "no difference", flush=True)
    record = {"network": "tiny", "accelerator": "tiny", "seed": SEED, "runs": runs}
    FILE.write_text(json.dumps(record, indent=2) + "\n")
    rewrite(DOCUMENT, COMMAND, table(record))
    return int(any(run["problems"] for run in runs.values()))


if __name__ == "__main__":
    raise SystemExit(main())
