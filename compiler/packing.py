"""Contents of the lanes' weight memories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from siammixer.arch.accelerator import TAPS, Accelerator
from siammixer.arch.instruction import TAP_GROUPS
from siammixer.compiler.writes import blocks
from siammixer.ir import numerics
from siammixer.ir.errors import InputError
from siammixer.ir.operators import (
    Correlation,
    DenseConvolution,
    DepthwiseConvolution,
    DepthwiseCorrelation,
    Operator,
    PointwiseConvolution,
    RequantisedOperator,
    TemplateCut,
    TokenMixing,
)
from siammixer.ir.table import Table
from siammixer.ir.weights import OperatorWeights, accumulator_bound


@dataclass(frozen=True, kw_only=True)
class Packing:
    """How an operator's weights lie in the lanes' memories.

    Parameters
    ----------
    groups
        (accelerator, operator) -> weight words of one output block, which is the cycles of one output
        element.
    taps
        (accelerator, operator, weight array) -> INT8 (outputs, groups, up to TAPS). None where the operator
        owns no weights.
    constants_first
        Whether the biases and multipliers stand before the weights. Only those of a depthwise convolution do:
        they then follow the constants of the layer that it is fused with.
    """

    groups: Callable[[Accelerator, Any], int]
    taps: Callable[[Accelerator, Any, np.ndarray], np.ndarray] | None = None
    constants_first: bool = False


def _window_groups(accelerator: Accelerator, operator: Any) -> int:
    return len(TAP_GROUPS[operator.kernel])


def _matrix_groups(accelerator: Accelerator, operator: PointwiseConvolution | TokenMixing) -> int:
    return -(-operator.reduction // accelerator.group)


def _matrix_taps(
    accelerator: Accelerator, operator: PointwiseConvolution | TokenMixing, weight: np.ndarray
) -> np.ndarray:
    """INT8 (outputs, groups, inputs of a group): the rows of a matrix, padded with zeros to whole groups."""
    count = _matrix_groups(accelerator, operator)
    padded = np.zeros((operator.outputs, count * accelerator.group), np.int8)
    padded[:, : operator.reduction] = weight
    return padded.reshape(operator.outputs, count, accelerator.group)


def _convolution_taps(accelerator: Accelerator, operator: DenseConvolution, weight: np.ndarray) -> np.ndarray:
    """INT8 (outputs, input channels, taps): one group for each input channel."""
    return weight.transpose(0, 3, 1, 2).reshape(operator.outputs, operator.in_shape[2], -1)


def _window_taps(weight: np.ndarray) -> np.ndarray:
    """INT8 (outputs, groups, TAPS): the taps of windows INT8 (outputs, kernel, kernel), in the groups that
    are multiplied together.
    """
    tap_groups = TAP_GROUPS[weight.shape[1]]
    taps = np.zeros((len(weight), len(tap_groups), TAPS), np.int8)
    for group, positions in enumerate(tap_groups):
        for tap, (row, column) in enumerate(positions):
            taps[:, group, tap] = weight[:, row, column]
    return taps


PACKING: Table[type[Operator], Packing] = Table(
    "packing of weights",
    {
        DenseConvolution: Packing(
            groups=lambda accelerator, operator: operator.in_shape[2], taps=_convolution_taps
        ),
        DepthwiseConvolution: Packing(
            groups=_window_groups,
            taps=lambda accelerator, operator, weight: _window_taps(weight),
            constants_first=True,
        ),
        PointwiseConvolution: Packing(groups=_matrix_groups, taps=_matrix_taps),
        TokenMixing: Packing(groups=_matrix_groups, taps=_matrix_taps),
        TemplateCut: Packing(groups=_window_groups),
        Correlation: Packing(groups=_window_groups),
        DepthwiseCorrelation: Packing(groups=_window_groups),
    },
)
"""Operator class -> packing of its weights. An addition has none."""


def groups(accelerator: Accelerator, operator: Operator) -> int:
    """Weight words of one output block, which is the number of cycles that one output element takes."""
    return PACKING[type(operator)].groups(accelerator, operator)


def pack_weights(
    accelerator: Accelerator, operator: RequantisedOperator, values: OperatorWeights
) -> np.ndarray:
    """INT8 (lanes, blocks * groups, TAPS): the weight words. Lane n holds output n of each block.

    An operator without weights of its own gives (lanes, 0, TAPS).
    """
    taps = PACKING[type(operator)].taps
    if taps is None:
        return np.zeros((accelerator.lanes, 0, TAPS), np.int8)
    return _words(accelerator.lanes, taps(accelerator, operator, values.weight))


def pack_template(accelerator: Accelerator, template: np.ndarray) -> np.ndarray:
    """INT8 (lanes, blocks * groups, TAPS): the words of the template INT8 (side, side, channels)."""
    return _words(accelerator.lanes, _window_taps(template.transpose(2, 0, 1)))


def _words(lanes: int, taps: np.ndarray) -> np.ndarray:
    """INT8 (lanes, blocks * groups, TAPS): taps (outputs, groups, up to TAPS), distributed over the lanes."""
    outputs, count, width = taps.shape
    words = np.zeros((blocks(outputs, lanes) * lanes, count, TAPS), np.int8)
    words[:outputs, :, :width] = taps
    return words.reshape(-1, lanes, count, TAPS).transpose(1, 0, 2, 3).reshape(lanes, -1, TAPS)


def pack_constants(
    accelerator: Accelerator, operator: RequantisedOperator, values: OperatorWeights
) -> np.ndarray:
    """INT8 (lanes, blocks, TAPS): words with the bias in four bytes, then the multiplier in four.

    Raises
    ------
    InputError
        A sum could overflow the lane's accumulator; the message names operator, channel and limit.
    """
    lanes = accelerator.lanes
    bits = [numerics.signed_bits(int(bound)) for bound in accumulator_bound(operator, values)]
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
