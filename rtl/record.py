"""The layout of a program record in hardware."""

from amaranth.lib import data

from spec.program import FIELDS, RECORD_WORDS

# Bits 0 and up as spec.program packs them; one step's record stays the same while the step runs.
RECORD = data.StructLayout({**FIELDS, "unused": 32 * RECORD_WORDS - sum(FIELDS.values())})
