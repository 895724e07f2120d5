"""Verilog as hardware finds it at power-up: no register and no memory has a value."""

from __future__ import annotations

import re

from siammixer.ir.errors import InputError

# yosys's switch that makes a simulator run a block in the beginning is no register: nothing reads it.
_SWITCH = r"(?!\\\$auto\$verilog_backend\.cc:\d+:dump_module|once_)"
_REGISTER = re.compile(rf"^(  reg (?:\[\d+:0\] )?{_SWITCH}[^\s\[]+) ? = [^;,]+;$", re.MULTILINE)
_MEMORY = re.compile(r"^  initial begin(?: : initial_\d+)?\n.*?^  end\n", re.MULTILINE | re.DOTALL)
_LEFT = re.compile(rf"^.*(?:\binitial begin\b|^  reg {_SWITCH}[^;=]*=).*$", re.MULTILINE)


def without_initial_values(verilog: str) -> tuple[str, int, int]:
    """The same design without initial values: what has no reset begins as unknown.

    Parameters
    ----------
    verilog
        As :func:`siammixer.sim.verilog.verilog` writes it, or a bundle's with plain names.

    Returns
    -------
    tuple
        The text, and how many registers and memories lost their values in it; a module counts once.

    Raises
    ------
    InputError
        Something has an initial value still.
    """
    # The space behind an escaped name is part of it.
    text, registers = _REGISTER.subn(r"\1 ;", verilog)
    text, memories = _MEMORY.subn("", text)
    if left := _LEFT.search(text):
        raise InputError(f"every initial value must be found; this one was not: {left[0].strip()}")
    return text, registers, memories
