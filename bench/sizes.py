"""Record the figures of the RTL with different numbers of multipliers, on the default network.

``python -m siammixer.bench.sizes [--simulate]`` writes ``bench/sizes.json`` and the table of docs/sizes.md:
the predictions for every size, and the result of simulating a template frame and a search frame of the
rendered clip. The simulation compares response and peak with golden, and cycles with the prediction. It takes
one or two minutes per size, mostly to build the simulator. Without ``--simulate`` an earlier simulation stays
in the record while it has the same size and cycles.
"""

from __future__ import annotations

import json
from pathlib import Path

from siammixer.arch.accelerator import ACCELERATORS, Accelerator
from siammixer.arch.area import block_rams, weight_bytes
from siammixer.bench.arguments import parser
from siammixer.bench.document import rewrite
from siammixer.compiler.analysis.sizing import plans
from siammixer.ir.catalogue import find_network
from siammixer.ir.named import DEFAULT_NETWORK
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.weights import load_weights
from siammixer.sim.check import check_frame
from siammixer.tracking.clip import Clip
from siammixer.tracking.pair import take_pair

FILE = Path(__file__).with_name("sizes.json")
DOCUMENT, COMMAND = "sizes.md", "python -m siammixer.bench.sizes"
# One accelerator for each number of lanes, as far as the catalogue has them.
SIZES = tuple(
    ACCELERATORS[name] for name in ("lanes-4", "lanes-8", "ecp5-85f", "lanes-32") if name in ACCELERATORS
)
FRAME = 10


def predicted(network: Network, accelerator: Accelerator) -> dict:
    """Predicted figures of both branches, and the memory and multipliers of the accelerator."""
    template, search = plans(network, accelerator)
    return {
        "multipliers": accelerator.multipliers,
        "grid": str(search.grid),
        "cycles": search.predicted_cycles,
        "template_cycles": template.predicted_cycles,
        "utilisation_per_mille": 1000 * search.macs // (search.predicted_cycles * accelerator.multipliers),
        "feature_map_bytes": search.feature_map_bytes,
        "weight_memory_bytes": weight_bytes(accelerator),
        "block_rams": block_rams(accelerator),
    }


def simulated(network: Network, accelerator: Accelerator, progress=lambda _: None) -> dict:
    """Result of a simulation with the shipped weights and the rendered clip: cycles, whether everything was
    equal, and the first difference.
    """
    pair = take_pair(Clip(), network, FRAME)
    check = check_frame(
        network, load_weights(network), accelerator, None, pair.template, pair.search, progress
    )
    cycles = {f"{branch}_cycles": check.cycles[branch] for branch in BRANCHES}
    return {
        "accelerator": accelerator.fingerprint,
        **cycles,
        "equal": check.problem is None,
        "problem": check.problem,
    }


def predictions() -> dict[str, dict]:
    """:func:`predicted` of every size, by the accelerator's name."""
    network = find_network(DEFAULT_NETWORK)
    return {accelerator.name: predicted(network, accelerator) for accelerator in SIZES}


def still_holds(simulation: dict | None, accelerator: Accelerator, figures: dict) -> bool:
    """Whether a recorded simulation has this size and the cycles that are predicted now."""
    wanted = (accelerator.fingerprint, figures["cycles"], figures["template_cycles"])
    return (
        simulation is not None
        and (simulation["accelerator"], simulation["search_cycles"], simulation["template_cycles"]) == wanted
    )


def table(record: dict[str, dict]) -> str:
    """The record as a Markdown table."""
    lines = [
        "| | multipliers | grid | cycles | utilisation | maps B | weight memory B | block RAMs | simulated |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, size in record.items():
        figures, simulation = size["predicted"], size["simulated"]
        verdict = (
            "not since"
            if simulation is None
            else "equal"
            if simulation["equal"]
            else f"DIFFERS: {simulation['problem']}"
        )
        numbers = (f"{figures[key]:,}" for key in ("feature_map_bytes", "weight_memory_bytes", "block_rams"))
        utilisation = f"{figures['utilisation_per_mille'] / 10:.1f} %"
        shown = (
            f"`{name}`",
            str(figures["multipliers"]),
            figures["grid"],
            f"{figures['cycles']:,}",
            utilisation,
        )
        lines.append(f"| {' | '.join((*shown, *numbers, verdict))} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Runs the command; the exit status is 1 where a simulation differs from golden."""
    options = parser("sizes", __doc__)
    options.add_argument(
        "--simulate", action="store_true", help="run every size on the simulated accelerator"
    )
    simulate = options.parse_args().simulate
    network, record = find_network(DEFAULT_NETWORK), json.loads(FILE.read_text()) if FILE.exists() else {}
    result = {}
    for accelerator in SIZES:
        figures, before = predicted(network, accelerator), record.get(accelerator.name, {}).get("simulated")
        simulation: dict | None
        if simulate:
            simulation = simulated(network, accelerator, lambda text: print(text, flush=True))
        else:
            simulation = before if still_holds(before, accelerator, figures) else None
        result[accelerator.name] = {"predicted": figures, "simulated": simulation}
        print(accelerator.name, figures, simulation or "not simulated", flush=True)
    FILE.write_text(json.dumps(result, indent=2) + "\n")
    rewrite(DOCUMENT, COMMAND, table(result))
    return int(any(size["simulated"] and not size["simulated"]["equal"] for size in result.values()))


if __name__ == "__main__":
    raise SystemExit(main())
