"""Synthesis for ECP5 with yosys, which counts the resources that an accelerator needs."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from amaranth.back import rtlil
from amaranth.lib import wiring

from siammixer.arch.accelerator import DEFAULT_ACCELERATOR, Accelerator, find_accelerator
from siammixer.arch.area import ECP5_85F
from siammixer.boards.tools import run_tool
from siammixer.ir.errors import InputError
from siammixer.rtl.accelerator import SiamMixer
from siammixer.rtl.technology.ecp5 import LFE5U_85F

# LUT4s that a cell occupies: a carry cell holds two, a 16 x 4 logic RAM four and two for its write port.
_LUTS = {"LUT4": 1, "CCU2C": 2, "TRELLIS_DPR16X4": 6}


@dataclass(frozen=True, kw_only=True)
class Synthesis:
    """Report of yosys. ``cells`` counts the primitives, ``used`` the resources of ECP5_85F."""

    accelerator: Accelerator
    cells: dict[str, int]

    def json(self) -> str:
        """The report as JSON text."""
        report = {
            "accelerator": self.accelerator.name,
            "fingerprint": self.accelerator.fingerprint,
            "fits": self.fits,
        }
        report |= {"used": self.used, "available": ECP5_85F, "cells": dict(sorted(self.cells.items()))}
        return json.dumps(report, indent=2) + "\n"

    @property
    def used(self) -> dict[str, int]:
        """Count of each resource of ECP5_85F that the accelerator needs."""
        return resources(self.cells)

    @property
    def fits(self) -> bool:
        """Whether an LFE5U-85F has enough of every resource."""
        return all(self.used[name] <= limit for name, limit in ECP5_85F.items())


def resources(cells: dict[str, int]) -> dict[str, int]:
    """Count of each resource of ECP5_85F that so many of each primitive need."""
    return {
        "DSP": cells.get("MULT18X18D", 0),
        "LUT": sum(count * cells.get(cell, 0) for cell, count in _LUTS.items()),
        "FF": cells.get("TRELLIS_FF", 0),
        "block RAM": cells.get("DP16KD", 0),
    }


def synthesise(accelerator: Accelerator, folder: Path) -> Synthesis:
    """Synthesises an accelerator with yosys, which leaves its files in ``folder``.

    The default accelerator takes several minutes.

    Raises
    ------
    InputError
        yosys is missing or fails; the message names its log.
    """
    return Synthesis(
        accelerator=accelerator, cells=make_netlist(SiamMixer(accelerator, LFE5U_85F), "siammixer", folder)
    )


def make_netlist(component: wiring.Component, name: str, folder: Path) -> dict[str, int]:
    """Synthesises a component, whose ports become pins, and returns the count of each primitive.

    The files ``NAME.il`` (Amaranth's RTLIL) and ``NAME.json`` (netlist) stay in ``folder``.

    Raises
    ------
    InputError
        yosys is missing or fails; the message names its log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Not Verilog: yosys would spend most of its time reading the memories' initial zeros.
    (folder / f"{name}.il").write_text(rtlil.convert(component, name=name, emit_src=False))
    script = f"read_rtlil {name}.il; synth_ecp5 -top {name} -json {name}.json; tee -q -o stat.json stat -json"
    run_tool("yosys", ["-p", script], folder, "yosys.log")
    cells = json.loads((folder / "stat.json").read_text())["design"]["num_cells_by_type"]
    cells.pop("$scopeinfo", None)
    return cells


def main(arguments: list[str] | None = None) -> int:
    """Runs ``python -m siammixer.boards.synthesis``; the exit status is 1 where the accelerator does
    not fit.
    """
    parser = argparse.ArgumentParser(
        prog="python -m siammixer.boards.synthesis",
        description="Synthesise an accelerator for ECP5-85F with yosys.",
    )
    parser.add_argument(
        "--accelerator", default=DEFAULT_ACCELERATOR, help="name in the catalogue (default: %(default)s)"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path("build/synthesis"),
        help="yosys's files go here (default: %(default)s)",
    )
    parser.add_argument("--json", type=Path, help="write the report here")
    options = parser.parse_args(arguments)
    try:
        accelerator = find_accelerator(options.accelerator)
        print(f"synthesising {accelerator.name}: several minutes", file=sys.stderr)
        report = synthesise(accelerator, options.folder / accelerator.name)
    except InputError as error:
        print(f"siammixer.boards.synthesis: error: {error}", file=sys.stderr)
        return 2
    for resource, limit in ECP5_85F.items():
        print(f"{resource:10} {report.used[resource]:7,} of {limit:7,}  {report.used[resource] / limit:6.1%}")
    if options.json:
        options.json.write_text(report.json())
    return 0 if report.fits else 1


if __name__ == "__main__":
    sys.exit(main())
