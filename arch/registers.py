"""The registers of the core behind a bus (:class:`siammixer.rtl.bus.axi_core.AxiSiamMixer`)."""

from __future__ import annotations

from collections.abc import Iterator

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.interface import ENTRY_BITS, RESPONSE_ADDRESS_BITS
from siammixer.arch.register_map import (
    Field,
    Register,
    RegisterMap,
    head_registers,
    head_values,
    whole,
    word_registers,
)

MAGIC = 0x534D5852
"""Value of the register IDENTITY: ``SMXR``."""

VERSION = 0x0001_0000
"""Value of the register VERSION: the major number, then the minor; a driver refuses another major number."""

REGISTERS = (
    *head_registers(MAGIC, "core"),
    whole("response_words", 0x1C, "Words of the response memory."),
    Register(
        name="control",
        address=0x20,
        text="Starts a run, resets the core, empties the pixel stream.",
        fields=(
            Field(
                name="start",
                lowest=0,
                bits=1,
                access="pulse",
                text="Runs the program at ENTRY. An error while the core is busy.",
            ),
            Field(
                name="reset",
                lowest=1,
                bits=1,
                access="pulse",
                text="Resets the core, also in the middle of a run; it is busy until that is over.",
            ),
            Field(
                name="drain",
                lowest=2,
                bits=1,
                access="write",
                text="While set and no run is in progress, pixels are taken and dropped.",
            ),
        ),
    ),
    Register(
        name="status",
        address=0x24,
        text="What the core does, and how the latest run ended.",
        fields=(
            Field(
                name="busy",
                lowest=0,
                bits=1,
                access="read",
                text="A run is in progress, or a reset has just been.",
            ),
            Field(name="done", lowest=1, bits=1, access="clear", text="A run has ended."),
            Field(
                name="error",
                lowest=8,
                bits=8,
                access="read",
                text="Why the latest run ended; 0 where it went well.",
            ),
            Field(
                name="step",
                lowest=16,
                bits=16,
                access="read",
                text="Number of the instruction that runs, or in which the latest run ended.",
            ),
        ),
    ),
    Register(
        name="interrupt",
        address=0x28,
        text="When the interrupt line is high.",
        fields=(
            Field(
                name="enable",
                lowest=0,
                bits=1,
                access="write",
                text="The interrupt line is high while DONE of STATUS is set.",
            ),
        ),
    ),
    whole("entry", 0x2C, "Address of the program's first word.", access="write", bits=ENTRY_BITS),
    whole("cycles", 0x30, "Cycles of the latest run, from start to done."),
    whole("peak_position", 0x34, "Address of the largest word of the response."),
    whole("peak_value", 0x38, "The largest word of the response.", signed=True),
    whole(
        "response_address",
        0x3C,
        "Address of the word of the response that RESPONSE_DATA reads.",
        access="write",
        bits=RESPONSE_ADDRESS_BITS,
    ),
    whole(
        "response_data",
        0x40,
        "The word of the response at RESPONSE_ADDRESS, which it raises by one. An error while busy.",
        signed=True,
        idle=True,
        moves_on=True,
    ),
    *word_registers(0x44),
)
"""Every register, by rising address."""


CORE = RegisterMap(
    name="siammixer",
    title="SiamMixer",
    text="A core that tracks a target in video.",
    magic=MAGIC,
    version=VERSION,
    registers=REGISTERS,
)


def find_register(name: str) -> Register:
    """The register of that name."""
    return CORE.find(name)


def fields() -> Iterator[tuple[Register, Field]]:
    """Every field with its register."""
    return CORE.fields()


def constants(accelerator: Accelerator) -> dict[str, int]:
    """The values of the registers that never change, by their names."""
    return head_values(MAGIC, VERSION, accelerator) | {"response_words": accelerator.response_words}
