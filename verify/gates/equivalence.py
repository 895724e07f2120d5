"""Whether exported Verilog is the design that Amaranth described, whatever regular expressions did to it.

yosys reads both, Amaranth's RTLIL and the Verilog, and takes their hierarchy apart. Registers and memories
are paired by their names and taken out: what they give becomes an input of both sides, what they take an
output. Of what is left yosys proves that all outputs are equal for all inputs. The paired registers begin
with the same values, the memories with the same words, so by induction both designs do the same for ever.
That the names are paired rightly need not be trusted: with a wrong pair the proof fails.

Memories are paired whole: depth, width and ports must be the same; data and address of a write are compared
where it is enabled. An undefined value counts as zero.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from siammixer.boards.tools import run_tool
from siammixer.verify.gates.pairs import Netlist, Pairs, paired

_READ = {"gold": "read_rtlil gold.il", "gate": "read_verilog gate.v"}
_FLAT = "proc -norom; flatten -noscopeinfo; opt_clean; memory_collect; memory_nordff; opt_clean"
# Equal parts of both sides become one; of outputs that are one, the comparison becomes a constant. The solver
# has the rest.
_PROVE = (
    "read_json gold.cut.json; read_json gate.cut.json; setundef -zero; "
    "miter -equiv -make_outcmp -flatten gold gate miter; hierarchy -top miter; opt -full; wreduce; "
    "opt -full; write_json rest.json; "
    "tee -o verdict.txt sat -prove trigger 0 -show-outputs miter"
)


@dataclass(frozen=True, kw_only=True)
class Equivalence:
    """The result of a comparison: how much was compared, and what is not known to be equal.

    Parameters
    ----------
    registers, memories
        Of the design: bits of registers, and memories, each paired with one of the Verilog.
    points
        Bits that were proven equal: of outputs, of next values, and of what enters a memory.
    problems
        What has no partner, begins with another value, or differs; empty where both are equal.
    """

    registers: int
    memories: int
    points: int
    problems: tuple[str, ...]


def compare(rtlil: str, verilog: str, tops: tuple[str, str], folder: Path) -> Equivalence:
    """Compares a design with its Verilog.

    Parameters
    ----------
    tops
        The top modules' names, of the RTLIL and of the Verilog; their ports have the same names.
    folder
        Keeps the files of yosys; ``prove.log`` has the counterexample where there is one.

    Raises
    ------
    InputError
        yosys is missing or fails, such as on Verilog that it cannot read; the message names its log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gold.il").write_text(rtlil)
    (folder / "gate.v").write_text(verilog)
    gold, gate = (_read(side, top, folder) for side, top in zip(_READ, tops, strict=True))
    pairs = paired(gold, gate)
    points = 0
    for side, module in (("gold", gold), ("gate", gate)):
        points = _cut(module, pairs, side == "gate")
        (folder / f"{side}.cut.json").write_text(json.dumps({"modules": {side: module}}))
    run_tool("yosys", ["-p", _PROVE], folder, "prove.log")
    return Equivalence(
        registers=len(pairs.registers),
        memories=len(pairs.memories),
        points=points,
        problems=(*pairs.problems, *_differing(folder)),
    )


def _read(side: str, top: str, folder: Path) -> Netlist:
    """One side as a flat module, its memories as cells whose read ports have no registers."""
    script = f"{_READ[side]}; hierarchy -top {top}; {_FLAT}; rename {top} {side}; write_json {side}.json"
    run_tool("yosys", ["-p", script], folder, f"{side}.log")
    return json.loads((folder / f"{side}.json").read_text())["modules"][side]


def _cut(module: Netlist, pairs: Pairs, gate: bool) -> int:
    """Takes registers and memories out of a side, and gives it ports instead, of the same names and order on
    both sides. Returns how many bits its outputs have.
    """
    cells, ports = module["cells"], module["ports"]
    taken: dict[int, int | str] = {}
    for cell in cells.values():
        if cell["type"] == "$dff":
            taken |= dict(zip(cell["connections"]["Q"], cell["connections"]["D"], strict=True))
    kept = {name: cell for name, cell in cells.items() if cell["type"] not in ("$dff", "$mem_v2")}
    numbers = count(1 + max(_numbers(module)))
    for label, bits in pairs.nets.items():
        now = [pair[gate] for pair in bits]
        ports[f"{label}:now"] = {"direction": "input", "bits": now}
        ports[f"{label}:next"] = {"direction": "output", "bits": [taken[bit] for bit in now]}
    for label, names in pairs.memories.items():
        nets = cells[names[gate]]["connections"]
        ports[f"{label}:read"] = {"direction": "input", "bits": nets["RD_DATA"]}
        told = {"RD_ADDR": nets["RD_ADDR"], "WR_EN": nets["WR_EN"]}
        for kind, bits in (told | _masked(kept, label, cells[names[gate]], numbers)).items():
            ports[f"{label}:{kind}"] = {"direction": "output", "bits": bits}
    module["cells"] = kept
    module["netnames"] = {
        name: {"hide_name": 0, "bits": port["bits"], "attributes": {}} for name, port in ports.items()
    }
    return sum(len(port["bits"]) for port in ports.values() if port["direction"] == "output")


def _numbers(module: Netlist) -> Iterator[int]:
    """The numbers of all bits."""
    for net in module["netnames"].values():
        yield from (bit for bit in net["bits"] if isinstance(bit, int))


def _masked(cells: Netlist, label: str, memory: Netlist, numbers: Iterator[int]) -> dict[str, list]:
    """Data and address of a memory's writes, zero where they are not enabled and may be anything. The cells
    that make them zero are added, their bits numbered by ``numbers``.
    """
    nets, counts = memory["connections"], memory["parameters"]
    ports, width, wide = (int(counts[key], 2) for key in ("WR_PORTS", "WIDTH", "ABITS"))
    found: dict[str, list] = {"WR_DATA": [], "WR_ADDR": []}
    for port in range(ports):
        enable, enabled = nets["WR_EN"][port * width : (port + 1) * width], [next(numbers)]
        cells[f"$any:{label}:{port}"] = _cell("$reduce_or", {"A": enable, "Y": enabled})
        for kind, mask in (("WR_DATA", enable), ("WR_ADDR", enabled * wide)):
            size = len(mask)
            given, bits = nets[kind][port * size : (port + 1) * size], list(islice(numbers, size))
            cells[f"$mask:{kind}:{label}:{port}"] = _cell("$and", {"A": given, "B": mask, "Y": bits})
            found[kind] += bits
    return found


def _cell(kind: str, connections: dict[str, list]) -> Netlist:
    """A cell of yosys's own, of unsigned operands."""
    parameters: dict[str, int] = {}
    for port, bits in connections.items():
        parameters |= {f"{port}_WIDTH": len(bits)} | ({f"{port}_SIGNED": 0} if port != "Y" else {})
    return {
        "hide_name": 1,
        "type": kind,
        "parameters": {name: f"{value:032b}" for name, value in parameters.items()},
        "attributes": {},
        "port_directions": {port: "output" if port == "Y" else "input" for port in connections},
        "connections": connections,
    }


def _differing(folder: Path) -> Iterator[str]:
    """The outputs that are not equal for all inputs."""
    verdict = (folder / "verdict.txt").read_text()
    if "SAT proof finished - no model found: SUCCESS!" in verdict:
        return
    rest = json.loads((folder / "rest.json").read_text())["modules"]["miter"]["ports"]
    open_ones = [name for name, port in rest.items() if name.startswith("cmp_") and port["bits"] != ["1"]]
    shown = re.findall(r"^  \\(cmp_.*?) +0 ", verdict, re.MULTILINE)
    names = [name.removeprefix("cmp_") for name in shown or open_ones]
    yield from (f"{name} differs" for name in names)
    if not names:
        yield "yosys gave no verdict"
