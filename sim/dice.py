"""The random numbers by which every harness pauses its streams and makes noise."""

from __future__ import annotations

from collections.abc import Iterator


def dice(seed: int) -> Iterator[int]:
    """Marsaglia's xorshift32: uint32 numbers, each the xor of the one before with three shifts of itself.

    ``harness.sv`` and ``harness.cpp`` hold the same generator, so that their streams pause in the same
    cycles: tests/sim/test_harnesses.py compares all three.
    """
    random = seed * 2654435761 & 0xFFFFFFFF | 1
    while True:
        random ^= random << 13 & 0xFFFFFFFF
        random ^= random >> 17
        random ^= random << 5 & 0xFFFFFFFF
        yield random
