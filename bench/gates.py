"""Check netlist, power-up and exported Verilog of a core against what was verified, and record it.

``python -m siammixer.bench.gates [--network N] [--accelerator A] [--only netlist,power-up,export]`` runs:

- ``netlist``: the netlist of synthesis for ECP5 in Verilator, both branches of a real frame;
- ``power-up``: the exported Verilog with four states in Icarus Verilog, every register and memory X in the
  beginning and X never hidden by a condition, the same frame, after a reset of one cycle and of eight;
- ``export``: the exported Verilog against Amaranth's RTLIL, by a proof.

It writes ``bench/gates.json`` and the table of docs/verification.md; the exit status is 1 where something
differs. The tiny network and accelerator take minutes, netlist and export of the default ones half an hour,
and Icarus hours.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from argparse import ArgumentTypeError
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from amaranth.back import rtlil

from siammixer.arch.accelerator import find_accelerator
from siammixer.bench.arguments import parser
from siammixer.bench.document import rewrite
from siammixer.delivery.bundle import bundle_files
from siammixer.delivery.frame import tracked_crops
from siammixer.delivery.job import Job
from siammixer.driver.session import Session
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.ir.network import BRANCHES
from siammixer.ir.weights import load_weights
from siammixer.rtl.bus.flat import FlatSiamMixer
from siammixer.sim.native import Simulator, build_native
from siammixer.sim.power_up import without_initial_values
from siammixer.verify.gates.equivalence import compare
from siammixer.verify.gates.netlist import netlist_verilog
from siammixer.verify.gates.unknowns import SEEN, with_open_conditions

FILE = Path(__file__).with_name("gates.json")
DOCUMENT, COMMAND = "verification.md", "python -m siammixer.bench.gates"
FOLDER = Path("build/bench/gates")
PREFIX = "eye"
RESETS = (1, 8)
"""Cycles of the resets that are tried, each from power-up on; the interface promises that one is enough."""

Change = Callable[[str], str]

_MONITOR = """module monitor;
  // From the reset's end on nothing that the core says of itself may be unknown, the peak after a search.
  reg armed = 0, reset = 0, ran = 0;
  always @(negedge @@_tb.clk) begin
    if (@@_tb.rst) reset = 1;
    if (@@_tb.busy === 0 && reset && !@@_tb.rst) armed = 1;
    if (@@_tb.done === 1 && @@_tb.searching) ran = 1;
    if (reset && !@@_tb.rst) begin
      if (^{@@_tb.busy, @@_tb.done, @@_tb.error, @@_tb.refused, @@_tb.current, @@_tb.write_ready,
            @@_tb.pixel_ready, @@_tb.identity} === 1'bx) begin
        $display("X in the status");
        $finish;
      end
      if (ran && ^{@@_tb.peak_position, @@_tb.peak_value} === 1'bx) $display("X in the peak");
    end
  end
endmodule
"""


def same(text: str) -> str:
    """Changes nothing."""
    return text


def check_netlist(job: Job, folder: Path, change: Change = same) -> dict:
    """Runs a frame on the netlist; ``change`` is done to its text before.

    Returns the entry of the record: cycles of each branch, and what differs from golden or the prediction.
    """
    text = change(netlist_verilog(job.accelerator, folder))
    cells = json.loads((folder / "stat.json").read_text())["design"]["num_cells_by_type"]
    binary = build_native(text, in_a_hurry=True, cache=folder)
    crops = tracked_crops(job.program, job.weights)
    cycles, problems = {}, []
    with closing(Session(job.program, job.weights, Simulator(binary))) as session:
        for branch in BRANCHES:
            judged = session.judge(branch, crops[branch])
            cycles[branch] = judged.outcome.cycles
            problems += [f"{branch} branch: {judged.problem}"] if judged.problem else []
    shutil.rmtree(binary.folder)
    counted = {name: count for name, count in sorted(cells.items()) if not name.startswith("$")}
    return {"cells": counted, "cycles": cycles, "problems": problems}


def check_power_up(job: Job, folder: Path, change: Change = same, resets: Sequence[int] = RESETS) -> dict:
    """Runs the bundle's test bench with four states, once for each length of the reset; ``change`` is done to
    the Verilog after it lost its initial values.

    Returns the entry of the record: registers and memories that began as X, what the test bench and a monitor
    complained of.
    """
    if shutil.which("iverilog") is None:
        raise InputError("Icarus Verilog is missing: sudo apt-get install -y iverilog")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in bundle_files(job).items():
        if name.startswith(("images/", "tb/")):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
    text, registers, memories = without_initial_values(job.core.verilog)
    (folder / "x.v").write_text(with_open_conditions(change(text), job.prefix, folder))
    (folder / "monitor.v").write_text(_MONITOR.replace("@@", job.prefix))
    problems = []
    for cycles in resets:
        said = _icarus(folder, job.prefix, cycles)
        wrong = [line for line in dict.fromkeys(said) if line.startswith(("X in", SEEN))]
        if said[-1:] != ["PASSED"]:
            wrong += said[-3:]
        problems += [f"reset of {cycles}: {line}" for line in wrong]
    return {
        "registers": registers,
        "memories": memories,
        "resets": list(resets),
        "cycles": dict(job.frame.cycles),
        "response": len(job.frame.response),
        "problems": problems,
    }


def _icarus(folder: Path, prefix: str, reset: int) -> list[str]:
    """The lines that the test bench printed."""
    bench = f"{prefix}_tb"
    command = [
        "iverilog",
        "-g2005",
        "-I",
        "tb",
        "-s",
        bench,
        "-s",
        "monitor",
        f"-P{bench}.RESET_CYCLES={reset}",
    ]
    command += ["-DARMED=monitor.armed", "-o", "x.vvp", "x.v", "monitor.v", f"tb/{bench}.v"]
    subprocess.run(command, cwd=folder, check=True)
    done = subprocess.run(["vvp", "-n", "x.vvp"], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def check_export(job: Job, folder: Path, change: Change = same) -> dict:
    """Proves the exported Verilog, to which ``change`` is done, equal to Amaranth's RTLIL.

    Returns the entry of the record.
    """
    top = "siammixer"
    design = rtlil.convert(FlatSiamMixer(job.accelerator, trace=job.trace), name=top, emit_src=False)
    found = compare(design, change(job.core.verilog), (top, job.prefix), folder)
    return {
        "registers": found.registers,
        "memories": found.memories,
        "points": found.points,
        "problems": list(found.problems),
    }


CHECKS = {"netlist": check_netlist, "power-up": check_power_up, "export": check_export}


def table(record: dict) -> str:
    """The record as a Markdown table."""
    lines = ["| core | check | what | seconds | found |", "|---|---|---|---|---|"]
    for core, checks in record.items():
        for name, entry in checks.items():
            verdict = "; ".join(entry["problems"][:3]) or "equal"
            lines.append(f"| {core} | {name} | {_what(name, entry)} | {entry['seconds']:,} | {verdict} |")
    return "\n".join(lines) + "\n"


def _what(name: str, entry: dict) -> str:
    if name == "export":
        return (
            f"{entry['registers']:,} register bits, {entry['memories']} memories, {entry['points']:,} points"
        )
    cycles = " and ".join(f"{count:,}" for count in entry["cycles"].values())
    if name == "netlist":
        cells = entry["cells"]
        names = ("LUT4", "TRELLIS_FF", "MULT18X18D", "DP16KD")
        return ", ".join(f"{cells.get(cell, 0):,} {cell}" for cell in names) + f"; {cycles} cycles"
    resets = " and ".join(map(str, entry["resets"]))
    return (
        f"{entry['registers']} registers and {entry['memories']} memories X, resets of {resets}; {cycles} "
        f"cycles, {entry['response']:,} cells"
    )


def _checks(text: str) -> list[str]:
    names = text.split(",")
    if not set(names) <= CHECKS.keys():
        raise ArgumentTypeError(f"must be some of {', '.join(CHECKS)}, not {text!r}")
    return [name for name in CHECKS if name in names]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    command = parser("gates", __doc__)
    command.add_argument("--network", default="tiny", help="name in the catalogue (default: %(default)s)")
    command.add_argument("--accelerator", help="name in the catalogue (default: the network's name)")
    command.add_argument("--only", type=_checks, default=list(CHECKS), help="checks, with commas between")
    options = command.parse_args(arguments)
    try:
        network = find_network(options.network)
        accelerator = find_accelerator(options.accelerator or options.network)
        weights = load_weights(network)
        job = Job(network=network, weights=weights, accelerator=accelerator, bus="stream", prefix=PREFIX)
        record = json.loads(FILE.read_text()) if FILE.exists() else {}
        core = record.setdefault(f"`{network.name}` on `{accelerator.name}`", {})
        for name in options.only:
            print(f"{name}: {accelerator.name}", file=sys.stderr)
            begin = time.monotonic()
            entry = CHECKS[name](job, FOLDER / f"{accelerator.name}-{name}")
            core[name] = entry | {"seconds": round(time.monotonic() - begin)}
            print(name, *core[name]["problems"] or ["equal"], sep="\n  ", flush=True)
            FILE.write_text(json.dumps(record, indent=2) + "\n")
            rewrite(DOCUMENT, COMMAND, table(record))
    except InputError as error:
        print(f"gates: error: {error}", file=sys.stderr)
        return 2
    return int(any(core[name]["problems"] for name in options.only))


if __name__ == "__main__":
    raise SystemExit(main())
