"""Place and route with nextpnr-ecp5: the resources that a netlist uses, and the clock that it reaches."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from siammixer.boards.tools import run_tool

DEVICES = {
    "LFE5U-25F": "--25k",
    "LFE5U-45F": "--45k",
    "LFE5U-85F": "--85k",
    "LFE5UM5G-45F": "--um5g-45k",
    "LFE5UM5G-85F": "--um5g-85k",
}
PACKAGES = {
    "BG256": "CABGA256",
    "MG285": "CSFBGA285",
    "BG381": "CABGA381",
    "BG554": "CABGA554",
    "BG756": "CABGA756",
}

# nextpnr's name -> the resource as people call it.
RESOURCES = {"MULT18X18D": "DSP", "TRELLIS_COMB": "LUT", "TRELLIS_FF": "FF", "DP16KD": "block RAM"}

_NO_CLOCK = "<async>"  # nextpnr's name of it

# What yosys and nextpnr append to the name of the register, memory or block that a cell came from.
_SUFFIX = re.compile(r"(_TRELLIS_FF|_LUT4|_CCU2C|_PFUMX|_L6MUX21|_DPR16X4|\$|\[|\.\d+\.\d+$).*")


@dataclass(frozen=True, kw_only=True)
class CriticalPath:
    """The slowest path from one clock to another.

    Parameters
    ----------
    launch, capture
        Clocks at its two ends, with their edges, by nextpnr's names.
    start, end
        Blocks of the design at its two ends, for instance ``core.lanes.lane_3.multiplier_at_sum``.
    levels
        Number of logic cells between its ends.
    logic_ns, routing_ns
        Delay inside cells, with clock-to-output and set-up time, and delay of the wires between them.
    """

    launch: str
    capture: str
    start: str
    end: str
    levels: int
    logic_ns: float
    routing_ns: float

    @property
    def delay_ns(self) -> float:
        """Whole delay of the path in nanoseconds."""
        return self.logic_ns + self.routing_ns

    @property
    def text(self) -> str:
        """The path in words."""
        levels = f"{self.levels} {'level' if self.levels == 1 else 'levels'} of logic"
        return (
            f"{self.delay_ns:.1f} ns from {self.start} to {self.end}: {self.logic_ns:.1f} ns in cells "
            f"({levels}), {self.routing_ns:.1f} ns in wires"
        )

    def record(self) -> dict:
        """Plain values for a JSON file."""
        fields = {
            "launch": self.launch,
            "capture": self.capture,
            "start": self.start,
            "end": self.end,
            "levels": self.levels,
        }
        return fields | {
            "logic_ns": round(self.logic_ns, 2),
            "routing_ns": round(self.routing_ns, 2),
            "text": self.text,
        }


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A placed and routed design.

    Parameters
    ----------
    fmax_mhz
        Highest frequency of every clock in MHz, by nextpnr's name of the clock.
    paths
        Critical path of every pair of clocks, the longest first.
    used, available
        Counts of the resources, which are the values of RESOURCES.
    seconds
        Time that nextpnr took.
    """

    seed: int
    fmax_mhz: dict[str, float]
    paths: tuple[CriticalPath, ...]
    used: dict[str, int]
    available: dict[str, int]
    seconds: float

    @property
    def slowest_mhz(self) -> float:
        """Frequency in MHz of the slowest clock."""
        return min(self.fmax_mhz.values())

    @property
    def critical_path(self) -> CriticalPath:
        """The longest path whose two ends have the same clock."""
        return next(path for path in self.paths if path.launch == path.capture != _NO_CLOCK)


def place(
    netlist: Path,
    *,
    device: str,
    package: str,
    speed: int | str,
    seed: int,
    frequency_mhz: float,
    constraints: Path | None = None,
    options: Sequence[str] = (),
) -> Placement:
    """Places and routes a netlist.

    The results have the netlist's name and lie beside it: ``.config`` (for ecppack), ``.report.json`` (report
    of nextpnr) and ``.nextpnr.log``. A frequency that is not reached is no error. The same netlist, seed and
    version of nextpnr give the same result.

    Parameters
    ----------
    netlist
        JSON netlist of yosys.
    device, package, speed
        Names in DEVICES and PACKAGES, and the speed grade 6, 7 or 8.
    frequency_mhz
        Target of every clock whose frequency neither ``constraints`` nor a PLL gives.
    constraints
        LPF file in the netlist's folder. Without one, nextpnr chooses the pins.
    options
        Further options of nextpnr-ecp5.

    Raises
    ------
    InputError
        nextpnr is missing, or it cannot place or route the design; the message gives the reason and the log.
    """
    stem = netlist.stem
    arguments = [
        DEVICES[device],
        "--package",
        PACKAGES[package],
        "--speed",
        str(speed),
        "--json",
        netlist.name,
    ]
    arguments += ["--lpf", constraints.name] if constraints else ["--lpf-allow-unconstrained"]
    # router1 does not end on designs with this many DSP blocks.
    arguments += [
        "--router",
        "router2",
        "--seed",
        str(seed),
        "--freq",
        str(frequency_mhz),
        "--timing-allow-fail",
    ]
    arguments += ["--textcfg", f"{stem}.config", "--report", f"{stem}.report.json", *options]
    start = time.monotonic()
    run_tool("nextpnr-ecp5", arguments, netlist.parent, f"{stem}.nextpnr.log")
    return read_report(netlist.with_name(f"{stem}.report.json"), seed=seed, seconds=time.monotonic() - start)


def read_report(file: Path, *, seed: int, seconds: float) -> Placement:
    """The placement that nextpnr's JSON report describes."""
    report = json.loads(file.read_text())
    paths = sorted(map(_critical_path, report["critical_paths"]), key=lambda path: -path.delay_ns)
    counts = {
        name: report["utilization"].get(cell, {"used": 0, "available": 0}) for cell, name in RESOURCES.items()
    }
    return Placement(
        seed=seed,
        fmax_mhz={clock: figures["achieved"] for clock, figures in report["fmax"].items()},
        paths=tuple(paths),
        used={name: count["used"] for name, count in counts.items()},
        available={name: count["available"] for name, count in counts.items()},
        seconds=seconds,
    )


def block(cell: str) -> str:
    """The register, memory or block that a cell of the netlist belongs to."""
    return _SUFFIX.sub("", cell).rstrip(".") or cell


def _critical_path(entry: dict) -> CriticalPath:
    hops = entry["path"]
    routing = sum(hop["delay"] for hop in hops if hop["type"] == "routing")
    return CriticalPath(
        launch=entry["from"],
        capture=entry["to"],
        start=block(hops[0]["from"]["cell"]),
        end=block(hops[-1]["to"]["cell"]),
        levels=sum(hop["type"] == "logic" for hop in hops),
        logic_ns=sum(hop["delay"] for hop in hops) - routing,
        routing_ns=routing,
    )
