"""Integers of random networks: calibrated, as extreme as the rules allow, or quantised by PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from siammixer.golden.random_weights import random_weights
from siammixer.ir import numerics
from siammixer.ir.network import Network
from siammixer.ir.operators import IMAGE, TEMPLATE, AlignedOperator, RequantisedOperator
from siammixer.ir.result import Result
from siammixer.ir.table import Table
from siammixer.ir.weights import OperatorWeights, Weights
from siammixer.verify.fuzz.case import Case

# Share of a layer's outputs that are made extreme.
SHARE = 0.5


@lru_cache(maxsize=64)
def case_weights(case: Case) -> Weights:
    """The weights of a case. The same case gives the same weights."""
    network = case.network
    match case.style:
        case "quantised":
            from siammixer.verify.fuzz.quantised import quantised_weights  # loads PyTorch

            return quantised_weights(network, case.seed)
        case "extreme":
            return extreme_weights(network, case.seed, case.accelerator.accumulator_bits)
    return random_weights(network, case.seed)


def extreme_weights(network: Network, seed: int, accumulator_bits: int) -> Weights:
    """Calibrated weights with extreme residual shifts, in which half the outputs of each layer have extreme
    rows, biases and multipliers.

    The accumulators of these outputs stay within ``accumulator_bits``, and many reach the limits.
    """
    random = np.random.default_rng((seed, 1))
    calibrated = random_weights(network, seed)
    limit = 2 ** (accumulator_bits - 1) - 1
    operators = {o.name: _extreme(o, calibrated.operators[o.name], limit, random) for o in network.weighted()}
    return Weights(network, operators, _exponents(network, random))


def _extreme(
    operator: RequantisedOperator, values: OperatorWeights, limit: int, random: np.random.Generator
) -> OperatorWeights:
    weight, bias, multiplier = values.weight.copy(), values.bias.astype(np.int64), values.multiplier.copy()
    rows = weight.reshape(operator.outputs, weight.size // operator.outputs)  # a view
    for output in np.flatnonzero(random.random(operator.outputs) < SHARE):
        rows[output] = _row(rows[output], random)
        products = int(operator.products_bound(weight)[output])
        if products > limit:
            rows[output] = products = 0
        room = limit - products
        wanted = random.choice(
            (0, room, -room, 2**17 - 1, -(2**17), int(random.integers(-300, 300)), bias[output])
        )
        bias[output] = np.clip(wanted, -room, room)
        multiplier[output] = _multiplier(products + abs(int(bias[output])), random)
    return OperatorWeights(weight=weight, bias=bias.astype(np.int32), multiplier=multiplier)


def _row(row: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """One output's weights."""
    largest = numerics.WEIGHT_MAX
    match random.integers(6):
        case 0:
            return np.full_like(row, largest)
        case 1:
            return np.full_like(row, -largest)
        case 2:
            return (largest * random.choice((-1, 1), row.shape)).astype(np.int8)
        case 3:
            return np.zeros_like(row)
        case 4 if row.size:
            single = np.zeros_like(row)
            single[random.integers(len(row))] = random.choice((-largest, -1, 1, largest))
            return single
    return random.integers(-largest, largest + 1, row.shape).astype(np.int8)


def _multiplier(bound: int, random: np.random.Generator) -> int:
    """One that the rules allow for accumulators up to ``bound``."""
    lowest = 1 if bound < 2 ** (numerics.REQUANTISE_INPUT_BITS - 1) else numerics.SATURATING_MULTIPLIER_MIN
    powers = [2**power for power in range(numerics.MULTIPLIER_BITS) if 2**power >= lowest]
    choices = (
        lowest,
        numerics.MULTIPLIER_MAX,
        int(random.choice(powers)),
        int(random.integers(lowest, numerics.MULTIPLIER_MAX + 1)),
    )
    return int(random.choice(choices))


def _exponents(network: Network, random: np.random.Generator) -> dict[str, int]:
    """Exponents that give each residual any shifts that the hardware has."""
    exponents = {IMAGE: numerics.PIXEL_EXPONENT}
    for operator in network.operators("search"):
        CHOOSE[operator.result](operator, exponents, random)
    exponents[TEMPLATE] = exponents[network.embedding]
    return exponents


def _choose_aligned(
    operator: AlignedOperator, exponents: dict[str, int], random: np.random.Generator
) -> None:
    x, y = operator.inputs
    difference = int(random.integers(-numerics.ALIGN_LEFT_MAX, numerics.ALIGN_LEFT_MAX + 1))
    exponents[y] = int(np.clip(exponents[x] - difference, -numerics.EXPONENT_MAX, numerics.EXPONENT_MAX))
    finest = min(exponents[x], exponents[y])
    exponents[operator.name] = min(
        finest + int(random.integers(0, numerics.ALIGN_RIGHT_MAX + 1)), numerics.EXPONENT_MAX
    )


def _choose_requantised(
    operator: RequantisedOperator, exponents: dict[str, int], random: np.random.Generator
) -> None:
    exponents[operator.name] = int(random.integers(-7, -3))


CHOOSE: Table[Result, Callable[[Any, dict[str, int], np.random.Generator], None]] = Table(
    "extreme exponents",
    {
        Result.REQUANTISED: _choose_requantised,
        Result.ALIGNED: _choose_aligned,
        Result.ACCUMULATED: lambda operator, exponents, random: None,  # it has no exponent
    },
)
"""Result of an operator of the search branch -> what chooses its exponents."""
