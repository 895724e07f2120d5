"""Print our side of docs/comparison.md: utilisation and frames per second.

``python -m siammixer.bench.comparison [--clock MHZ] [--write]`` prints the utilisation by kind of layer, as
the compiler predicts and simulation confirms, and the frames per second at a clock. With ``--write`` it
replaces the part in docs/comparison.md.
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

# The table shows the kinds of layers of the first; the lines below it show the speed of all.
NETWORKS = (DEFAULT_NETWORK, "siammixer-local")
DOCUMENT, COMMAND = "comparison.md", "python -m siammixer.bench.comparison --write"
SYNTHESIS = Path(__file__).with_name("synthesis.json")


def text(programs: Sequence[BranchProgram], clock_hz: float, dsp_blocks: int) -> str:
    """Markdown: the table of the first program, and the speed of every program."""
    speeds = (f"- {speed(program, clock_hz, dsp_blocks)}\n" for program in programs)
    return table(programs[0]) + "\n" + "".join(speeds)


def table(program: BranchProgram) -> str:
    """Utilisation by kind of layer as a Markdown table."""
    multipliers = program.accelerator.multipliers

    def row(name: str, macs: int, cycles: int) -> str:
        return f"| {name} | {macs / 1e6:.1f} M | {cycles:,} | {macs / (cycles * multipliers):.1%} |"

    lines = [
        f"`{program.network.name}` on `{program.accelerator.name}`, {multipliers} multipliers, grid "
        f"{program.grid}, one search frame:",
        "",
        "| | useful MACs | cycles | utilisation |",
        "|---|---|---|---|",
        *(row(KINDS[kind], use.macs, use.cycles) for kind, use in predicted_by_kind(program).items()),
        row("**whole frame**", program.macs, program.predicted_cycles),
    ]
    return "\n".join(lines) + "\n"


def speed(program: BranchProgram, clock_hz: float, dsp_blocks: int) -> str:
    """Search passes per second, one of which is a frame of the tracker, in words."""
    passes = clock_hz / program.predicted_cycles
    return (
        f"`{program.network.name}` at {clock_hz / 1e6:g} MHz: {passes:.1f} search passes a second, "
        f"each a frame of the tracker; {passes / dsp_blocks:.2f} for each of {dsp_blocks} DSP blocks."
    )


def main() -> None:
    """Runs the command."""
    options = parser("comparison", __doc__)
    options.add_argument(
        "--clock",
        metavar="MHZ",
        type=float,
        default=float(find_board(BOARD).clock_mhz),
        help=f"clock of the core (default: %(default)s, that of {BOARD})",
    )
    options.add_argument("--write", action="store_true", help="write the part in docs/comparison.md")
    given = options.parse_args()
    programs = [
        compile_branch(find_network(name), find_accelerator(DEFAULT_ACCELERATOR)) for name in NETWORKS
    ]
    ours = text(programs, 1e6 * given.clock, json.loads(SYNTHESIS.read_text())["used"]["DSP"])
    print(ours, end="")
    if given.write:
        rewrite(DOCUMENT, COMMAND, ours)


if __name__ == "__main__":
    main()
