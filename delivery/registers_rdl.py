"""The registers as SystemRDL 2.0 (Accellera), from which other tools make documents, models and tests."""

from __future__ import annotations

from collections.abc import Mapping

from siammixer.arch.register_map import WIDTH, Field, Register, RegisterMap

_PROPERTIES = {
    "read": "sw = r; hw = w;",
    "write": "sw = rw; hw = r; reset = 0;",
    "pulse": "sw = w; hw = r; singlepulse; reset = 0;",
    "clear": "sw = rw; woclr; hw = r; hwset; reset = 0;",
}


def system_rdl(registers: RegisterMap, values: Mapping[str, int], of: str) -> str:
    """The SystemRDL source of a core's registers.

    Parameters
    ----------
    registers
        The map.
    values
        Of the registers that never change, by their names.
    of
        What the core is made for: the name of its accelerator.
    """
    lines = [
        f"// The registers of {registers.title}, accelerator {of}. Generated; do not edit.",
        f"addrmap {registers.name} {{",
        f"    name = {_text(registers.title)};",
        f"    desc = {_text(registers.text)};",
        f"    default regwidth = {WIDTH};",
        f"    default accesswidth = {WIDTH};",
        "    littleendian;",
    ]
    for register in registers.registers:
        lines += _register(register, values.get(register.name))
    return "\n".join([*lines, "};"]) + "\n"


def _register(register: Register, constant: int | None) -> list[str]:
    """The lines of a register; ``constant`` is what it always reads, None where that changes."""
    lines = ["", "    reg {", f"        name = {_text(register.name.upper())};"]
    lines += [f"        desc = {_text(register.text)};"]
    for field in register.fields:
        highest = field.lowest + field.bits - 1
        lines += [
            "        field {",
            f"            desc = {_text(field.text)};",
            f"            {_properties(field, constant)}",
            f"        }} {field.name}[{highest}:{field.lowest}];",
        ]
    # The language allows reads that act in registers that are not generated from it.
    kept = "external " if any(field.moves_on for field in register.fields) else ""
    return [*lines, f"    }} {kept}{register.name} @ {register.address:#x};"]


def _properties(field: Field, constant: int | None) -> str:
    if constant is not None:
        return f"sw = r; hw = na; reset = {constant:#x};"
    return f"{_PROPERTIES[field.access]}{' onread = ruser;' if field.moves_on else ''}"


def _text(words: str) -> str:
    """A string of SystemRDL."""
    escaped = words.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
