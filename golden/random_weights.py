"""Random weights for tests and fuzzing. Their activations are neither dead nor saturated.

Every operator is calibrated on the results of the operators before it for a random image. For each output the
bias moves the mean of the accumulators, and the multiplier maps their spread onto INT8. Amplitudes of weights
run from single bits to the full [-127, 127], so that multipliers cover most of their range. Some outputs of
each operator are special: one has the largest multiplier, which saturates; some have a power of two as
multiplier, which makes many ties; one has the widest accumulator, with every weight 127 in magnitude; one has
a multiplier below 128, which is nearly dead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from siammixer.golden.network import accumulate, pixels, weighted
from siammixer.golden.operators.residual import add, centre
from siammixer.ir import numerics
from siammixer.ir.network import Network
from siammixer.ir.operators import IMAGE, TEMPLATE, AlignedOperator, RequantisedOperator
from siammixer.ir.result import Result
from siammixer.ir.table import Table
from siammixer.ir.weights import Alignment, OperatorWeights, Weights


def random_image(side: int, seed: int) -> np.ndarray:
    """uint8 (side, side, 3): an image of blobs of several sizes and noise, with a black and a white
    corner.
    """
    random = np.random.default_rng(seed)
    image = random.normal(0, 12, (side, side, 3))
    for cell in (5, 16, 64):
        coarse = random.normal(0, 40, (side // cell + 1, side // cell + 1, 3))
        image += coarse.repeat(cell, axis=0).repeat(cell, axis=1)[:side, :side]
    image = np.clip(image + 128, 0, 255).astype(np.uint8)
    image[: side // 8, : side // 8], image[-side // 8 :, -side // 8 :] = 0, 255
    return image


def random_weights(network: Network, seed: int) -> Weights:
    """Valid weights of ``network``. The same seed gives the same weights."""
    drawn = _Drawn(
        random=np.random.default_rng(seed),
        tensors={IMAGE: pixels(random_image(network.search_side, seed))},
        exponents={IMAGE: numerics.PIXEL_EXPONENT},
    )
    for operator in network.operators("search"):
        if TEMPLATE in operator.inputs:
            # A corner of the search stands for the template.
            side = network.template_tokens
            drawn.tensors[TEMPLATE] = drawn.tensors[network.embedding][:side, :side]
        DRAW[operator.result](drawn, operator)
    drawn.exponents[TEMPLATE] = drawn.exponents[network.embedding]
    return Weights(network, drawn.operators, drawn.exponents)


@dataclass(frozen=True, kw_only=True)
class _Drawn:
    """The integers that have been drawn so far, and the tensors that they give."""

    random: np.random.Generator
    tensors: dict[str, np.ndarray]
    exponents: dict[str, int]
    operators: dict[str, OperatorWeights] = field(default_factory=dict)


def _draw_aligned(drawn: _Drawn, operator: AlignedOperator) -> None:
    x, y = (drawn.tensors[name] for name in operator.inputs)
    exponent_x, exponent_y = (drawn.exponents[name] for name in operator.inputs)
    shifts, drawn.exponents[operator.name] = _aligned(x, y, exponent_x, exponent_y, drawn.random)
    drawn.tensors[operator.name] = add(x, y, shifts)


def _draw_requantised(drawn: _Drawn, operator: RequantisedOperator) -> None:
    drawn.exponents[operator.name] = int(drawn.random.integers(-7, -3))
    source, *others = (drawn.tensors[name] for name in operator.inputs)
    values = drawn.operators[operator.name] = _calibrated(operator, source, others, drawn.random)
    drawn.tensors[operator.name] = weighted(operator, source, values, *others)


DRAW: Table[Result, Callable[[_Drawn, Any], None]] = Table(
    "random weights",
    {
        Result.REQUANTISED: _draw_requantised,
        Result.ALIGNED: _draw_aligned,
        Result.ACCUMULATED: lambda drawn, operator: None,  # nothing belongs to it, and nothing reads it
    },
)
"""Result of an operator of the search branch -> what draws its integers."""


def _aligned(
    x: np.ndarray, y: np.ndarray, exponent_x: int, exponent_y: int, random: np.random.Generator
) -> tuple[Alignment, int]:
    """(shifts, exponent of the result) of an addition whose sum then has a spread of 25 to 75."""
    finest = min(exponent_x, exponent_y)
    left_x, left_y = exponent_x - finest, exponent_y - finest
    # At least one step, as both tensors may be dead.
    spread = max(1.0, (centre(x, *y.shape[:2]) * 2.0**left_x + y * 2.0**left_y).std())
    right = int(np.clip(np.rint(np.log2(spread / random.uniform(35, 55))), 0, numerics.ALIGN_RIGHT_MAX))
    return Alignment(left_x=left_x, left_y=left_y, right=right), finest + right


def _calibrated(
    operator: RequantisedOperator,
    source: np.ndarray,
    others: list[np.ndarray],
    random: np.random.Generator,
) -> OperatorWeights:
    outputs, shape = operator.outputs, operator.weight_shape
    # Wider sums get smaller weights: a spread of 40 must not need a multiplier below 128.
    largest = min(127.0, 1500 / operator.reduction**0.5)
    amplitude = np.exp(random.uniform(0, np.log(largest), outputs)).reshape(-1, *[1] * (len(shape) - 1))
    weight = np.clip(np.rint(random.normal(0, 0.5, shape) * amplitude), -127, 127)
    rows = weight.reshape(outputs, weight.size // outputs)  # a view
    if rows.size:
        largest_weights = np.rint(amplitude.ravel()) * random.choice((-1, 1), outputs)
        rows[np.arange(outputs), random.integers(0, rows.shape[1], outputs)] = largest_weights
    special = np.resize(random.permutation(outputs), 6)  # all different where there are six outputs
    rows[special[5]] = 127 * random.choice((-1, 1), rows.shape[1])
    zero = np.zeros(outputs, np.int32)
    values = OperatorWeights(weight=weight.astype(np.int8), bias=zero, multiplier=zero + 1)
    accumulators = accumulate(source, operator, values, *others).reshape(-1, outputs).astype(np.float64)
    spread = accumulators.std(axis=0) + 1
    # The mean lands between -30 and +40 of the wanted spread of about 40.
    bias = np.rint(random.uniform(-0.75, 1, outputs) * spread - accumulators.mean(axis=0))
    multiplier = np.rint(random.uniform(25, 55, outputs) / spread * 2**numerics.REQUANTISE_SHIFT)
    multiplier = np.clip(multiplier, numerics.SATURATING_MULTIPLIER_MIN, numerics.MULTIPLIER_MAX)
    multiplier[special[0]] = numerics.MULTIPLIER_MAX
    powers = special[1:4]
    multiplier[powers] = 2 ** np.rint(np.log2(multiplier[powers])).clip(7, 16)
    # A multiplier below 128 is allowed only where the accumulator cannot reach 2**17.
    low = special[4]
    rows[low] = np.clip(rows[low], -1, 1)
    room = 2**17 - 1 - operator.products_bound(weight)[low]
    if room > 0:
        bias[low] = np.clip(bias[low], -room, room)
        multiplier[low] = random.integers(1, numerics.SATURATING_MULTIPLIER_MIN)
    return OperatorWeights(
        weight=weight.astype(np.int8), bias=bias.astype(np.int32), multiplier=multiplier.astype(np.int32)
    )
