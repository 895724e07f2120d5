"""Whether exported Verilog is the design that Amaranth described, whatever regular expressions did to it.

yosys reads both, Amaranth's RTLIL and the Verilog, and takes their hierarchy apart. Registers and memories are
paired by their names. That pairing is a guess, which need not be right: with all pairs equal, yosys must prove
that their next values and all outputs are equal, and they must begin with the same values. By induction both
designs then do the same for ever. A pair that was guessed wrongly, or is missing, is not proven.

Memories are paired whole: depth, width, ports and initial words must be the same, and what enters them must be
proven equal; data and address of a write only where it is enabled. An undefined value counts as zero.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siammixer.boards.tools import run_tool

Netlist = dict[str, Any]
"""A module as yosys writes it in JSON."""

_READ = {"gold": "read_rtlil gold.il", "gate": "read_verilog gate.v"}
_FLAT = "proc -norom; flatten -noscopeinfo; opt_clean; memory_collect; memory_nordff; opt_clean"
_PROVE = (
    "read_json gold.pairs.json; read_json gate.pairs.json; equiv_make gold gate equiv; hierarchy -top equiv; "
    "equiv_struct -fwonly -icells; equiv_simple -seq 1; equiv_status"
)
# An instance may be written with "u_" before its name.
_INSTANCE = re.compile(r"(?:^|(?<=\.))u_(?=[^.]+\.)")
# Connections of a read port that nothing uses, since it has no clock.
_UNUSED = {"RD_CLK": "0", "RD_EN": "1", "RD_ARST": "0", "RD_SRST": "0"}


@dataclass(frozen=True, kw_only=True)
class Equivalence:
    """What was compared, and what is not known to be equal.

    Parameters
    ----------
    registers, memories
        Of the design: bits of registers, and memories, each paired with one of the Verilog.
    points
        Bits whose equality yosys had to prove: next values, outputs, what enters a memory, and nets of one
        name.
    problems
        What has no partner, begins with another value, or is not proven; empty where both are equal.
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
        Keeps the files of yosys, ``equivalence.log`` with its words on what it could not prove.

    Raises
    ------
    InputError
        yosys is missing or fails, such as on Verilog that it cannot read; the message names its log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gold.il").write_text(rtlil)
    (folder / "gate.v").write_text(verilog)
    gold, gate = (_read(side, top, folder) for side, top in zip(_READ, tops, strict=True))
    problems = [*_pair_registers(gold, gate), *_pair_memories(gold, gate)]
    for side, module in (("gold", gold), ("gate", gate)):
        _mask_writes(module)
        (folder / f"{side}.pairs.json").write_text(json.dumps({"modules": {side: module}}))
    registers, memories = len(_registers(gold)), len(_memories(gold))
    run_tool("yosys", ["-p", _PROVE], folder, "equivalence.log")
    points, unproven = _status((folder / "equivalence.log").read_text())
    return Equivalence(
        registers=registers, memories=memories, points=points, problems=(*problems, *unproven)
    )


def _read(side: str, top: str, folder: Path) -> Netlist:
    """One side as a flat module, its memories as cells whose read ports have no registers."""
    script = f"{_READ[side]}; hierarchy -top {top}; {_FLAT}; rename {top} {side}; write_json {side}.json"
    run_tool("yosys", ["-p", script], folder, f"{side}.log")
    return json.loads((folder / f"{side}.json").read_text())["modules"][side]


def _registers(module: Netlist) -> set[int]:
    """The bits that registers give."""
    return {
        bit for cell in module["cells"].values() if "dff" in cell["type"] for bit in cell["connections"]["Q"]
    }


def _memories(module: Netlist) -> dict[str, Netlist]:
    return {name: cell for name, cell in module["cells"].items() if cell["type"] == "$mem_v2"}


def _key(name: str) -> str:
    """A name without what differs between the two texts: instances' "u_", signs that are in no plain name."""
    return re.sub(r"[^a-z0-9]+", "_", _INSTANCE.sub("", name).lower()).strip("_")


def _pair_registers(gold: Netlist, gate: Netlist) -> Iterator[str]:
    """Gives the nets of the Verilog's registers the design's names; tells of bits without a partner, or with
    one that begins otherwise.
    """
    ours, theirs = _registers(gold), _registers(gate)
    wanted: dict[tuple[str, int], list[str]] = {}
    for name in _nets(gold, ours):
        wanted.setdefault((_key(name), len(gold["netnames"][name]["bits"])), []).append(name)
    names = {}
    for name in _nets(gate, theirs):
        key, width = _key(name), len(gate["netnames"][name]["bits"])
        # A number is added to a name that would be one of another language, or another's.
        found = wanted.get((key, width)) or wanted.get((re.sub(r"_\d+$", "", key), width), [])
        if len(found) == 1:
            names[name] = found[0]
    pairs = _pair_bits(gold, gate, names)
    yield from _differing(gold, gate, pairs)
    # A name for each pair, and none besides: yosys takes a second name of a net for another net.
    for module, side in ((gold, 0), (gate, 1)):
        named = {bit for port in module["ports"].values() for bit in port["bits"]}
        module["netnames"] = {name: module["netnames"][name] for name in module["ports"]} | {
            label: {"hide_name": 0, "bits": [bits[side]], "attributes": {}}
            for label, bits in pairs.items()
            if bits[side] not in named
        }


def _pair_bits(gold: Netlist, gate: Netlist, names: dict[str, str]) -> dict[str, tuple[int, int]]:
    """Bits of registers, the design's and the Verilog's, by a name for both: those of the same ports, and of
    nets that are paired by ``names``, theirs and ours.
    """
    registers, pairs = (_registers(gold), _registers(gate)), {}
    taken: tuple[set[int], set[int]] = (set(), set())
    nets = [(port, port) for port in gold["ports"]]
    nets += sorted(names.items(), key=lambda pair: -len(gold["netnames"][pair[1]]["bits"]))
    for theirs, ours in nets:
        bits = zip(gold["netnames"][ours]["bits"], gate["netnames"][theirs]["bits"], strict=True)
        for place, pair in enumerate(bits):
            known = all(bit in known for bit, known in zip(pair, registers, strict=True))
            if known and not any(bit in used for bit, used in zip(pair, taken, strict=True)):
                pairs[f"{ours}[{place}]"] = pair
                for bit, used in zip(pair, taken, strict=True):
                    used.add(bit)
    return pairs


def _nets(module: Netlist, bits: set[int]) -> Iterator[str]:
    """The names of nets with such bits, but for those that yosys made up."""
    for name, net in module["netnames"].items():
        if not name.startswith("$") and not bits.isdisjoint(net["bits"]):
            yield name


def _differing(gold: Netlist, gate: Netlist, pairs: dict[str, tuple[int, int]]) -> Iterator[str]:
    """Register bits of the design without a partner, and those whose first values differ."""
    first = [_first_values(module) for module in (gold, gate)]
    for label, pair in pairs.items():
        begins = [values.get(bit, "x") for values, bit in zip(first, pair, strict=True)]
        if begins[0] != begins[1]:
            yield f"{label} begins as {begins[0]}, in the Verilog as {begins[1]}"
    if left := _registers(gold) - {ours for ours, _ in pairs.values()}:
        lost = sorted(_nets(gold, left))
        yield f"{len(left)} bits of registers have no partner by name: {', '.join(lost[:5])} ..."


def _first_values(module: Netlist) -> dict[int, str]:
    """By bit: what it begins as, where that is told."""
    values: dict[int, str] = {}
    for net in module["netnames"].values():
        told = net["attributes"].get("init", "")[::-1]
        values |= {bit: value for bit, value in zip(net["bits"], told, strict=False) if value in "01"}
    return values


def _pair_memories(gold: Netlist, gate: Netlist) -> Iterator[str]:
    """Gives the Verilog's memories the design's names; tells what they differ in."""
    names = {_key(name): name for name in _memories(gold)}
    cells = {names.get(_key(name), name) if "MEMID" in cell["parameters"] else name: cell
             for name, cell in gate["cells"].items()}  # fmt: skip
    gate["cells"] = cells
    ours, theirs = _memories(gold), _memories(gate)
    for name in ours.keys() ^ theirs.keys():
        yield f"memory {name} has no partner"
    for name in ours.keys() & theirs.keys():
        for cell in (ours[name], theirs[name]):
            _plain_memory(cell, name)
        mine, other = ours[name]["parameters"], theirs[name]["parameters"]
        if different := [key for key in mine if mine[key] != other.get(key)]:
            yield f"memory {name} has another {', '.join(different)}"
        for cell in (ours[name], theirs[name]):
            cell["parameters"]["INIT"] = "x"  # compared; it would only take time


def _plain_memory(cell: Netlist, name: str) -> None:
    """Sets what has no meaning for a memory with the read ports that memory_nordff leaves."""
    cell["parameters"] |= {"MEMID": f"\\{name}", "RD_CLK_POLARITY": "0"}
    if "1" not in cell["parameters"]["RD_CLK_ENABLE"]:
        connections = cell["connections"]
        for port, value in _UNUSED.items():
            connections[port] = [value] * len(connections[port])


def _mask_writes(module: Netlist) -> None:
    """Makes data and address of a write zero where it is not enabled: they may be anything there."""
    number = 1 + max(
        bit for net in module["netnames"].values() for bit in net["bits"] if isinstance(bit, int)
    )
    for name, cell in _memories(module).items():
        nets, counts = cell["connections"], cell["parameters"]
        ports, width, wide = (int(counts[key], 2) for key in ("WR_PORTS", "WIDTH", "ABITS"))
        for port in range(ports):
            enable = nets["WR_EN"][port * width : (port + 1) * width]
            any_enable, number = [number], number + 1
            module["cells"][f"$any${name}${port}"] = _cell(
                "$reduce_or", {"A": enable, "Y": any_enable}
            )
            for kind, mask, size in (("DATA", enable, width), ("ADDR", any_enable * wide, wide)):
                place = slice(port * size, (port + 1) * size)
                given, masked = nets[f"WR_{kind}"][place], list(range(number, number + size))
                number += size
                module["cells"][f"$mask${kind}${name}${port}"] = _cell(
                    "$and", {"A": given, "B": mask, "Y": masked}
                )
                nets[f"WR_{kind}"] = [*nets[f"WR_{kind}"]]
                nets[f"WR_{kind}"][place] = masked


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


def _status(log: str) -> tuple[int, list[str]]:
    """Points that equiv_status counted, and those that it calls unproven."""
    last = log[log.rindex("Executing EQUIV_STATUS") :]
    counted = re.search(r"Found (\d+) \$equiv cells", last)
    unproven = re.findall(r"Unproven \$equiv \S+: (.*)", last)
    return int(counted[1]) if counted else 0, [f"not proven: {names}" for names in unproven]
