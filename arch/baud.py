"""The default speed of the serial line. It is apart from siammixer.arch.link because that needs NumPy."""

BAUD = 3_000_000
"""Bits per second: the most that the USB serial chips of common boards offer."""
