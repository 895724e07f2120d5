"""Our side of docs/comparison.md: ``python -m siammixer.bench.comparison [--clock MHZ] [--write]``.

Utilisation by kind of layer, as the schedule predicts and simulation confirms, and frames per second at a
clock. With ``--write`` the part of docs/comparison.md is replaced.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from siammixer.arch.accelerator import DEFAULT_ACCELERATOR, find_accelerator
from siammixer.bench.arguments import parser
from siammixer.bench.build import BOARD
from siammixer.bench.document import rewrite
from siammixer.boards.catalogue import find_board
from siammixer.compiler.analysis.utilisation import KINDS, predicted_by_kind
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.program import BranchProgram
from siammixer.ir.catalogue import find_network
from siammixer.ir.named import DEFAULT_NETWORK
from siammixer.tracking.tracker import Settings

# The first with its kinds of layers, all with their speed.
NETWORKS = (DEFAULT_NETWORK, "siammixer-local")
DOCUMENT, COMMAND = "comparison.md", "python -m siammixer.bench.comparison --write"
SYNTHESIS = Path(__file__).with_name("synthesis.json")


def text(plans: Sequence[BranchProgram], clock_hz: float, dsp_blocks: int) -> str:
    """Markdown: of the first plan its table, of all their speed."""
    return table(plans[0]) + "\n" + "".join(f"- {speed(plan, clock_hz, dsp_blocks)}\n" for plan in plans)


def table(plan: BranchProgram) -> str:
    """Markdown."""
    multipliers = plan.accelerator.multipliers

    def row(name: str, macs: int, cycles: int) -> str:
        return f"| {name} | {macs / 1e6:.1f} M | {cycles:,} | {macs / (cycles * multipliers):.1%} |"

    lines = [
        f"`{plan.network.name}` on `{plan.accelerator.name}`, {multipliers} multipliers, grid "
        f"{plan.grid}, one search frame:",
        "",
        "| | useful MACs | cycles | utilisation |",
        "|---|---|---|---|",
        *(row(KINDS[kind], use.macs, use.cycles) for kind, use in predicted_by_kind(plan).items()),
        row("**whole frame**", plan.macs, plan.predicted_cycles),
    ]
    return "\n".join(lines) + "\n"


def speed(plan: BranchProgram, clock_hz: float, dsp_blocks: int) -> str:
    """Search passes and frames of the whole tracker."""
    passes, scales = clock_hz / plan.predicted_cycles, Settings().scales
    return (
        f"`{plan.network.name}` at {clock_hz / 1e6:g} MHz: {passes:.1f} search passes a second, "
        f"{passes / scales:.1f} frames a second of the tracker "
        f"with its {scales} scales; {passes / dsp_blocks:.2f} passes and "
        f"{passes / scales / dsp_blocks:.2f} frames a second for each of "
        f"{dsp_blocks} DSP blocks."
    )


def main() -> None:
    options = parser("comparison", __doc__)
    options.add_argument(
        "--clock",
        metavar="MHZ",
        type=float,
        default=float(find_board(BOARD).clock_mhz),
        help=f"default %(default)s, as {BOARD}",
    )
    options.add_argument("--write", action="store_true", help="into docs/comparison.md")
    given = options.parse_args()
    plans = [compile_branch(find_network(name), find_accelerator(DEFAULT_ACCELERATOR)) for name in NETWORKS]
    ours = text(plans, 1e6 * given.clock, json.loads(SYNTHESIS.read_text())["used"]["DSP"])
    print(ours, end="")
    if given.write:
        rewrite(DOCUMENT, COMMAND, ours)


if __name__ == "__main__":
    main()
