"""Flip bits in the memories of the simulated accelerator and record which check finds them.

``python -m siammixer.bench.faults [FLIPS]`` writes ``bench/faults.json`` and the table of
docs/verification.md. It runs the tiny network with random weights and makes FLIPS faults of one bit, as many
of two bits, and as many resets. The exit status is 1 where a single wrong bit was not reported, or the frame
after a fault was wrong.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from siammixer.arch.accelerator import find_accelerator
from siammixer.bench.arguments import parser, whole_number
from siammixer.bench.document import rewrite
from siammixer.golden.random_weights import random_weights
from siammixer.ir.catalogue import find_network
from siammixer.verify.fuzz.faults import PLACES, Flip, fault_campaign

FILE = Path(__file__).with_name("faults.json")
DOCUMENT, COMMAND = "verification.md", "python -m siammixer.bench.faults"
FLIPS, SEED = 600, 1


def counts(flips: list[Flip]) -> dict[str, int]:
    """Number of all flips, and of those that were reported before anything was computed, after that, or
    never; that gave a wrong response; and after which the next frame was wrong.
    """
    return {
        "faults": len(flips),
        "told_before": sum(flip.before for flip in flips),
        "told_after": sum(flip.named is not None and not flip.before for flip in flips),
        "not_told": sum(flip.named is None for flip in flips),
        "harmful": sum(flip.harmful for flip in flips),
        "harmful_not_told": sum(flip.harmful and flip.named is None for flip in flips),
        "next_frame_wrong": sum(flip.problem is not None for flip in flips),
    }


def table(record: dict) -> str:
    """The record as a Markdown table."""
    heads = (
        "",
        "faults",
        "told before",
        "told after",
        "not told",
        "of all, a response would be wrong",
        "next frame wrong",
    )
    lines = [f"| {' | '.join(heads)} |".replace("|  |", "| |"), "|---" * len(heads) + "|"]
    for name, flips in record["flips"].items():
        place, bits = name.removesuffix(" wrong").rsplit(", ", 1)
        told = " | ".join(
            str(flips[key])
            for key in ("faults", "told_before", "told_after", "not_told", "harmful", "next_frame_wrong")
        )
        lines.append(f"| {place}, {'one bit' if bits == '1' else 'two bits'} | {told} |")
    resets = record["resets"]
    lines.append(f"| resets in any cycle | {resets['resets']} | | | | | {resets['next_frame_wrong']} |")
    return "\n".join(lines) + "\n"


def good(record: dict) -> bool:
    """Whether every single wrong bit was reported and no fault affected the next frame."""
    one = [flips for name, flips in record["flips"].items() if name.endswith(", 1 wrong")]
    return not any(flips["not_told"] for flips in one) and not any(
        part["next_frame_wrong"] for part in (*record["flips"].values(), record["resets"])
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    options = parser("faults", __doc__)
    options.add_argument(
        "flips",
        metavar="FLIPS",
        nargs="?",
        type=whole_number,
        default=FLIPS,
        help="number of faults of one bit, of two bits, and of resets (default: %(default)s)",
    )
    count, network = options.parse_args(arguments).flips, find_network("tiny")
    flips, wrong = fault_campaign(
        network, random_weights(network, SEED), find_accelerator("tiny"), count, count, SEED, print
    )
    result = {
        "network": network.name,
        "seed": SEED,
        "flips": {
            f"{place}, {bits} wrong": counts([f for f in flips if (f.place, f.bits) == (place, bits)])
            for bits in (1, 2)
            for place in PLACES
        },
        "resets": {"resets": count, "next_frame_wrong": len(wrong)},
    }
    FILE.write_text(json.dumps(result, indent=2) + "\n")
    rewrite(DOCUMENT, COMMAND, table(result))
    print(FILE)
    return 0 if good(result) else 1


if __name__ == "__main__":
    raise SystemExit(main())
