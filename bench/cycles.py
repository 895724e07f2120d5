"""Record the predicted cycles of every step.

``python -m siammixer.bench.cycles`` writes ``bench/cycles.json``. A test compares the file with the
compiler's predictions, so that a change of speed shows in a diff. Simulation must confirm the predictions.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from siammixer.arch.accelerator import find_accelerator
from siammixer.bench.arguments import parser
from siammixer.compiler.analysis.sizing import plans
from siammixer.compiler.analysis.utilisation import predicted_by_kind
from siammixer.compiler.program import BranchProgram
from siammixer.ir.catalogue import find_network
from siammixer.ir.patches import Grid

FILE = Path(__file__).with_name("cycles.json")
CASES = (
    ("siammixer", "ecp5-85f", "4x4"),
    ("siammixer", "ecp5-85f", "1x4"),
    ("siammixer", "ecp5-85f", "8x8"),
    ("siammixer", "ecp5-85f", "16x1"),
    ("siammixer", "whole-image", "1x1"),
    ("siammixer-local", "ecp5-85f", "4x4"),
    ("tiny", "tiny", "2x2"),
)


def cycles() -> dict[str, dict]:
    """Figures by case and branch: cycles of the frame, utilisation in per mille, the same by kind of layer,
    and cycles of each step.
    """
    both = [
        plans(find_network(network), find_accelerator(accelerator), Grid.parse(grid))
        for network, accelerator, grid in CASES
    ]
    return {_name(program): _figures(program) for program in chain.from_iterable(both)}


def _name(program: BranchProgram) -> str:
    return f"{program.network.name} on {program.accelerator.name}, {program.grid}, {program.branch}"


def _figures(program: BranchProgram) -> dict:
    frame, multipliers = program.predicted_cycles, program.accelerator.multipliers
    return {
        "cycles": frame,
        "utilisation_per_mille": 1000 * program.macs // (frame * multipliers),
        "utilisation_per_mille_by_kind": {
            kind: 1000 * use.macs // (use.cycles * multipliers)
            for kind, use in predicted_by_kind(program).items()
            if use.macs
        },
        "steps": program.cycles_by_step,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    parser("cycles", __doc__).parse_args(arguments)
    FILE.write_text(json.dumps(cycles(), indent=2) + "\n")
    print(FILE)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
