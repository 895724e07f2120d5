"""Resources of an ECP5 that an accelerator needs, estimated from its sizes.

The estimate follows siammixer.rtl.primitives.block_ram; siammixer.boards.synthesis measures the same.
"""

from __future__ import annotations

from siammixer.arch.accelerator import MAP_BANK_WORDS, TAPS, Accelerator

# Lattice, ECP5 family data sheet FPGA-DS-02012, LFE5U-85F.
ECP5_85F = {"DSP": 156, "LUT": 83_640, "FF": 83_640, "block RAM": 208}
"""Count of each resource in an LFE5U-85F."""

BLOCK_RAM_SHAPES = ((1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1))
"""(words, bits of a word) of a block RAM (DP16KD, 18 kbit), the widest shape first."""


def memories(accelerator: Accelerator) -> list[tuple[str, int, int, int]]:
    """(name, count, depth, bits of a word) of each memory made of block RAMs. Smaller memories are logic."""
    a = accelerator
    full, rest = divmod(a.map_words, MAP_BANK_WORDS)
    return [
        ("feature maps, whole banks", full, MAP_BANK_WORDS, 8 * a.lanes),
        ("feature maps, last bank", int(rest > 0), rest, 8 * a.lanes),
        ("weights of a lane", a.lanes, a.weight_words, 8 * TAPS),
        ("program", 1, a.program_words, 32),
        ("response", 1, a.response_words, 32),
        ("pixel line buffers", 1, a.pixel_width, 48),
    ]


def block_rams(accelerator: Accelerator) -> int:
    """Block RAMs of an ECP5 that the accelerator needs.

    A memory deeper than one block RAM cannot be built in one piece and counts as several.
    """
    return sum(count * blocks_of(depth, bits) for _, count, depth, bits in memories(accelerator) if count)


def weight_bytes(accelerator: Accelerator) -> int:
    """Bytes of all lanes' weight memories, filled or not."""
    return accelerator.lanes * accelerator.weight_words * TAPS


def fits_ecp5_85f(accelerator: Accelerator) -> bool:
    """Whether an LFE5U-85F has enough block RAMs and enough DSP blocks for all multipliers of the array."""
    return accelerator.multipliers <= ECP5_85F["DSP"] and block_rams(accelerator) <= ECP5_85F["block RAM"]


def blocks_of(depth: int, bits: int) -> int:
    """Block RAMs of one memory. They lie side by side, each in the widest shape that has the depth."""
    deepest, narrowest = BLOCK_RAM_SHAPES[-1]
    width = next((width for words, width in BLOCK_RAM_SHAPES if words >= depth), narrowest)
    return -(-bits // width) * -(-depth // deepest)
