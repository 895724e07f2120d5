"""The layout of a program's instruction in hardware."""

from amaranth.lib import data

from siammixer.arch.instruction import CHECK_BITS, CHECK_POSITION, FIELDS, INSTRUCTION_WORDS

INSTRUCTION = data.StructLayout(
    {
        **FIELDS,
        "unused": CHECK_POSITION - sum(FIELDS.values()),
        "check": CHECK_BITS,
        "unused_high": 32 * INSTRUCTION_WORDS - CHECK_POSITION - CHECK_BITS,
    }
)
"""Bits 0 and up as siammixer.arch.instruction packs them; it stays the same while its step runs."""
