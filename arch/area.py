"""The resources of an ECP5 that an accelerator takes, reckoned from its sizes as
siammixer.rtl.technology.ecp5 does; siammixer.boards.synthesis measures them.
"""

from __future__ import annotations

from siammixer.arch.accelerator import MAP_BANK_WORDS, TAPS, Accelerator

# Lattice, ECP5 family data sheet FPGA-DS-02012, LFE5U-85F.
ECP5_85F = {"DSP": 156, "LUT": 83_640, "FF": 83_640, "block RAM": 208}
"""What an LFE5U-85F has of each resource."""

BLOCK_RAM_SHAPES = ((1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1))
"""Words and bits of a block RAM (DP16KD, 18 kbit) as memories of block RAMs use it, the widest first."""


def memories(accelerator: Accelerator) -> list[tuple[str, int, int, int]]:
    """(name, count, depth, bits of a word) of what block RAMs are used for; smaller memories are logic."""
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
    """Block RAMs of an ECP5; memories deeper than one of them could not be built as they are, and count as
    several.
    """
    return sum(count * blocks_of(depth, bits) for _, count, depth, bits in memories(accelerator) if count)


def weight_bytes(accelerator: Accelerator) -> int:
    """Bytes of all lanes' weight memories, filled or not."""
    return accelerator.lanes * accelerator.weight_words * TAPS


def fits_ecp5_85f(accelerator: Accelerator) -> bool:
    """Whether the memories, and the array's multipliers without any made of logic, find room in an
    LFE5U-85F.
    """
    return accelerator.multipliers <= ECP5_85F["DSP"] and block_rams(accelerator) <= ECP5_85F["block RAM"]


def blocks_of(depth: int, bits: int) -> int:
    """Block RAMs of one memory: as wide as the depth lets them be, side by side."""
    deepest, narrowest = BLOCK_RAM_SHAPES[-1]
    width = next((width for words, width in BLOCK_RAM_SHAPES if words >= depth), narrowest)
    return -(-bits // width) * -(-depth // deepest)
