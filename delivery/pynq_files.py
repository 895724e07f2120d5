"""The files that a PYNQ user copies: the driver with the registers in it, and a network's file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from siammixer.arch.errors import MESSAGES, Error
from siammixer.arch.link import Target
from siammixer.arch.registers import MAGIC, REGISTERS, VERSION, fields
from siammixer.compiler.program import Program
from siammixer.ir.patches import patches
from siammixer.ir.weights import Weights

DRIVER = Path(__file__).with_name("pynq") / "siammixer_pynq.py"
_BEGIN, _END = "# <registers>\n", "# </registers>\n"


def pynq_constants() -> str:
    """The driver's registers, masks and error codes as Python."""
    lines = [
        f"MAGIC, MAJOR_VERSION = 0x{MAGIC:08X}, {VERSION >> 16}",
        f"PROGRAM, WEIGHTS = {Target.PROGRAM.value}, {Target.WEIGHTS.value}",
        "REGISTERS = {",
        *(f'    "{register.name}": 0x{register.address:02X},' for register in REGISTERS),
        "}",
        "MASKS = {",
        *(
            f'    ("{register.name}", "{field.name}"): 0x{field.mask:08X},'
            for register, field in fields()
            if field.name != "value"
        ),
        "}",
        "ERRORS = {",
        *(f'    {error.value}: "{MESSAGES[error]}",' for error in Error if error),
        "}",
    ]
    return "\n".join(lines) + "\n"


def pynq_driver() -> str:
    """The text of ``siammixer_pynq.py``, with the registers of the description between their marks."""
    text = DRIVER.read_text()
    head, rest = text.split(_BEGIN)
    tail = rest.split(_END)[1]
    return head + _BEGIN + pynq_constants() + _END + tail


def pynq_network(program: Program, weights: Weights) -> bytes:
    """The bytes of a network's file for the driver."""
    network, search = program.network, program["search"]
    rows, columns, channels = network.response_shape
    arrays: dict[str, Any] = {
        "fingerprint": np.uint64(int(program.accelerator.fingerprint, 16)),
        "weights": program.weight_memory(weights).view(np.uint8),
        "response_shape": np.array([channels, rows, columns], np.int32),
    }
    assert search.response_cells == rows * columns * channels
    for branch in program:
        arrays[f"{branch}_program"] = program[branch].program
        arrays[f"{branch}_entry"] = np.int32(program.entries[branch])
        regions = [patch.regions["image"] for patch in patches(network, branch, program.grid)]
        arrays[f"{branch}_regions"] = np.array(
            [(one.top, one.left, one.height, one.width) for one in regions], np.int32
        )
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


if __name__ == "__main__":
    DRIVER.write_text(pynq_driver())
    print(DRIVER)
