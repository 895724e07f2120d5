"""The serial line's speed where nobody asks for another; apart from siammixer.arch.link, which
needs NumPy."""

BAUD = 3_000_000
"""The fastest that the USB serial chips of common boards offer."""
