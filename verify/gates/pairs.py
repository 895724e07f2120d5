"""Which register and memory of one netlist is which of another, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Netlist = dict[str, Any]
"""A flat module as yosys writes it in JSON."""

Bits = tuple[int, int]
"""A bit of a register: its numbers in both netlists."""

# An instance may be written with "u_" before its name.
_INSTANCE = re.compile(r"(?:^|(?<=\.))u_(?=[^.]+\.)")
# Parameters of a memory that say nothing of what it does: its name, and the edge of a clock that no port has.
_NAMES = ("MEMID", "RD_CLK_POLARITY")


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Registers and memories of two netlists.

    Parameters
    ----------
    nets
        Name of a net of the first -> the bits of registers in it, each in one net only.
    memories
        Name of a memory of the first -> its names in both.
    problems
        What has no partner, or begins otherwise.
    """

    nets: dict[str, list[Bits]]
    memories: dict[str, tuple[str, str]]
    problems: list[str]

    @property
    def registers(self) -> list[Bits]:
        """The bits of registers."""
        return [pair for bits in self.nets.values() for pair in bits]


def paired(gold: Netlist, gate: Netlist) -> Pairs:
    """The pairs of two flat netlists with ``$dff`` for registers and ``$mem_v2`` for memories, which have no
    registers at their reads.
    """
    nets = _pair_bits(gold, gate, _pair_nets(gold, gate))
    found = Pairs(nets=nets, memories=_pair_memories(gold, gate), problems=[])
    found.problems.extend(_strange(gold, gate))
    found.problems.extend(_unlike(gold, gate, found))
    return found


def _registers(module: Netlist) -> set[int]:
    return {
        bit for cell in module["cells"].values() if cell["type"] == "$dff" for bit in cell["connections"]["Q"]
    }


def _memories(module: Netlist) -> dict[str, Netlist]:
    return {name: cell for name, cell in module["cells"].items() if cell["type"] == "$mem_v2"}


def _nets(module: Netlist, bits: set[int]) -> Iterator[str]:
    """The names of nets with such bits, but for those that yosys made up."""
    for name, net in module["netnames"].items():
        if not name.startswith("$") and not bits.isdisjoint(net["bits"]):
            yield name


def _key(name: str) -> str:
    """A name without what differs between the two texts: instances' "u_", signs that are in no plain name."""
    return re.sub(r"[^a-z0-9]+", "_", _INSTANCE.sub("", name).lower()).strip("_")


def _pair_nets(gold: Netlist, gate: Netlist) -> dict[str, str]:
    """Nets with registers, by their names in ``gate``."""
    wanted: dict[tuple[str, int], list[str]] = {}
    for name in _nets(gold, _registers(gold)):
        wanted.setdefault((_key(name), len(gold["netnames"][name]["bits"])), []).append(name)
    names = {}
    for name in _nets(gate, _registers(gate)):
        key, width = _key(name), len(gate["netnames"][name]["bits"])
        # A number is added to a name that would be a word of a language, or another's name.
        found = wanted.get((key, width)) or wanted.get((re.sub(r"_\d+$", "", key), width), [])
        if len(found) == 1:
            names[name] = found[0]
    return names


def _pair_bits(gold: Netlist, gate: Netlist, names: dict[str, str]) -> dict[str, list[Bits]]:
    """The bits of registers by the net that has them; the widest, where several have."""
    ours, theirs = _registers(gold), _registers(gate)
    nets: dict[str, list[Bits]] = {}
    for name, net in sorted(names.items(), key=lambda pair: -len(gold["netnames"][pair[1]]["bits"])):
        for bit, other in zip(gold["netnames"][net]["bits"], gate["netnames"][name]["bits"], strict=True):
            if bit in ours and other in theirs:
                nets.setdefault(net, []).append((bit, other))
                ours.discard(bit)
                theirs.discard(other)
    return nets


def _pair_memories(gold: Netlist, gate: Netlist) -> dict[str, tuple[str, str]]:
    theirs = {_key(name): name for name in _memories(gate)}
    return {name: (name, theirs[_key(name)]) for name in _memories(gold) if _key(name) in theirs}


def _strange(gold: Netlist, gate: Netlist) -> Iterator[str]:
    """Cells that keep something and are no register or memory that can be taken out; other clocks."""
    for module in (gold, gate):
        clock = module["ports"]["clk"]["bits"]
        for name, cell in module["cells"].items():
            kind, counts = cell["type"], cell["parameters"]
            if kind == "$dff":
                good = cell["connections"]["CLK"] == clock and counts["CLK_POLARITY"].endswith("1")
            elif kind == "$mem_v2":
                writes = counts["WR_CLK_ENABLE"] + counts["WR_CLK_POLARITY"]
                good = "0" not in writes and "1" not in counts["RD_CLK_ENABLE"]
                good = good and set(cell["connections"]["WR_CLK"]) == set(clock)
            else:
                good = not re.search(r"ff|latch|^\$mem|^[^$]", kind)
            if not good:
                yield f"{name}, a {kind}, is not understood"


def _unlike(gold: Netlist, gate: Netlist, pairs: Pairs) -> Iterator[str]:
    """Registers and memories without a partner, and those that begin otherwise."""
    first, other = (_first_values(module) for module in (gold, gate))
    for net, bits in pairs.nets.items():
        if any(first.get(bit, "x") != other.get(bit_2, "x") for bit, bit_2 in bits):
            yield f"{net} begins with another value"
    for side, module in enumerate((gold, gate)):
        if left := _registers(module) - {pair[side] for pair in pairs.registers}:
            lost = ", ".join(sorted(_nets(module, left))[:5])
            yield f"{len(left)} bits of registers have no partner: {lost}"
        for name in _memories(module).keys() - {names[side] for names in pairs.memories.values()}:
            yield f"memory {name} has no partner"
    for name, (ours, theirs) in pairs.memories.items():
        mine, yours = (module["cells"][n]["parameters"] for module, n in ((gold, ours), (gate, theirs)))
        if unlike := [key for key in mine if key not in _NAMES and mine[key] != yours[key]]:
            yield f"memory {name} has another {', '.join(unlike)}"


def _first_values(module: Netlist) -> dict[int, str]:
    """By bit: what it begins as, where that is told."""
    values: dict[int, str] = {}
    for net in module["netnames"].values():
        told = net["attributes"].get("init", "")[::-1]
        values |= {bit: value for bit, value in zip(net["bits"], told, strict=False) if value in "01"}
    return values
