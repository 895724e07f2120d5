"""The contents of the lanes' weight memories."""

from __future__ import annotations

import numpy as np

from siammixer.arch.accelerator import TAPS, Accelerator
from siammixer.arch.instruction import TAP_GROUPS
from siammixer.compiler.writes import blocks
from siammixer.ir import numerics
from siammixer.ir.errors import InputError
from siammixer.ir.operators import Operator
from siammixer.ir.weights import OperatorWeights


def groups(accelerator: Accelerator, operator: Operator) -> int:
    """Weight words of one output block: cycles that one output element takes."""
    match operator.kind:
        case "convolution":
            return operator.in_shape[2]
        case "depthwise" | "correlation" | "template":
            kernel = operator.out_shape[0] if operator.kind == "template" else operator.kernel
            return len(TAP_GROUPS[kernel])
        case "pointwise" | "token":
            return -(-operator.reduction // accelerator.group)
    raise ValueError(f"operator {operator.name} of kind {operator.kind} has no weights")


def pack_weights(accelerator: Accelerator, operator: Operator, values: OperatorWeights) -> np.ndarray:
    """Weight words: INT8 (lanes, blocks * groups, TAPS); lane n holds output n of each block."""
    lanes, count = accelerator.lanes, groups(accelerator, operator)
    match operator.kind:
        case "convolution":
            taps = values.weight.transpose(0, 3, 1, 2).reshape(operator.outputs, count, -1)
        case "depthwise":
            taps = _window_taps(values.weight)
        case _:
            padded = np.zeros((operator.outputs, count * accelerator.group), np.int8)
            padded[:, : operator.reduction] = values.weight
            taps = padded.reshape(operator.outputs, count, accelerator.group)
    return _words(lanes, taps)


def pack_template(accelerator: Accelerator, template: np.ndarray) -> np.ndarray:
    """The words that hold the template INT8 (side, side, channels): INT8 (lanes, blocks * groups, TAPS)."""
    return _words(accelerator.lanes, _window_taps(template.transpose(2, 0, 1)))


def _window_taps(weight: np.ndarray) -> np.ndarray:
    """Windows INT8 (outputs, kernel, kernel) in the groups that are multiplied together: (outputs, groups,
    TAPS).
    """
    tap_groups = TAP_GROUPS[weight.shape[1]]
    taps = np.zeros((len(weight), len(tap_groups), TAPS), np.int8)
    for group, positions in enumerate(tap_groups):
        for tap, (row, column) in enumerate(positions):
            taps[:, group, tap] = weight[:, row, column]
    return taps


def _words(lanes: int, taps: np.ndarray) -> np.ndarray:
    """Taps (outputs, groups, up to TAPS), lane after lane: INT8 (lanes, blocks * groups, TAPS)."""
    outputs, count, width = taps.shape
    words = np.zeros((blocks(outputs, lanes) * lanes, count, TAPS), np.int8)
    words[:outputs, :, :width] = taps
    return words.reshape(-1, lanes, count, TAPS).transpose(1, 0, 2, 3).reshape(lanes, -1, TAPS)


def pack_constants(accelerator: Accelerator, operator: Operator, values: OperatorWeights) -> np.ndarray:
    """Bias and multiplier words: INT8 (lanes, blocks, TAPS), the bias in four bytes, then the multiplier.

    Raises
    ------
    InputError
        Where an accumulator could leave the lane's, naming operator, channel and limit.
    """
    lanes = accelerator.lanes
    bits = [numerics.signed_bits(int(bound)) for bound in values.accumulator_bound()]
    if max(bits) > accelerator.accumulator_bits:
        raise InputError(
            f"layer {operator.name}, channel {int(np.argmax(bits))}: the accumulator can need {max(bits)} "
            "bits; "
            f"accelerator {accelerator.name} has {accelerator.accumulator_bits}"
        )
    words = np.zeros((blocks(operator.outputs, lanes) * lanes, TAPS), np.uint8)
    words[: operator.outputs, :4] = values.bias.astype("<i4").view(np.uint8).reshape(-1, 4)
    words[: operator.outputs, 4:8] = values.multiplier.astype("<u4").view(np.uint8).reshape(-1, 4)
    return words.view(np.int8).reshape(-1, lanes, TAPS).transpose(1, 0, 2)
