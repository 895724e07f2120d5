"""A process: standard cells and SRAM macros, in each corner that liberty files are given for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from siammixer.boards.asic.liberty import Group, read_liberty
from siammixer.boards.asic.macros import Macro, read_macro
from siammixer.ir.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Corner:
    """Supply voltage, temperature, and the liberty files that tell of the cells under them."""

    volts: float
    celsius: float
    cells: tuple[Path, ...]
    sram: tuple[Path, ...]

    @property
    def name(self) -> str:
        """Both in words: 1.20 V, 25 C."""
        return f"{self.volts:.2f} V, {self.celsius:g} C"


@dataclass(frozen=True, kw_only=True)
class Process:
    """The cells that liberty files tell of; mapping is done for the first corner.

    Parameters
    ----------
    corners
        In the order in which the files of standard cells were named.
    areas
        Area of each cell, in the unit of the files (um2).
    flip_flops
        Names of the cells that hold state.
    macros
        SRAM macros in the first corner.
    buffers
        Buffers from the weakest to the strongest, those that delay on purpose left out, and those.
    ties
        (cell, pin) of a constant 1 and of a constant 0, where there are such cells.
    """

    corners: tuple[Corner, ...]
    areas: dict[str, float]
    flip_flops: frozenset[str]
    macros: tuple[Macro, ...]
    buffers: tuple[str, ...]
    delays: tuple[str, ...]
    ties: tuple[tuple[str, str] | None, tuple[str, str] | None]

    @cached_property
    def macro_names(self) -> frozenset[str]:
        """Names of the macros."""
        return frozenset(macro.name for macro in self.macros)


def read_process(cells: Sequence[Path], sram: Sequence[Path] = ()) -> Process:
    """The process that files of standard cells and files of one SRAM macro each describe.

    Raises
    ------
    InputError
        A file is no such, or the corners of the two do not match; the message names it.
    """
    standard = {path: read_liberty(path) for path in cells}
    memories = {path: read_liberty(path) for path in sram}
    corners = _corners(standard, memories)
    first = corners[0]
    found = [cell for path in first.cells for cell in standard[path].of("cell")]
    if not found:
        raise InputError(f"{first.cells[0]}: must hold standard cells")
    macros = tuple(read_macro(memories[path]) for path in first.sram)
    buffers, delays = _buffers(found)
    return Process(
        corners=corners,
        areas={cell.name: cell.number("area") for cell in found}
        | {macro.name: macro.area for macro in macros},
        flip_flops=frozenset(cell.name for cell in found if cell.of("ff", "latch")),
        macros=macros,
        buffers=buffers,
        delays=delays,
        ties=(_tie(found, "1"), _tie(found, "0")),
    )


def _corners(standard: dict[Path, Group], memories: dict[Path, Group]) -> tuple[Corner, ...]:
    def place(library: Group) -> tuple[float, float]:
        return library.number("nom_voltage"), library.number("nom_temperature")

    places = list(dict.fromkeys(place(library) for library in standard.values()))
    for path, library in memories.items():
        if place(library) not in places:
            volts, celsius = place(library)
            raise InputError(f"{path}: its corner, {volts:g} V and {celsius:g} C, has no standard cells")
    corners = tuple(
        Corner(
            volts=volts,
            celsius=celsius,
            cells=tuple(path for path, library in standard.items() if place(library) == (volts, celsius)),
            sram=tuple(path for path, library in memories.items() if place(library) == (volts, celsius)),
        )
        for volts, celsius in places
    )
    if len({len(corner.sram) for corner in corners}) > 1:
        raise InputError("--sram must name the same macros for every corner of --liberty")
    return corners


def _outputs(cell: Group) -> list[Group]:
    return [pin for pin in cell.of("pin") if pin.attributes.get("direction") == "output"]


def _tie(cells: list[Group], value: str) -> tuple[str, str] | None:
    for cell in cells:
        outputs = _outputs(cell)
        if len(outputs) == 1 and outputs[0].attributes.get("function", "").strip("() ") == value:
            return cell.name, outputs[0].name
    return None


def _buffers(cells: list[Group]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Buffers that drive more than every smaller one, and the others."""
    found = []
    for cell in cells:
        inputs = [pin for pin in cell.of("pin") if pin.attributes.get("direction") == "input"]
        outputs = _outputs(cell)
        if len(inputs) == len(outputs) == 1 and not cell.of("ff", "latch"):
            function = outputs[0].attributes.get("function", "").strip("() ")
            if function == inputs[0].name and "three_state" not in outputs[0].attributes:
                found.append((cell.number("area"), outputs[0].number("max_capacitance"), cell.name))
    chosen: list[str] = []
    strongest = -1.0
    for _, drive, name in sorted(found, key=lambda buffer: (buffer[0], -buffer[1])):
        if drive > strongest:
            chosen.append(name)
            strongest = drive
    return tuple(chosen), tuple(name for _, _, name in found if name not in chosen)
