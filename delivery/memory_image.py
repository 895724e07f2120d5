"""An image: what a memory of the test bench holds, as words of a file for ``$readmemh`` and as an array."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from siammixer.compiler.program import Program
from siammixer.driver.words import program_words, weight_words
from siammixer.ir.network import BRANCHES
from siammixer.ir.weights import Weights

WORD_NOTE = "bits 71..0 data, 95..72 address, 97..96 target (0 program, 1 weights)."
"""The layout of a word in the hex files of weights and programs."""

WORD_BITS = 104
PIXEL_BITS = 28
NUMBER_BITS = 32

_LAST = 1 << 24
_FIRST = 1 << 25


@dataclass(frozen=True, kw_only=True, eq=False)
class MemoryImage:
    """An image.

    Parameters
    ----------
    name
        Of its files, of the C array, and of the test bench's memory.
    values
        The words of the hex file, of at most ``bits`` bits each, none negative.
    bits
        Of a word in the test bench: WORD_BITS for words of the write port, PIXEL_BITS, or NUMBER_BITS.
    raw
        The same without addresses and marks, little endian and one-dimensional: binary file and C array.
    checked
        Whether the test bench compares its checksum. A word that the file lacks has all bits set then; else
        it is zero.
    """

    name: str
    values: tuple[int, ...]
    bits: int
    raw: np.ndarray
    checked: bool = True

    def lines(self) -> Iterator[str]:
        """The lines of the hex file, without their ends."""
        if self.bits == WORD_BITS:
            for value in self.values:
                yield f"{value >> 96:02x}_{value >> 72 & 0xFFFFFF:06x}_{value & (1 << 72) - 1:018x}"
        else:
            yield from (f"{value:0{self.bits // 4}x}" for value in self.values)

    @property
    def checksum(self) -> int:
        """The test bench's checksum of it."""
        return checksum(self.values)


def checksum(values: Iterable[int]) -> int:
    """The test bench's checksum of an image: rotated by a bit and exclusive-ored with each word's parts."""
    total = 0
    for value in values:
        total = total << 1 & 0xFFFFFFFF | total >> 31
        while value:
            total ^= value & 0xFFFFFFFF
            value >>= 32
    return total


def word_images(program: Program, weights: Weights) -> tuple[MemoryImage, ...]:
    """Weights and both programs as words of the write port (:data:`WORD_NOTE`).

    Their arrays: ``weights`` is uint8, nine bytes a word, all words of lane 0, then those of lane 1, and so
    on; programs are uint32.
    """
    memory = program.weight_memory(weights)
    images = [
        MemoryImage(
            name="weights",
            values=word_values(weight_words(memory)),
            bits=WORD_BITS,
            raw=memory.view(np.uint8).reshape(-1),
        )
    ]
    for branch in BRANCHES:
        words = program[branch].program
        images.append(
            MemoryImage(
                name=f"{branch}_program",
                values=word_values(program_words(words, program.entries[branch])),
                bits=WORD_BITS,
                raw=words.astype("<u4"),
            )
        )
    return tuple(images)


def word_values(words: np.ndarray) -> tuple[int, ...]:
    """Each word, dtype :data:`siammixer.driver.words.WRITE`, as one number, by :data:`WORD_NOTE`."""
    return tuple(
        int(word["target"]) << 96
        | int(word["address"]) << 72
        | int.from_bytes(word["data"].tobytes(), "little")
        for word in words
    )


def colour_values(pixels: np.ndarray) -> list[int]:
    """Each pixel uint8 (n, 3) as one number: bits 7..0 red, 15..8 green, 23..16 blue."""
    return (pixels.astype(np.uint32) << np.array([0, 8, 16], np.uint32)).sum(axis=1).tolist()


def pixel_values(pixels: np.ndarray) -> tuple[int, ...]:
    """:func:`colour_values` of a crop; bit 24 marks the last one."""
    values = colour_values(pixels)
    values[-1] |= _LAST
    return tuple(values)


def frame_values(frame: np.ndarray) -> tuple[int, ...]:
    """:func:`colour_values` of a frame uint8 (h, w, 3); bit 24 marks the last pixel of a line, 25 the
    frame's first.
    """
    _, width, _ = frame.shape
    values = colour_values(frame.reshape(-1, 3))
    values[0] |= _FIRST
    return tuple(value | _LAST * (place % width == width - 1) for place, value in enumerate(values))


def number_image(name: str, numbers: np.ndarray, *, checked: bool) -> MemoryImage:
    """An image of int32 or uint32 (n,)."""
    raw = np.ascontiguousarray(numbers, numbers.dtype.newbyteorder("<"))
    values = tuple(raw.view("<u4").tolist())
    return MemoryImage(name=name, values=values, bits=NUMBER_BITS, raw=raw, checked=checked)


def pixel_image(name: str, values: tuple[int, ...], pixels: np.ndarray) -> MemoryImage:
    """An image of pixels, given as values and as uint8 (..., 3)."""
    return MemoryImage(name=name, values=values, bits=PIXEL_BITS, raw=pixels.reshape(-1))
