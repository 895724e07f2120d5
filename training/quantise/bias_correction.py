"""Bias correction: what quantisation shifts on average, the biases shift back.

Rounded weights and activations move the mean of each output. Layer by layer, golden's integers and the float
network run side by side on calibration crops; the difference of the means goes into the bias (Nagel et al.,
"Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019, section 4.2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from siammixer.golden.network import pixels, weighted
from siammixer.golden.operators.residual import add
from siammixer.ir import numerics
from siammixer.ir.operators import IMAGE, AlignedOperator, Operator, RequantisedOperator
from siammixer.ir.result import Result
from siammixer.ir.table import Table
from siammixer.ir.weights import OperatorWeights, alignment
from siammixer.training.model.fold import Folded
from siammixer.training.model.model import SiamMixer, to_input
from siammixer.training.quantise.operators import arithmetic

CROPS = 24


def bias_corrected(
    model: SiamMixer,
    folded: dict[str, Folded],
    exponents: dict[str, int],
    crops: np.ndarray,
    quantise_operator: Callable[[Operator, Folded, dict[str, int]], OperatorWeights],
) -> dict[str, Folded]:
    """The folded operators with biases that give their quantised outputs, on average over the crops, the
    float network's mean.

    Parameters
    ----------
    crops
        uint8 (n, search_side, search_side, 3); the first CROPS are used.
    quantise_operator
        siammixer.training.quantise.quantise.quantise_operator.
    """
    model.eval()
    with torch.inference_mode():
        images = [to_input(torch.from_numpy(crop[None])).to(model.gain.dtype) for crop in crops[:CROPS]]
        floats = [model.tensors(image, "search") for image in images]
    both = _Both(
        folded=folded,
        exponents=exponents,
        floats=floats,
        integers=[{IMAGE: pixels(crop)} for crop in crops[:CROPS]],
        quantise_operator=quantise_operator,
    )
    result: dict[str, Folded] = {}
    for operator in model.network.operators("search"):
        if operator.name in floats[0]:
            result |= CORRECT[operator.result](both, operator)
        else:
            # It lies behind the similarity, whose template is not at hand: it keeps its bias, if it has one.
            result |= {name: folded[name] for name in (operator.name,) if name in folded}
    return result


@dataclass(frozen=True, kw_only=True)
class _Both:
    """The float tensors of each crop, and the integers of each crop that are known so far."""

    folded: dict[str, Folded]
    exponents: dict[str, int]
    floats: list[dict[str, torch.Tensor]]
    integers: list[dict[str, np.ndarray]]
    quantise_operator: Callable[[Operator, Folded, dict[str, int]], OperatorWeights]


def _correct_aligned(both: _Both, operator: AlignedOperator) -> dict[str, Folded]:
    """Nothing is corrected: it has no bias. The sum of the integers becomes known."""
    shifts = alignment(operator, both.exponents)
    for tensors in both.integers:
        tensors[operator.name] = add(*(tensors[name] for name in operator.inputs), shifts)
    return {}


def _correct_requantised(both: _Both, operator: RequantisedOperator) -> dict[str, Folded]:
    """The operator with its corrected bias, by its name. The integers that it then gives become known."""
    layer, source, exponents = both.folded[operator.name], operator.inputs[0], both.exponents
    means, mean_output = arithmetic(operator).input_means, arithmetic(operator).mean_output
    values = both.quantise_operator(operator, layer, exponents)
    scale = values.multiplier * 2.0 ** (
        exponents[operator.name] - exponents[source] - numerics.REQUANTISE_SHIFT
    )
    quantised = values.weight * scale.reshape(-1, *[1] * (values.weight.ndim - 1))
    real_mean = np.mean([means(_channel_last(tensors[source])) for tensors in both.floats], axis=0)
    integer_mean = (
        np.mean([means(tensors[source]) for tensors in both.integers], axis=0) * 2.0 ** exponents[source]
    )
    shift = mean_output(layer.weight, real_mean) - mean_output(quantised, integer_mean)
    corrected = Folded(layer.weight, layer.bias + shift)
    values = both.quantise_operator(operator, corrected, exponents)
    for tensors in both.integers:
        tensors[operator.name] = weighted(operator, tensors[source], values)
    return {operator.name: corrected}


CORRECT: Table[Result, Callable[[_Both, Any], dict[str, Folded]]] = Table(
    "bias correction", {Result.REQUANTISED: _correct_requantised, Result.ALIGNED: _correct_aligned}
)
"""Result of an operator before the similarity -> what corrects its bias."""


def _channel_last(tensor: torch.Tensor) -> np.ndarray:
    """(1, c, h, w) as (h, w, c); the hidden map of a token MLP has (1, c, hidden, 1) or (1, c, hidden)."""
    array = tensor[0].numpy()
    return np.moveaxis(array.reshape(array.shape[0], array.shape[1], -1), 0, -1)
