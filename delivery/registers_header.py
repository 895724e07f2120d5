"""The registers as a C header: addresses, masks, shifts, the accelerator's sizes, and the error codes."""

from __future__ import annotations

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.errors import MESSAGES, Error
from siammixer.arch.fabric import FAULT_NUMBERS, NUMBER_BITS, State, code, described
from siammixer.arch.link import LANE_ADDRESS_BITS, Target
from siammixer.arch.register_map import RegisterMap
from siammixer.arch.registers import CORE
from siammixer.arch.tracker_registers import TRACKER

PREFIX = "SIAMMIXER"


def c_registers() -> str:
    """The text of ``siammixer_registers.h``, which is the same for every accelerator.

    ``SIAMMIXER_<REGISTER>`` is the register's address in bytes. A register of several fields has
    ``..._<FIELD>_MASK`` and ``..._<FIELD>_SHIFT`` for each.
    """
    lines = _registers(CORE)
    lines += ["", "/* Values of STATUS.ERROR. */"]
    for error in Error:
        lines += [f"/* {MESSAGES[error]} */", *_define(f"{PREFIX}_ERROR_{error.name}", str(error.value))]
    messages = ", \\\n".join(f'    "{MESSAGES[error]}"' for error in Error)
    lines += ["", "/* The messages of the error codes, by code. */"]
    lines += [f"#define {PREFIX}_ERROR_MESSAGES \\", *messages.split("\n")]
    return "\n".join([*lines, "", "#endif"]) + "\n"


def c_tracker_registers() -> str:
    """The text of ``siammixer_tracker_registers.h``, which is the same for every tracker: as
    :func:`c_registers`, with ``SIAMMIXER_TRACKER_`` before each name, the states and the codes.
    """
    prefix = TRACKER.name.upper()
    lines = _registers(TRACKER)
    lines += ["", "/* Values of STATUS.STATE and RESULT.STATE. */"]
    for state in State:
        lines += _define(f"{prefix}_STATE_{state.name}", f"{state.value}u")
    lines += [
        "",
        "/* Values of RESULT.CODE. Those of a frame, less CODE_FRAME, are FAULTS.LATEST's. */",
    ]
    for source, numbers in FAULT_NUMBERS.items():
        lines += _define(f"{prefix}_CODE_{source.name}", f"0x{source << NUMBER_BITS:02x}u")
        for number in numbers:
            if number:
                value = code(source, number)
                lines += [f"/* {described(value)} */"]
                lines += _define(f"{prefix}_CODE_{source.name}_{number.name}", f"0x{value:02x}u")
    return "\n".join([*lines, "", "#endif"]) + "\n"


def _registers(registers: RegisterMap) -> list[str]:
    """The header's beginning: every register of a map, and the memories."""
    prefix = registers.name.upper()
    lines = _head(f"{prefix}_REGISTERS_H", f"The registers of {registers.title}.")
    lines += _define(f"{prefix}_MAGIC", f"0x{registers.magic:08x}u")
    lines += _define(f"{prefix}_MAJOR_VERSION", f"{registers.version >> 16}u")
    for register in registers.registers:
        name = f"{prefix}_{register.name.upper()}"
        lines += ["", f"/* {register.text} */", *_define(name, f"0x{register.address:02x}u")]
        for field in register.fields:
            if len(register.fields) > 1 or field.name != "value":
                inner = f"{name}_{field.name.upper()}"
                lines += [f"/* {field.text} */"]
                lines += _define(f"{inner}_MASK", f"0x{field.mask:08x}u")
                lines += _define(f"{inner}_SHIFT", f"{field.lowest}u")
    lines += ["", "/* Values of WORD_ADDRESS.TARGET; where a lane's weights begin in ADDRESS. */"]
    for target in (Target.PROGRAM, Target.WEIGHTS):
        lines += _define(f"{prefix}_TARGET_{target.name}", f"{target.value}u")
    return lines + _define(f"{prefix}_LANE_SHIFT", f"{LANE_ADDRESS_BITS}u")


def c_accelerator(accelerator: Accelerator) -> str:
    """The text of ``siammixer_accelerator.h``: what the driver compares with the core that it finds."""
    lines = _head(f"{PREFIX}_ACCELERATOR_H", f"The sizes of the accelerator {accelerator.name}.")
    lines += _define(f"{PREFIX}_FINGERPRINT", f"UINT64_C(0x{int(accelerator.fingerprint, 16):016x})")
    for name in ("lanes", "program_words", "weight_words", "response_words"):
        lines += _define(f"{PREFIX}_SIZE_{name.upper()}", f"{getattr(accelerator, name)}u")
    return "\n".join([*lines, "", "#endif"]) + "\n"


def _head(guard: str, text: str) -> list[str]:
    return [f"/* {text} Generated; do not edit. */", f"#ifndef {guard}", f"#define {guard}", ""]


def _define(name: str, value: str) -> list[str]:
    return [f"#define {name} {value}"]
