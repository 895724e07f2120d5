"""The registers of a core in words."""

from __future__ import annotations

from siammixer.arch.register_map import WIDTH, Field, RegisterMap
from siammixer.arch.registers import CORE

_ACCESS = {
    "read": "read",
    "write": "read, write",
    "pulse": "write 1: acts once",
    "clear": "read, write 1: clears",
}


def register_table(registers: RegisterMap = CORE) -> str:
    """All registers of a map and their fields as a Markdown table."""
    lines = ["| address | register | bits | field | access | meaning |", "|---|---|---|---|---|---|"]
    for register in registers.registers:
        for number, field in enumerate(register.fields):
            head = (f"{register.address:#04x}", register.name.upper()) if number == 0 else ("", "")
            name = field.name.upper() if len(register.fields) > 1 else ""
            cells = (*head, _bits(field), name, _ACCESS[field.access], field.text)
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines).replace("|  |", "| |").replace("|  |", "| |") + "\n"


def _bits(field: Field) -> str:
    highest = field.lowest + field.bits - 1
    if field.bits == WIDTH:
        return f"{WIDTH - 1}..0"
    return str(field.lowest) if field.bits == 1 else f"{highest}..{field.lowest}"
