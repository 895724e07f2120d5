"""A register map: the registers of a core behind a bus, their fields, and the rules of an access.

A core has one description of its registers (:mod:`siammixer.arch.registers`,
:mod:`siammixer.arch.tracker_registers`), from which hardware, SystemRDL, IP-XACT, C header and documents are
made.

All registers are 32 bits wide and lie at multiples of four bytes. A read or write of another address, of a
part of a register, or that the register does not allow is answered with an error and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.interface import WRITE_FIELDS
from siammixer.ir.errors import InputError

WIDTH = 32
"""Bits of a register."""

ADDRESS_BITS = 12
"""Bits of an address, in bytes: a core has a page of 4 KiB, of which the registers take the first
bytes."""

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


@dataclass(frozen=True, kw_only=True)
class RegisterMap:
    """All registers of a core.

    Parameters
    ----------
    name
        In lower case, of the address map; names in C begin with it.
    title
        What the core is called in words.
    text
        What it does, a sentence.
    magic
        Value of the register IDENTITY.
    version
        Value of the register VERSION: the major number in bits 31 to 16, then the minor; a driver refuses
        another major number.
    registers
        By rising address.
    """

    name: str
    title: str
    text: str
    magic: int
    version: int
    registers: tuple[Register, ...]

    def find(self, name: str) -> Register:
        """The register of that name."""
        return next(register for register in self.registers if register.name == name)

    def fields(self) -> Iterator[tuple[Register, Field]]:
        """Every field with its register."""
        for register in self.registers:
            for field in register.fields:
                yield register, field


def whole(
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
    """A register with one field, ``value``; ``text`` is that of both."""
    field = Field(name="value", bits=bits, access=access, text=text, signed=signed, moves_on=moves_on)
    return Register(name=name, address=address, text=text, fields=(field,), idle=idle)


def word_registers(address: int) -> tuple[Register, ...]:
    """The four registers, from ``address`` on, that write words into a core's memories."""
    place, target, data = (dict(WRITE_FIELDS)[name] for name in ("address", "target", "data"))
    return (
        Register(
            name="word_address",
            address=address,
            text="Where the next word for a memory goes.",
            fields=(
                Field(
                    name="address",
                    lowest=0,
                    bits=place,
                    access="write",
                    text="Word of the program memory, or lane * 65536 + word of its weight memory. Each word "
                    "written raises it by one.",
                ),
                Field(
                    name="target",
                    lowest=place,
                    bits=target,
                    access="write",
                    text="The memory: 0 of the program, 1 of the weights.",
                ),
            ),
        ),
        whole("word_low", address + 4, "Bits 31 to 0 of the word.", access="write"),
        whole("word_middle", address + 8, "Bits 63 to 32 of the word.", access="write"),
        whole(
            "word_high",
            address + 12,
            f"Bits {data - 1} to 64 of the word; writing them writes the word. An error while the core is "
            "busy, or where the address is past the end of the memory.",
            access="write",
            bits=data - 2 * WIDTH,
            idle=True,
        ),
    )


def head_registers(magic: int, what: str) -> tuple[Register, ...]:
    """The first registers of every map: what answers here, of which version and sizes."""
    return (
        whole("identity", 0x00, f"Always 0x{magic:08X}: there is a SiamMixer {what}."),
        whole(
            "version", 0x04, "Version of these registers: major number in bits 31 to 16, minor in 15 to 0."
        ),
        whole("fingerprint_low", 0x08, "Bits 31 to 0 of the fingerprint of the accelerator's sizes."),
        whole("fingerprint_high", 0x0C, "Bits 63 to 32 of the fingerprint of the accelerator's sizes."),
        whole("lanes", 0x10, "Lanes of the array."),
        whole("program_words", 0x14, "Words of the program memory."),
        whole("weight_words", 0x18, "Words of the weight memory of each lane."),
    )


def head_values(magic: int, version: int, accelerator: Accelerator) -> dict[str, int]:
    """The values of :func:`head_registers`, which never change, by the registers' names."""
    fingerprint = int(accelerator.fingerprint, 16)
    return {
        "identity": magic,
        "version": version,
        "fingerprint_low": fingerprint & (1 << WIDTH) - 1,
        "fingerprint_high": fingerprint >> WIDTH,
        "lanes": accelerator.lanes,
        "program_words": accelerator.program_words,
        "weight_words": accelerator.weight_words,
    }
