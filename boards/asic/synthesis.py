"""Mapping to standard cells and SRAM macros with yosys, and the area that it gives."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from siammixer.boards.asic.macros import memory_library, memory_map
from siammixer.boards.asic.process import Process
from siammixer.boards.tools import run_tool
from siammixer.ir.errors import InputError

NAME = "siammixer"
# Area of a bit kept in a flip-flop, with what writes and reads it, in areas of the smallest flip-flop: a
# memory becomes a macro where that is smaller.
BIT = 1.6
# abc sizes and buffers for this delay in picoseconds, which no path reaches: as fast as it can.
TARGET_PS = 1000
LOAD_FF = 6.0
# A mark of yosys that tells where a module was, and is no cell.
_MARK = "$scopeinfo"


@dataclass(frozen=True, kw_only=True)
class Block:
    """Cells of a block with everything in it, and how many are of each cell."""

    name: str
    cells: Counter[str]


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """A design mapped to a process, before layout.

    Parameters
    ----------
    total
        How many of each cell, counted by yosys in the whole design at once.
    blocks
        The parts of the top module, each with all inside it; what the top module has of its own is "top".
    netlist
        The Verilog of the mapped design.
    """

    process: Process
    total: Counter[str]
    blocks: tuple[Block, ...]
    netlist: Path

    def area(self, cells: Counter[str]) -> float:
        """Area of some cells, in square millimetres."""
        return sum(count * self.process.areas.get(cell, 0.0) for cell, count in cells.items()) / 1e6

    def by_kind(self, cells: Counter[str]) -> dict[str, float]:
        """Area of some cells as SRAM, flip-flops and logic, in square millimetres."""
        kinds: dict[str, Counter[str]] = {"SRAM": Counter(), "flip-flops": Counter(), "logic": Counter()}
        for cell, count in cells.items():
            if cell in self.process.macro_names:
                kinds["SRAM"][cell] = count
            else:
                kinds["flip-flops" if cell in self.process.flip_flops else "logic"][cell] = count
        return {kind: self.area(found) for kind, found in kinds.items()}


def map_design(text: str, process: Process, folder: Path) -> Mapping:
    """Maps Verilog, top module ``siammixer``; yosys's files stay in ``folder``.

    The reset is synchronous in the description and stays so. Contents of registers and memories at power-up
    are not asked for: none is read before it was reset or written.

    Raises
    ------
    InputError
        yosys is missing or fails, or the process lacks cells; the message names its log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.v").write_text(text)
    (folder / "memories.txt").write_text(memory_library(list(process.macros)))
    (folder / "memories.v").write_text(memory_map(list(process.macros)))
    (folder / "abc.constr").write_text(_constraints(process))
    (folder / "map.ys").write_text("\n".join(_script(text, process, folder)) + "\n")
    run_tool("yosys", ["-s", "map.ys"], folder, "yosys.log")
    modules = json.loads((folder / "stat.json").read_text())["modules"]
    local = {name.removeprefix("\\"): _cells(figures) for name, figures in modules.items()}
    total = _cells(json.loads((folder / "flat.json").read_text())["design"])
    if left := total.keys() - process.areas.keys():
        raise InputError(f"yosys could not map {', '.join(sorted(left))} to these cells (folder: {folder})")
    return Mapping(
        process=process,
        total=total,
        blocks=blocks_of(local),
        netlist=folder / f"{NAME}.mapped.v",
    )


def blocks_of(modules: dict[str, Counter[str]]) -> tuple[Block, ...]:
    """The blocks of the top module, by the cells that each module has of its own, modules among them."""

    def inside(name: str) -> Counter[str]:
        found: Counter[str] = Counter()
        for cell, count in modules[name].items():
            for part, number in (inside(cell) if cell in modules else {cell: 1}).items():
                found[part] += count * number
        return found

    own = Counter({cell: count for cell, count in modules[NAME].items() if cell not in modules})
    parts = [
        Block(
            name=cell.removeprefix(f"{NAME}."),
            cells=Counter({part: count * number for part, number in inside(cell).items()}),
        )
        for cell, count in modules[NAME].items()
        if cell in modules
    ]
    return (*sorted(parts, key=lambda block: block.name), Block(name="top", cells=own))


def _cells(figures: dict) -> Counter[str]:
    counts = figures["num_cells_by_type"] | figures.get("num_submodules_by_type", {})
    return Counter({_name(cell): count for cell, count in counts.items() if cell != _MARK})


def _name(cell: str) -> str:
    return cell.removeprefix("\\")


def _constraints(process: Process) -> str:
    """Without a driver and a load abc buffers nothing, and the timing means nothing."""
    driver = process.buffers[len(process.buffers) // 2]
    return f"set_driving_cell {driver}\nset_load {LOAD_FF} [all_outputs]\n"


def _script(text: str, process: Process, folder: Path) -> list[str]:
    """The commands of yosys; its sandbox sees no file outside ``folder``, so libraries are copied there."""
    corner = process.corners[0]
    cells, sram = ([_copied(path, folder) for path in paths] for paths in (corner.cells, corner.sram))
    libraries = " ".join(f"-liberty {name}" for name in cells)
    flip_flop = min(process.areas[name] for name in process.flip_flops)
    lanes = sorted(set(re.findall(rf"^module \\?({NAME}\.lanes\.lane_\d+) ", text, re.MULTILINE)))
    kept = sorted(set(re.findall(rf"^module \\?({NAME}\.[^. ]+) ", text, re.MULTILINE)))
    ties = " ".join(
        f"-{'hi' if value else 'lo'}cell {cell} {pin}"
        for value, tie in ((1, process.ties[0]), (0, process.ties[1]))
        if tie
        for cell, pin in [tie]
    )
    return [
        f"read_verilog {NAME}.v",
        *(f"read_liberty -lib -ignore_miss_func {name}" for name in sram),
        f"hierarchy -check -top {NAME}",
        "proc",
        *(f"setattr -mod -set keep_hierarchy 1 {module}" for module in (*kept, *lanes)),
        "flatten",
        # The frontend makes a write address "don't care" where nothing is written; one port has one address.
        "opt -mux_undef",
        *(
            "wreduce",
            "peepopt",
            "opt_clean",
            "booth",
            "alumacc",
            "share",
            "opt",
            "memory -nomap",
            "opt_clean",
        ),
        f"memory_libmap -lib memories.txt -logic-cost-ram {BIT * flip_flop:.1f} -logic-cost-rom 1",
        "techmap -autoproc -map memories.v",
        *("memory_map", "setattr -unset init w:*", "opt -fast -full"),
        *("techmap -map +/techmap.v -map +/choices/kogge-stone.v", "opt -fast"),
        f"dfflibmap {libraries}",
        "opt",
        f"abc {libraries} -constr abc.constr -D {TARGET_PS} "
        + " ".join(f"-dont_use {name}" for name in process.delays),
        *([f"hilomap -singleton {ties}"] if ties else []),
        *("setundef -zero", "opt_clean -purge"),
        f"write_verilog -noattr -noexpr -nohex {NAME}.mapped.v",
        "tee -q -o stat.json stat -json",
        *("setattr -mod -unset keep_hierarchy *", "flatten", "tee -q -o flat.json stat -json"),
    ]


def _copied(path: Path, folder: Path) -> str:
    shutil.copyfile(path, folder / path.name)
    return path.name
