"""The longest path of a mapped design, by OpenSTA: cells alone, no wires, an ideal clock."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from siammixer.boards.asic.process import Corner
from siammixer.boards.asic.synthesis import NAME, Mapping
from siammixer.ir.errors import InputError

PERIOD_NS = 100.0


@dataclass(frozen=True, kw_only=True)
class Timing:
    """The longest path from register to register in a corner.

    Parameters
    ----------
    period_ns
        The shortest clock period, setup included.
    """

    corner: str
    period_ns: float
    begin: str
    end: str

    @property
    def mhz(self) -> float:
        """The clock that the path allows, before layout."""
        return 1000 / self.period_ns


def opensta() -> str | None:
    """The path of OpenSTA's program, or None where it is not installed."""
    return shutil.which("sta") or shutil.which("opensta")


def longest_path(mapping: Mapping, corner: Corner, folder: Path) -> Timing:
    """The longest path in a corner; the files of the tool stay in ``folder``.

    Raises
    ------
    InputError
        OpenSTA is missing, fails or does not know the netlist; the message names its log.
    """
    program = opensta()
    if program is None:
        raise InputError("opensta is missing; install it with: sudo apt-get install opensta")
    plain = folder / f"{NAME}.sta.v"
    plain.write_text(plain_netlist(mapping.netlist.read_text()))
    script = folder / "timing.tcl"
    script.write_text(
        "".join(f"read_liberty {{{path.resolve()}}}\n" for path in (*corner.cells, *corner.sram))
        + f"read_verilog {{{plain.resolve()}}}\nlink_design {NAME}\n"
        + f"create_clock -name clk -period {PERIOD_NS} [get_ports clk]\n"
        + "report_checks -path_delay max -format full -digits 4\nexit\n"
    )
    result = subprocess.run(
        [program, "-exit", "-no_splash", str(script)], capture_output=True, text=True, check=False
    )
    log = folder / f"sta-{corner.volts:g}V-{corner.celsius:g}C.log"
    log.write_text(result.stdout + result.stderr)
    return parse(log.read_text(), corner.name, log)


def parse(text: str, corner: str, log: Path) -> Timing:
    """The path that OpenSTA reports.

    Raises
    ------
    InputError
        There is none, or a part of the netlist was not understood.
    """
    if lost := re.search(r"module (\S+) not found", text):
        raise InputError(f"opensta did not understand the module {lost[1]} (log: {log})")
    begin, end = (re.search(rf"^{word}: (\S+)", text, re.MULTILINE) for word in ("Startpoint", "Endpoint"))
    slack = re.search(r"^\s*(-?\d+\.\d+)\s+slack", text, re.MULTILINE)
    if not (begin and end and slack):
        raise InputError(f"opensta found no path (log: {log})")
    return Timing(corner=corner, period_ns=PERIOD_NS - float(slack[1]), begin=begin[1], end=end[1])


_ASSIGN = re.compile(r"^  assign (\{.*?\}|.*?) = (.*?);$", re.MULTILINE)
_WIRE = re.compile(r"^  (?:wire|input|output) (?:\[(\d+):(\d+)\] )?(\S+?) ?;$", re.MULTILINE)
_PART = re.compile(r"(\\\S+|[^\s,{}\[\]\\]+) ?(?:\[(\d+)(?::(\d+))?\])?")
_CONSTANT = re.compile(r"\d+'b([01xz]+)")


def plain_netlist(text: str) -> str:
    """The netlist in the Verilog that OpenSTA 2.0 knows: nothing signed, no bits joined on the left of an
    assignment.
    """
    text = re.sub(r"^  (wire|input|output) signed ", r"  \1 ", text, flags=re.MULTILINE)
    begins = [match.start() for match in re.finditer(r"^module ", text, re.MULTILINE)]
    parts = [text[: begins[0]]] if begins else [text]
    for begin, end in zip(begins, [*begins[1:], len(text)], strict=True):
        parts.append(_plain_module(text[begin:end]))
    return "".join(parts)


def _plain_module(text: str) -> str:
    if "\n  assign {" not in text:
        return text
    buses = {name: (int(high), int(low)) for high, low, name in _WIRE.findall(text) if high}

    def bits(side: str) -> list[str]:
        found = []
        for name, high, low in _PART.findall(side):
            first, last = (int(high), int(low or high)) if high else buses.get(name, (None, None))
            if constant := _CONSTANT.fullmatch(name):
                found += [f"1'b{bit}" for bit in constant[1]]
            elif first is None or last is None:
                found.append(f"{name} ")
            else:
                step = -1 if first >= last else 1
                found += [f"{name} [{bit}]" for bit in range(first, last + step, step)]
        return found

    def split(match: re.Match[str]) -> str:
        if not match[1].startswith("{"):
            return match[0]
        pairs = zip(bits(match[1]), bits(match[2]), strict=True)
        return "\n".join(f"  assign {left} = {right};" for left, right in pairs)

    return _ASSIGN.sub(split, text)
