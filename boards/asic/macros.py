"""SRAM macros from their liberty files, and what yosys needs to map memories to them.

Macros of one or two ports are known whose pins are named as IHP's: of each port ``A`` (and ``B``) the pins
``A_CLK``, ``A_MEN``, ``A_WEN``, ``A_REN``, the buses ``A_ADDR``, ``A_DIN``, ``A_DOUT`` and, where bits can be
written one by one, ``A_BM``. Other inputs are held at 0, ``A_DLY`` at 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from siammixer.boards.asic.liberty import Group
from siammixer.ir.errors import InputError

PORTS = ("A", "B")
_PINS = ("CLK", "MEN", "WEN", "REN", "ADDR", "DIN", "DOUT")
# A macro whose bits are written one by one also serves as a deeper and narrower one: words share a row.
_COLUMNS = (1, 2, 4, 8)
_READ, _WRITE = "A_MEN&!A_WEN&A_REN", "A_MEN&A_WEN&!A_REN"


@dataclass(frozen=True, kw_only=True)
class Macro:
    """An SRAM macro in one corner.

    Parameters
    ----------
    name, area
        Its cell, and its area in the unit of the liberty file.
    depth, width
        Words, and bits of a word.
    ports
        1 or 2.
    masked
        Whether bits are written one by one.
    tied
        Inputs that are held at a constant -> (bits, value of each).
    read_pj, write_pj
        Energy of an access through port A, the clock's rising edge, in picojoules; data and address pins are
        not counted.
    """

    name: str
    area: float
    depth: int
    width: int
    ports: int
    masked: bool
    tied: dict[str, tuple[int, int]]
    read_pj: float
    write_pj: float


def read_macro(library: Group) -> Macro:
    """The macro that a library holds.

    Raises
    ------
    InputError
        It holds not one cell, or one without the pins that are known.
    """
    cells = library.of("cell")
    if len(cells) != 1:
        raise InputError(f"{library.name}: must hold one SRAM macro, not {len(cells)} cells")
    (cell,) = cells
    buses, pins = _widths(library, cell), {pin.name: pin for pin in cell.of("pin")}
    known = {*buses, *pins}
    ports = [port for port in PORTS if all(f"{port}_{pin}" in known for pin in _PINS)]
    if ports[:1] != ["A"]:
        raise InputError(f"{cell.name}: must have the pins {', '.join('A_' + pin for pin in _PINS)}")
    used = {f"{port}_{pin}" for port in ports for pin in (*_PINS, "BM")}
    inputs = [group for group in cell.of("pin", "bus") if group.attributes.get("direction") == "input"]
    clock = pins["A_CLK"]
    return Macro(
        name=cell.name,
        area=cell.number("area"),
        depth=1 << buses["A_ADDR"],
        width=buses["A_DIN"],
        ports=len(ports),
        masked="A_BM" in known,
        tied={
            pin.name: (buses.get(pin.name, 1), int(pin.name.endswith("_DLY")))
            for pin in inputs
            if pin.name not in used
        },
        read_pj=_energy(library, clock, _READ),
        write_pj=_energy(library, clock, _WRITE),
    )


def _widths(library: Group, cell: Group) -> dict[str, int]:
    """Bits of each bus."""
    types = {group.name: int(group.number("bit_width")) for group in (*library.of("type"), *cell.of("type"))}
    return {bus.name: types.get(bus.attributes.get("bus_type", ""), 0) for bus in cell.of("bus")}


def _energy(library: Group, clock: Group, when: str) -> float:
    """Energy of a clock pulse in the state ``when``, in picojoules."""
    amount, _, unit = library.attributes.get("capacitive_load_unit", "1 pf").partition(" ")
    scale = float(amount) * {"ff": 1e-3, "pf": 1.0}[unit.lower()]
    for power in clock.of("internal_power"):
        if power.attributes.get("when", "").replace(" ", "") == when:
            edges = power.of("rise_power", "fall_power")
            return scale * sum(edge.number("values") for edge in edges)
    raise InputError(f"{clock.name}: must have internal_power when {when}")


def _columns(macro: Macro) -> tuple[int, ...]:
    return _COLUMNS if macro.masked else _COLUMNS[:1]


def memory_library(macros: list[Macro]) -> str:
    """The macros for yosys's ``memory_libmap``. Their cost is their area and that of choosing a column.

    Contents at power-up are called whatever a memory asks for: nothing reads a word before it was written
    (docs/asic.md).
    """
    port = {
        1: 'port srsw "A" { clock posedge; rden; rdwr undefined; }',
        2: 'port sr "A" { clock posedge; rden; }\n  port sw "B" { clock posedge; }',
    }
    return "\n".join(
        f"ram block $__{macro.name}_{columns} {{\n  abits {_bits(macro.depth * columns)};\n"
        f"  width {macro.width // columns};\n  cost {round(macro.area * (1 + 0.01 * (columns - 1)))};\n"
        f"  init any;\n  {port[macro.ports]}\n}}"
        for macro in macros
        for columns in _columns(macro)
    )


def memory_map(macros: list[Macro]) -> str:
    """Verilog for yosys's ``techmap``: what ``memory_libmap`` places becomes the macros."""
    return "\n".join(_wrapped(macro, columns) for macro in macros for columns in _columns(macro))


def _bits(words: int) -> int:
    return (words - 1).bit_length()


def _wrapped(macro: Macro, columns: int) -> str:
    width, shared = macro.width // columns, _bits(columns)
    writing = PORTS[macro.ports - 1]
    address, row = f"[{_bits(macro.depth * columns) - 1}:0]", f"[{_bits(macro.depth * columns) - 1}:{shared}]"
    second = "" if writing == "A" else f", input PORT_B_CLK, input {address} PORT_B_ADDR"
    ports = (
        f"input PORT_A_CLK, input {address} PORT_A_ADDR, input PORT_A_RD_EN, "
        f"output [{width - 1}:0] PORT_A_RD_DATA{second}, input PORT_{writing}_WR_EN, "
        f"input [{width - 1}:0] PORT_{writing}_WR_DATA"
    )
    body = ["  parameter INIT = 0;", f"  wire [{macro.width - 1}:0] out;"]
    mask = f"{{{macro.width}{{1'b1}}}}"
    if shared:
        body += [
            f"  reg [{shared - 1}:0] column;",
            f"  always @(posedge PORT_A_CLK) if (PORT_A_RD_EN) column <= PORT_A_ADDR[{shared - 1}:0];",
            f"  assign PORT_A_RD_DATA = out[{width} * column +: {width}];",
        ]
        mask = (
            "{"
            + ", ".join(
                f"{{{width}{{PORT_{writing}_ADDR[{shared - 1}:0] == {place}}}}}"
                for place in reversed(range(columns))
            )
            + "}"
        )
    else:
        body.append("  assign PORT_A_RD_DATA = out;")
    pins = {name: f"{{{bits}{{1'b{value}}}}}" for name, (bits, value) in macro.tied.items()}
    for port in PORTS[: macro.ports]:
        reads, writes = port == "A", port == writing
        enables = [f"PORT_{port}_RD_EN"] * reads + [f"PORT_{port}_WR_EN"] * writes
        pins |= {
            f"{port}_CLK": f"PORT_{port}_CLK",
            f"{port}_ADDR": f"PORT_{port}_ADDR{row}",
            f"{port}_MEN": " | ".join(enables),
            f"{port}_REN": f"PORT_{port}_RD_EN" if reads else "1'b0",
            f"{port}_WEN": f"PORT_{port}_WR_EN" if writes else "1'b0",
            f"{port}_DIN": f"{{{columns}{{PORT_{port}_WR_DATA}}}}"
            if writes
            else f"{{{macro.width}{{1'b0}}}}",
        }
        pins |= {f"{port}_DOUT": "out"} if reads else {}
        pins |= {f"{port}_BM": mask if writes else f"{{{macro.width}{{1'b0}}}}"} if macro.masked else {}
    connected = ", ".join(f".{pin}({value})" for pin, value in pins.items())
    body.append(f"  {macro.name} _TECHMAP_REPLACE_ ({connected});")
    return f"module \\$__{macro.name}_{columns} ({ports});\n" + "\n".join(body) + "\nendmodule"
