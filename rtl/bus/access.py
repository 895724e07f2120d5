"""Accesses to registers, whatever bus they come from."""

from amaranth.lib import data

from siammixer.arch.register_map import ADDRESS_BITS, WIDTH

ACCESS = data.StructLayout({"write": 1, "address": ADDRESS_BITS, "data": WIDTH, "whole": 1})
"""A read or a write. ``whole`` says that a write is of all bits of ``data``."""

ANSWER = data.StructLayout({"data": WIDTH, "error": 1})
"""What was read, and whether the access was refused."""
