"""The speeds of the serial line. They are apart from siammixer.arch.link because that needs NumPy."""

BAUD = 3_000_000
"""Bits per second: the most that the USB serial chips of common boards offer. The default."""
FAST_BAUD = 12_000_000
"""Bits per second: the most that an FT2232H offers."""
