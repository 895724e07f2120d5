"""The bins of the values that operators compute: what rounding, clamping and shifting did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from siammixer.golden.network import accumulate
from siammixer.golden.operators.residual import centre
from siammixer.ir import numerics
from siammixer.ir.operators import AlignedOperator, Operator, RequantisedOperator
from siammixer.ir.result import Result
from siammixer.ir.table import Table
from siammixer.ir.weights import Alignment, OperatorWeights
from siammixer.verify.fuzz.case import Case
from siammixer.verify.fuzz.verdict import Prepared, Tensors


def _requantised_values(one: Prepared, operator: RequantisedOperator, tensors: Tensors) -> Iterator[str]:
    values = one.weights.operators[operator.name]
    x, *others = (tensors[name] for name in operator.inputs)
    accumulator = accumulate(x, operator, values, *others).astype(np.int64)
    for what in (*_accumulated(accumulator, one.case), *_requantised(accumulator, values, operator)):
        yield f"{operator.kind}: {what}"


def _aligned_values(one: Prepared, operator: AlignedOperator, tensors: Tensors) -> Iterator[str]:
    network = one.case.network
    layers = {layer.name: type(layer).__name__ for layer in (*network.layers, *network.head_layers)}
    for what in _added(operator, tensors, one.weights.alignment(operator)):
        yield f"{layers[operator.name]} residual: {what}"


VALUES: Table[Result, Callable[[Prepared, Any, Tensors], Iterator[str]]] = Table(
    "bins of values",
    {
        Result.REQUANTISED: _requantised_values,
        Result.ALIGNED: _aligned_values,
        Result.COPIED: lambda one, operator, tensors: iter(()),  # its values are bins of where they come from
        Result.ACCUMULATED: lambda one, operator, tensors: iter(()),  # _responses has them
    },
)
"""Result of an operator -> the bins of its values, from the case, the operator and the branch's tensors."""


def _accumulated(accumulator: np.ndarray, case: Case) -> Iterator[str]:
    for what, bits in (
        ("the multiplier", numerics.REQUANTISE_INPUT_BITS),
        ("half its range", case.accelerator.accumulator_bits - 1),
    ):
        if accumulator.max() >= 2 ** (bits - 1):
            yield f"accumulator beyond {what}, positive"
        if accumulator.min() < -(2 ** (bits - 1)):
            yield f"accumulator beyond {what}, negative"


def _requantised(accumulator: np.ndarray, values: OperatorWeights, operator: Operator) -> Iterator[str]:
    yield from rounded(
        accumulator * values.multiplier,
        numerics.REQUANTISE_SHIFT,
        0 if operator.relu else numerics.ACTIVATION_MIN,
    )
    if (values.multiplier == 1).any():
        yield "multiplier least"
    if (values.multiplier == numerics.MULTIPLIER_MAX).any():
        yield "multiplier most"
    if (values.multiplier & (values.multiplier - 1) == 0).any():
        yield "multiplier power of two"


def rounded(total: np.ndarray, shift: int, low: int) -> Iterator[str]:
    """Bins of rounding: ties of results inside the clamps, and clamped results."""
    floor, rest = total >> shift, total & ((1 << shift) - 1)
    if shift:
        tied = (rest == 1 << (shift - 1)) & (floor >= low) & (floor < numerics.ACTIVATION_MAX)
        if (tied & (floor % 2 == 1)).any():
            yield "tie up"
        if (tied & (floor % 2 == 0)).any():
            yield "tie down"
    if (floor > numerics.ACTIVATION_MAX).any():
        yield f"clamped at {numerics.ACTIVATION_MAX}"
    if (floor < low - 1).any():
        yield f"clamped at {low}"


def _added(operator: Operator, tensors: Tensors, shifts: Alignment) -> Iterator[str]:
    x, y = (tensors[name].astype(np.int64) for name in operator.inputs)
    total = (centre(x, *y.shape[:2]) << shifts.left_x) + (y << shifts.left_y)
    yield from rounded(total, shifts.right, numerics.ACTIVATION_MIN)
    for name, left in (("x", shifts.left_x), ("y", shifts.left_y)):
        if left:
            yield f"{name} shifted"
        if left == numerics.ALIGN_LEFT_MAX:
            yield f"{name} shifted most"
    if shifts.right == 0:
        yield "no right shift"
    if shifts.right == numerics.ALIGN_RIGHT_MAX:
        yield "most right shift"
