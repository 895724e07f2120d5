"""Verilog that hides no unknown value from a simulator with four states.

Verilog takes an X in a condition for 0, and so goes on with known values that hardware may not have. Here
every condition becomes a choice ``a ? b : c``, which is X where both ways differ.
"""

from __future__ import annotations

import re
from pathlib import Path

from siammixer.boards.tools import run_tool
from siammixer.ir.errors import InputError

_WRITE = re.compile(
    r"^    if \((?P<enable>[^\n]+)\)\n +(?P<memory>[^\s\[]+ ?)\[(?P<address>[^\]\n]+(?:\[[^\]\n]*\])?)\]",
    re.MULTILINE,
)
_BLOCK = re.compile(r"^  always @\(posedge clk\) begin\n(?P<writes>.*?)^  end\n", re.MULTILINE | re.DOTALL)

SEEN = "X in a memory's write enable or address"
"""What the simulated text prints where it happens and the macro ``ARMED`` is true."""


def with_open_conditions(verilog: str, top: str, folder: Path) -> str:
    """The same design, in which an X never chooses: conditions of processes become ``a ? b : c``, and a write
    to a memory whose enable or address is X is told (:data:`SEEN`).

    Raises
    ------
    InputError
        yosys fails, or a condition is left.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "unknowns.v").write_text(verilog)
    script = (
        f"read_verilog unknowns.v; hierarchy -top {top}; proc -norom; pmuxtree; clean; "
        "write_verilog -noattr open.v"
    )
    run_tool("yosys", ["-p", script], folder, "open.log")
    text = (folder / "open.v").read_text()
    rest = _BLOCK.sub("", text)
    if left := re.search(r"^ *(if|case|casez|initial)\b.*$", rest, re.MULTILINE):
        raise InputError(f"every condition must be a choice, and this one is not: {left[0].strip()}")
    return _BLOCK.sub(_watched, text)


def _watched(block: re.Match[str]) -> str:
    """A block of writes to a memory, and beside it what tells of an unknown enable or address."""
    writes = block["writes"]
    found = list(_WRITE.finditer(writes))
    if len(found) != len(re.findall(r"\bif\b", writes)):
        raise InputError(f"a block of a clock must be one of writes to a memory: {writes.splitlines()[0]}")
    enables = dict.fromkeys(re.sub(r"\[\d+\]$", "", match["enable"]) for match in found)
    addresses = dict.fromkeys(match["address"] for match in found)
    enable, address = ", ".join(enables), ", ".join(addresses)
    check = f"^{{{enable}}} === 1'bx || ({{{enable}}} !== 0 && ^{{{address}}} === 1'bx)"
    tell = f'    if (`ARMED && ({check})) $display("{SEEN} of %m");\n'
    return f"{block[0]}  always @(posedge clk) begin\n{tell}  end\n"
