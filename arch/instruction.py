"""The program that the accelerator runs: instructions of fixed layout, one per step.

An instruction has ``INSTRUCTION_WORDS`` words of 32 bits. Its fields are packed from the least significant
bit on, in the order of ``FIELDS``. Addresses and strides count words of the feature-map memory, modulo 2**16.

==================  =====================================================================
kind                work of the step
==================  =====================================================================
``LOOP``            opens the patch loop: ``rows`` x ``columns`` patches; ``write_pixel`` and
                    ``write_row`` are the patch offset's steps, ``read_pixel`` and ``read_row``
                    its largest values. The step with ``loop_end`` closes it.
``CONVOLUTION``     3 x 3 windows of the pixel stream, all blocks of lanes for each window
``DEPTHWISE``       k x k windows of a map, block of lanes after block of lanes
``POINTWISE``       all input channels of a pixel into all blocks, pixel after pixel
``TRANSPOSE``       the words of a map, block of lanes after block of lanes, as they are
``STORE_TEMPLATE``  the windows of a map become weights, at ``weight_base``
``CORRELATE``       as DEPTHWISE, summed over all channels into the response
==================  =====================================================================

A ``transposed`` step works plane by plane and has ``blocks`` planes. The results of a plane and ``pad`` zeros
fill ``groups`` blocks of ``lanes`` words. Each block is written as columns: word n of block (plane, group)
goes to ``write_base + plane * write_row + n * write_pixel + group``. A transposed ``POINTWISE`` step has its
block of outputs outermost, and reads the same map again for each.

A ``fused`` ``CONVOLUTION`` or ``POINTWISE`` step also computes the 3 x 3 depthwise layer behind it. The
results of the first layer are not written but go into the lanes' windows. The results of the second layer are
written as those of a ``DEPTHWISE`` step. ``rows`` and ``columns`` count the results between the two layers.
The biases and multipliers of the second layer follow those of the first, and its weights follow them, one
word per block. A fused ``POINTWISE`` step has its block of outputs outermost. A fused ``CONVOLUTION`` step
has at most :data:`FUSED_BLOCKS` blocks, whose columns alternate in the windows.

Fields that a kind does not use are ignored. The accelerator refuses an instruction that breaks one of
:func:`rules`.
"""

from __future__ import annotations

import binascii
from enum import IntEnum
from functools import reduce
from operator import or_
from typing import Any

import numpy as np

from siammixer.ir.errors import InputError
from siammixer.ir.network import PIXEL_CHANNELS


class Kind(IntEnum):
    """Kind of an instruction: the value of its field ``kind``."""

    LOOP = 1
    CONVOLUTION = 2
    DEPTHWISE = 3
    POINTWISE = 4
    TRANSPOSE = 5
    STORE_TEMPLATE = 6
    CORRELATE = 7


FIELDS: dict[str, int] = {
    "kind": 4,
    "relu": 1,
    "residual": 1,  # add the word at the residual address to the result
    "kernel_5": 1,  # window of 5 x 5 instead of 3 x 3
    "stride_2": 1,
    "loop_end": 1,
    "patch_output": 1,  # add the patch offset to write_base
    "end": 1,  # last instruction of the program
    "transposed": 1,  # results are written transposed (see below)
    "left_x": 3,
    "left_y": 3,
    "right": 4,
    "read_base": 16,
    "read_pixel": 16,
    "read_row": 16,
    "write_base": 16,
    "write_pixel": 16,
    "write_row": 16,
    "residual_base": 16,  # of pointwise steps; windows add their own centre
    "residual_pixel": 16,
    "columns": 10,
    "rows": 10,
    "blocks": 7,
    "slots": 7,  # cycles of one block of one pixel
    "macs": 7,  # of them, those that multiply
    "residual_slot": 7,
    "weight_base": 16,
    "constant_base": 16,
    "groups": 10,  # transposed: blocks of lanes x lanes side by side
    "tail": 6,  # words out of each block of the last row of blocks
    "pad": 5,  # fillers that complete the last block of a plane
    "fused": 1,  # the depthwise layer behind this one is done too (see above)
    "fused_stride_2": 1,  # its stride
}

INSTRUCTION_WORDS = 9
CHECK_BITS = 16
# The check is the low half of the instruction's last word, so that the sum over the whole of it is zero.
CHECK_POSITION = 32 * (INSTRUCTION_WORDS - 1)
assert sum(FIELDS.values()) <= CHECK_POSITION

# The 25 taps of a 5 x 5 window in three groups, as (row, column) of the kernel. The first group
# is the corner that a 3 x 3 window occupies too; the others leave the ninth multiplier idle.
_CORNER = [(row, column) for row in (2, 3, 4) for column in (2, 3, 4)]
_REST = [(row, column) for row in range(5) for column in range(5) if (row, column) not in _CORNER]
TAP_GROUPS: dict[int, list[list[tuple[int, int]]]] = {
    3: [[(row, column) for row in range(3) for column in range(3)]],
    5: [_CORNER, _REST[:8], _REST[8:]],
}

# Two blocks' columns that alternate in a window leave each a 3 x 3 of every other column.
FUSED_BLOCKS = 2
ALTERNATE_TAPS = [(row, column) for row in (2, 3, 4) for column in (0, 2, 4)]


def rules(instruction: Any, lanes: int) -> dict[str, Any]:
    """Rules that every legal instruction keeps: the words of each, and whether this instruction keeps it.

    Parameters
    ----------
    instruction
        Its fields as attributes: numbers, or hardware values, of which the rules then are expressions. So
        nothing but comparisons, ``&`` and ``|`` make them up.
    """

    def of(*kinds: Kind):
        return reduce(or_, (instruction.kind == kind for kind in kinds))

    loop, windows = of(Kind.LOOP), of(Kind.DEPTHWISE, Kind.STORE_TEMPLATE, Kind.CORRELATE)
    counted = (
        (instruction.slots != 0)
        & (instruction.blocks != 0)
        & (instruction.columns != 0)
        & (instruction.rows != 0)
    )
    small, large = (
        (instruction.kernel_5 == 0) & (instruction.macs == len(TAP_GROUPS[3])),
        (instruction.kernel_5 == 1) & (instruction.macs == len(TAP_GROUPS[5])),
    )
    multiplied = (
        (windows & (small | large))
        | (of(Kind.CONVOLUTION) & (instruction.macs <= PIXEL_CHANNELS))
        | of(Kind.POINTWISE)
    )
    planes = (
        (instruction.groups != 0)
        & (instruction.pad < lanes)
        & (instruction.tail != 0)
        & (instruction.tail <= lanes)
    )
    fusable = of(Kind.POINTWISE) | (of(Kind.CONVOLUTION) & (instruction.blocks <= FUSED_BLOCKS))
    return {
        "kind is known": (instruction.kind >= min(Kind)) & (instruction.kind <= max(Kind)),
        "slots, blocks, columns and rows of a step are not 0": loop | counted,
        "macs are 1 to slots, those of a window as many as its kernel's groups of taps, those of a pixel "
        "as its channels": loop
        | of(Kind.TRANSPOSE)
        | ((instruction.macs != 0) & (instruction.macs <= instruction.slots) & multiplied),
        "residual is of DEPTHWISE, or of POINTWISE with residual_slot below slots": loop
        | (instruction.residual == 0)
        | of(Kind.DEPTHWISE)
        | (of(Kind.POINTWISE) & (instruction.residual_slot < instruction.slots)),
        "TRANSPOSE is transposed; of others DEPTHWISE and POINTWISE can be, with groups, a pad below the "
        "lanes and a tail of 1 to the lanes": loop
        | ((instruction.transposed == 0) & (instruction.kind != Kind.TRANSPOSE))
        | ((instruction.transposed == 1) & of(Kind.DEPTHWISE, Kind.POINTWISE, Kind.TRANSPOSE) & planes),
        "fused is of POINTWISE or CONVOLUTION of few blocks, neither transposed nor with a residual": loop
        | (instruction.fused == 0)
        | (fusable & (instruction.transposed == 0) & (instruction.residual == 0)),
    }


def encode(number: int, **values: int) -> np.ndarray:
    """One instruction with its check, uint32 (INSTRUCTION_WORDS,); fields left out are zero.

    The check is the CRC-16 of ITU-T V.41 (x^16 + x^12 + x^5 + 1, from zero, the highest bit first) over the
    number, as 32 bits, and the words of the instruction before the check. It detects up to three wrong bits
    of an instruction, and an instruction at the place of another.

    Parameters
    ----------
    number
        Place of the instruction in the program, counted from 0.

    Raises
    ------
    InputError
        A value does not fit its field, or a field is unknown.
    """
    bits, position = 0, 0
    for name, width in FIELDS.items():
        value = int(values.pop(name, 0))
        if width == 16 and value < 0:
            value += 1 << 16
        if not 0 <= value < 1 << width:
            raise InputError(f"program field {name} must be 0..{(1 << width) - 1}, not {value}")
        bits |= value << position
        position += width
    if values:
        raise InputError(f"unknown program field {next(iter(values))}")
    words = np.frombuffer(bits.to_bytes(4 * INSTRUCTION_WORDS, "little"), "<u4").copy()
    # The unused high half of the last word comes before the check.
    checked = number.to_bytes(4, "big") + words[:-1].astype(">u4").tobytes() + bytes(2)
    words[-1] = binascii.crc_hqx(checked, 0)
    return words
