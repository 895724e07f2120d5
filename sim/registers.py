"""Writes registers of generated Verilog as people do: ``if (enable) register <= value;``.

Amaranth computes each register's next value in a variable of its own, which begins as the register's
value. A simulator then copies every register twice in every cycle, whether it changes or not. Here
such a variable, which nothing but its register reads, becomes the register itself.
"""

from __future__ import annotations

import re

_MODULE = re.compile(r"^module .*?^endmodule\n", re.MULTILINE | re.DOTALL)
# Whole registers: a name with a bracket in it is not looked at.
_REGISTER = re.compile(
    r"^  always @\((?P<edge>posedge \S+)\)\n    (?P<name>[^\s\[]+ ?) <= (?P<next>\\\$\d+) ;\n", re.MULTILINE
)
# The guard makes old simulators run it once; a register's block needs none.
_BLOCK = re.compile(
    r"^  always @\* begin\n    if \(\S+dump_module\$\d+ \) begin end\n(?P<body>.*?)^  end\n",
    re.MULTILINE | re.DOTALL,
)
# A name that yosys numbered ends with a space, be it a whole variable or one of its bits that follow.
_ASSIGNED = re.compile(
    r"^(?P<indent> +)(?P<name>\S+?) *(?P<bits>\[[\d:]+\])? = (?P<value>.*);$", re.MULTILINE
)


def fold_registers(verilog: str) -> str:
    """The same design without variables that only tell a register its next value.

    A variable is folded where one block assigns it and nothing else, and one register reads it and nothing
    else does. All its assignments become the register's own, in their order; those of the register to itself
    are left out.

    Parameters
    ----------
    verilog
        As amaranth.back.verilog writes it.
    """
    return _MODULE.sub(lambda module: _fold(module[0]), verilog)


def _fold(module: str) -> str:
    registers = {match["next"]: match for match in _REGISTER.finditer(module)}
    edits: list[tuple[int, int, str]] = []
    for block in _BLOCK.finditer(module):
        assigned = [match["name"] for match in _ASSIGNED.finditer(block["body"])]
        register = registers.get(assigned[0]) if len(set(assigned)) == 1 else None
        if register is None:
            continue
        variable = register["next"]
        declared = re.search(rf"^  reg (\[\d+:0\] )?{re.escape(variable)} ;\n", module, re.MULTILINE)
        uses = len(re.findall(rf"{re.escape(variable)} ", module))
        if declared is None or uses != len(assigned) + 2:
            continue  # something else reads it too
        body = _ASSIGNED.sub(lambda match, name=register["name"]: _assignment(match, name), block["body"])
        edits += [
            (*declared.span(), ""),
            (*block.span(), ""),
            (*register.span(), f"  always @({register['edge']}) begin\n{body}  end\n"),
        ]
    for start, end, text in sorted(edits, reverse=True):
        module = module[:start] + text + module[end:]
    return re.sub(r"^\n", "", module, flags=re.MULTILINE)


def _assignment(match: re.Match[str], name: str) -> str:
    """The register's assignment in the variable's place; nothing where the register keeps what it has."""
    bits = match["bits"] or ""
    if match["value"].replace(" ", "") == f"{name}{bits}".replace(" ", ""):
        return ""
    return f"{match['indent']}{name}{bits} <= {match['value']};"
