"""The core's registers behind a bus: one description, from which hardware, SystemRDL, C header, documents and
drivers are made.

All registers are 32 bits wide and lie at multiples of four bytes. A read or write of another address, of a
part of a register, or that the register does not allow is answered with an error and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.interface import ENTRY_BITS, RESPONSE_ADDRESS_BITS, WRITE_FIELDS
from siammixer.ir.errors import InputError

WIDTH = 32
"""Bits of a register."""

ADDRESS_BITS = 12
"""Bits of an address, in bytes: the core has a page of 4 KiB, of which the registers take the first
bytes."""

MAGIC = 0x534D5852
"""Value of the register IDENTITY: ``SMXR``."""

VERSION = 0x0001_0000
"""Value of the register VERSION: the major number, then the minor; a driver refuses another major number."""

Access = Literal["read", "write", "pulse", "clear"]


@dataclass(frozen=True, kw_only=True)
class Field:
    """Some bits of a register.

    Parameters
    ----------
    name
        In lower case.
    lowest
        Number of its lowest bit.
    bits
        Its width.
    access
        "read": the hardware's; writing it changes nothing. "write": what is written stands. "pulse": a one
        that is written acts once, and reads as zero. "clear": the hardware sets it, and a one that is written
        clears it.
    text
        What it means, a sentence.
    signed
        Whether it holds a signed number.
    moves_on
        Whether a read changes what the next one gives, so that no tool may read it by the way.
    """

    name: str
    lowest: int = 0
    bits: int = WIDTH
    access: Access
    text: str
    signed: bool = False
    moves_on: bool = False

    def __post_init__(self) -> None:
        if not (self.lowest >= 0 and self.bits >= 1 and self.lowest + self.bits <= WIDTH):
            raise InputError(
                f"field {self.name}: its bits must lie within 0 to {WIDTH - 1}, not from {self.lowest} on"
            )

    @property
    def mask(self) -> int:
        """Its bits in the register, set."""
        return ((1 << self.bits) - 1) << self.lowest


@dataclass(frozen=True, kw_only=True)
class Register:
    """A register.

    Parameters
    ----------
    name
        In lower case.
    address
        In bytes.
    text
        What it is for, a sentence.
    fields
        Its fields, the lowest first.
    idle
        It can only be used while the core is not busy.
    """

    name: str
    address: int
    text: str
    fields: tuple[Field, ...]
    idle: bool = False

    def __post_init__(self) -> None:
        if self.address % (WIDTH // 8) or not 0 <= self.address < 1 << ADDRESS_BITS:
            raise InputError(
                f"register {self.name}: its address must be a multiple of {WIDTH // 8} below "
                f"{1 << ADDRESS_BITS}, not {self.address}"
            )
        taken = 0
        for field in self.fields:
            if taken & field.mask:
                raise InputError(f"register {self.name}: field {field.name} must have bits of its own")
            taken |= field.mask

    @property
    def readable(self) -> bool:
        """Whether it may be read."""
        return any(field.access != "pulse" for field in self.fields)

    @property
    def writable(self) -> bool:
        """Whether it may be written."""
        return any(field.access != "read" for field in self.fields)

    def field(self, name: str) -> Field:
        """The field of that name."""
        return next(field for field in self.fields if field.name == name)


_ADDRESS, _TARGET, _DATA = (dict(WRITE_FIELDS)[name] for name in ("address", "target", "data"))


def _whole(
    name: str,
    address: int,
    text: str,
    *,
    access: Access = "read",
    bits: int = WIDTH,
    signed: bool = False,
    idle: bool = False,
    moves_on: bool = False,
) -> Register:
    """A register with one field, ``value``."""
    field = Field(name="value", bits=bits, access=access, text=text, signed=signed, moves_on=moves_on)
    return Register(name=name, address=address, text=text, fields=(field,), idle=idle)


REGISTERS = (
    _whole("identity", 0x00, "Always 0x534D5852: there is a SiamMixer core."),
    _whole("version", 0x04, "Version of these registers: major number in bits 31 to 16, minor in 15 to 0."),
    _whole("fingerprint_low", 0x08, "Bits 31 to 0 of the fingerprint of the accelerator's sizes."),
    _whole("fingerprint_high", 0x0C, "Bits 63 to 32 of the fingerprint of the accelerator's sizes."),
    _whole("lanes", 0x10, "Lanes of the array."),
    _whole("program_words", 0x14, "Words of the program memory."),
    _whole("weight_words", 0x18, "Words of the weight memory of each lane."),
    _whole("response_words", 0x1C, "Words of the response memory."),
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
    _whole("entry", 0x2C, "Address of the program's first word.", access="write", bits=ENTRY_BITS),
    _whole("cycles", 0x30, "Cycles of the latest run, from start to done."),
    _whole("peak_position", 0x34, "Address of the largest word of the response."),
    _whole("peak_value", 0x38, "The largest word of the response.", signed=True),
    _whole(
        "response_address",
        0x3C,
        "Address of the word of the response that RESPONSE_DATA reads.",
        access="write",
        bits=RESPONSE_ADDRESS_BITS,
    ),
    _whole(
        "response_data",
        0x40,
        "The word of the response at RESPONSE_ADDRESS, which it raises by one. An error while busy.",
        signed=True,
        idle=True,
        moves_on=True,
    ),
    Register(
        name="word_address",
        address=0x44,
        text="Where the next word for a memory goes.",
        fields=(
            Field(
                name="address",
                lowest=0,
                bits=_ADDRESS,
                access="write",
                text="Word of the program memory, or lane * 65536 + word of its weight memory. Each word "
                "written raises it by one.",
            ),
            Field(
                name="target",
                lowest=_ADDRESS,
                bits=_TARGET,
                access="write",
                text="The memory: 0 of the program, 1 of the weights.",
            ),
        ),
    ),
    _whole("word_low", 0x48, "Bits 31 to 0 of the word.", access="write"),
    _whole("word_middle", 0x4C, "Bits 63 to 32 of the word.", access="write"),
    _whole(
        "word_high",
        0x50,
        f"Bits {_DATA - 1} to 64 of the word; writing them writes the word. An error while the core is busy, "
        "or where the address is past the end of the memory.",
        access="write",
        bits=_DATA - 2 * WIDTH,
        idle=True,
    ),
)
"""Every register, by rising address."""


def find_register(name: str) -> Register:
    """The register of that name."""
    return next(register for register in REGISTERS if register.name == name)


def fields() -> Iterator[tuple[Register, Field]]:
    """Every field with its register."""
    for register in REGISTERS:
        for field in register.fields:
            yield register, field


def constants(accelerator: Accelerator) -> dict[str, int]:
    """The values of the registers that never change, by their names."""
    fingerprint = int(accelerator.fingerprint, 16)
    return {
        "identity": MAGIC,
        "version": VERSION,
        "fingerprint_low": fingerprint & (1 << WIDTH) - 1,
        "fingerprint_high": fingerprint >> WIDTH,
        "lanes": accelerator.lanes,
        "program_words": accelerator.program_words,
        "weight_words": accelerator.weight_words,
        "response_words": accelerator.response_words,
    }
