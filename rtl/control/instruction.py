"""The layout of a program record in hardware."""

from amaranth.lib import data

from siammixer.arch.instruction import CHECK_BITS, CHECK_POSITION, FIELDS, INSTRUCTION_WORDS

# Bits 0 and up as siammixer.arch.instruction packs them; one step's record stays the same while the step
# runs.
RECORD = data.StructLayout(
    {
        **FIELDS,
        "unused": CHECK_POSITION - sum(FIELDS.values()),
        "check": CHECK_BITS,
        "unused_high": 32 * INSTRUCTION_WORDS - CHECK_POSITION - CHECK_BITS,
    }
)
