"""The driver for PYNQ: one file that a user copies to the board."""
