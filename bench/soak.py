"""Run many frames on one simulated accelerator and record whether any differs from golden.

``python -m siammixer.bench.soak`` writes ``bench/soak.json`` and the table of docs/verification.md with the
result of each of the :data:`SOAKS`. It takes about five minutes on one core. The exit status is 1 where a
frame differs from golden; the record then holds the difference. With ``--power-up SEED`` registers and
memories begin as anything, by that seed, and nothing is written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from siammixer.arch.accelerator import find_accelerator
from siammixer.bench.arguments import parser, whole_number
from siammixer.bench.document import rewrite
from siammixer.golden.random_weights import random_weights
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import Weights, load_weights
from siammixer.report.tables import progress
from siammixer.sim.simulators import design_fingerprint
from siammixer.sim.soak import soak

FILE = Path(__file__).with_name("soak.json")
DOCUMENT, COMMAND = "verification.md", "python -m siammixer.bench.soak"


@dataclass(frozen=True, kw_only=True)
class SoakCase:
    """A soak to run.

    Parameters
    ----------
    frames, seed
        See :func:`siammixer.sim.soak.soak`.
    weights_seed
        Seed of random weights; None takes the shipped ones.
    """

    network: str
    accelerator: str
    frames: int
    seed: int
    weights_seed: int | None = None

    def weights(self) -> Weights:
        """The shipped weights of the network, or random ones."""
        network = find_network(self.network)
        return (
            load_weights(network) if self.weights_seed is None else random_weights(network, self.weights_seed)
        )


SOAKS = (
    SoakCase(network="tiny", accelerator="tiny", frames=1000, seed=1000, weights_seed=3),
    SoakCase(network="siammixer", accelerator="ecp5-85f", frames=50, seed=1),
)


def measured(
    case: SoakCase, tell: Callable[[str], None] = lambda _: None, power_up: int | None = None
) -> dict:
    """The entry of a soak in :data:`FILE`.

    The same Verilog gives the same entry; ``design`` is its fingerprint.
    """
    weights, accelerator = case.weights(), find_accelerator(case.accelerator)
    found = soak(
        weights.network, weights, accelerator, case.frames, case.seed, progress=tell, power_up=power_up
    )
    return {
        "network": case.network,
        "accelerator": case.accelerator,
        "fingerprints": {
            "weights": weights.fingerprint,
            "accelerator": accelerator.fingerprint,
            "design": design_fingerprint(accelerator),
        },
        "seed": case.seed,
        "frames": found.frames,
        "templates": found.templates,
        "stalled": found.stalled,
        "resets": found.resets,
        "clocks": found.clocks,
        "steady_cycles": sorted(found.steady_cycles),
        "problem": found.problem,
    }


def table(record: list[dict]) -> str:
    """The record as a Markdown table."""
    lines = [
        "| | frames | templates | runs whose pixels pause | resets in mid-run | cycles, all runs | cycles "
        "of a frame without pauses | differences |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in record:
        counts = [f"{one[key]:,}" for key in ("frames", "templates", "stalled", "resets", "clocks")]
        steady = ", ".join(f"{cycles:,}" for cycles in one["steady_cycles"]) or "none"
        verdict = "none" if one["problem"] is None else f"DIFFERS: {one['problem']}"
        shown = (f"`{one['network']}` on `{one['accelerator']}`", *counts, steady, verdict)
        lines.append(f"| {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    command = parser("soak", __doc__)
    command.add_argument(
        "--power-up",
        type=partial(whole_number, least=0),
        metavar="SEED",
        help="registers and memories begin as anything, by this seed; nothing is recorded",
    )
    options = command.parse_args(arguments)
    record = []
    for case in SOAKS:
        with progress(f"{case.network} on {case.accelerator}") as tell:
            record.append(measured(case, tell, options.power_up))
        print(record[-1], flush=True)
    if options.power_up is not None:
        return int(any(one["problem"] for one in record))
    FILE.write_text(json.dumps(record, indent=2) + "\n")
    rewrite(DOCUMENT, COMMAND, table(record))
    return int(any(one["problem"] for one in record))


if __name__ == "__main__":
    raise SystemExit(main())
