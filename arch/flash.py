"""The image in a board's flash from which a core loads itself: its format, where it lies, what can be wrong
with it, and how long it takes to read.

An image is, all little endian: a head (:data:`HEAD`); then runs of words for consecutive addresses, each a
:data:`RUN` and its words of :data:`siammixer.arch.link.WORD_BYTES`, until there are as many words as the head
says; then the CRC-32 of everything before it (ISO-HDLC, that of zip and of the serial link). What lies behind
is not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import ceil

import numpy as np

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.link import WRITE_HEAD
from siammixer.ir.errors import InputError

ADDRESS = 0x200000
"""Place of the image in the flash, in bytes: behind the bitstream of an ECP5-85F as it is built here. A
multiple of every flash's sectors.
"""

ADDRESS_BITS = 24
"""Bits of an address in the flash: those of the command READ."""

MAGIC = int.from_bytes(b"SMXF", "little")
VERSION = 1

HEAD = np.dtype(
    [
        ("magic", "<u4"),
        ("version", "<u2"),
        ("fingerprint", "<u8"),
        ("template_entry", "<u2"),
        ("search_entry", "<u2"),
        ("words", "<u4"),
    ]
)
"""``fingerprint`` is the accelerator's; the entries are the places of the branches' first words in the
program memory; ``words`` is the number of words of all runs together.
"""

_PLACES = {name: field[1] for name, field in (HEAD.fields or {}).items()}

KNOWN_BYTES = _PLACES["template_entry"]
"""Bytes of the head that are the same in every image for an accelerator: they are compared, the others
taken.
"""

RUN = np.dtype([*WRITE_HEAD.descr, ("words", "u1")])
"""Head of a run: place, lane and target of its first word as in a WRITE of the serial link, and the number of
its words, 1 to 255. The others go to the next places of the same lane.
"""

RUN_WORDS = 255
"""Most words of a run; a longer stretch of addresses is several runs."""

CHECK_BYTES = 4
"""Bytes of the CRC-32 at the end."""

WAKE, READ = 0xAB, 0x03
"""The commands that are sent: release from deep power-down, and read from an address on."""

SPI_HZ = 25e6
"""The line's clock is at most this fast by default: READ may be clocked at 50 MHz by the flashes of these
boards, and the data must come back within the clock.
"""

WAIT_SECONDS = 50e-6
"""How long the flash is given after WAKE by default, and before it: far more than the few microseconds in
which such flashes wake up.
"""


class FlashError(IntEnum):
    """Why nothing was loaded. The value is the code that the hardware reports."""

    NONE = 0
    NO_IMAGE = 1
    VERSION = 2
    ACCELERATOR = 3
    LENGTH = 4
    CHECK = 5
    REFUSED = 6


MESSAGES = {
    FlashError.NONE: "no error",
    FlashError.NO_IMAGE: "there is no image: it begins with other bytes than an image's, as an empty flash "
    "does, or none at all",
    FlashError.VERSION: f"the image has another version of the format than {VERSION}",
    FlashError.ACCELERATOR: "the image is for another accelerator",
    FlashError.LENGTH: "the number of words is 0 or too large for the accelerator's memories, or the runs do "
    "not add up to it",
    FlashError.CHECK: "the image does not match its CRC-32: it is damaged, or was not written whole",
    FlashError.REFUSED: "the core refused a word: its address is past the end of a memory, it is for no "
    "memory, or a run was in progress",
}


def known_bytes(accelerator: Accelerator) -> bytes:
    """The first KNOWN_BYTES of every image for the accelerator."""
    head = np.zeros((), HEAD)
    head["magic"], head["version"], head["fingerprint"] = MAGIC, VERSION, int(accelerator.fingerprint, 16)
    return head.tobytes()[:KNOWN_BYTES]


def mismatch(place: int) -> FlashError:
    """The error of an image whose head has a wrong byte ``place``, below KNOWN_BYTES."""
    if place < _PLACES["version"]:
        return FlashError.NO_IMAGE
    return FlashError.VERSION if place < _PLACES["fingerprint"] else FlashError.ACCELERATOR


def most_words(accelerator: Accelerator) -> int:
    """The largest number of words that an image may say: one less than the power of two above the words of
    all memories that it can fill.
    """
    words = accelerator.lanes * accelerator.weight_words + accelerator.program_words
    return (1 << words.bit_length()) - 1


@dataclass(frozen=True, kw_only=True)
class FlashTiming:
    """How fast a flash is read, in cycles of the design's clock.

    Parameters
    ----------
    half_cycles
        Half a cycle of the line's clock.
    wait_cycles
        How long the flash is left alone before WAKE, and after it. A power of two.

    Raises
    ------
    InputError
        One is below 1, or ``wait_cycles`` no power of two.
    """

    half_cycles: int = 2
    wait_cycles: int = 8192

    def __post_init__(self) -> None:
        for name in ("half_cycles", "wait_cycles"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.wait_cycles.bit_count() != 1:
            raise InputError(f"wait_cycles must be a power of two, not {self.wait_cycles}")

    @classmethod
    def of(
        cls, clock_hz: float, *, spi_hz: float = SPI_HZ, wait_seconds: float = WAIT_SECONDS
    ) -> FlashTiming:
        """The timing of a design with this clock: a line as fast as ``spi_hz`` allows, and waits of
        ``wait_seconds`` or up to twice as long.
        """
        wait = max(1, ceil(clock_hz * wait_seconds))
        return cls(
            half_cycles=max(1, ceil(clock_hz / (2 * spi_hz))), wait_cycles=1 << (wait - 1).bit_length()
        )

    @property
    def byte_cycles(self) -> int:
        """Cycles of a byte."""
        return 16 * self.half_cycles

    def read_cycles(self, count: int) -> int:
        """Cycles from the first in which the flash is asked for bytes to the one in which byte ``count``,
        counted from 1, is offered, where no byte before it had to wait.
        """
        commands = 1 + 1 + ADDRESS_BITS // 8
        return 2 * self.wait_cycles + (commands + count) * self.byte_cycles
