"""Bias correction: what quantisation shifts on average, the biases shift back.

Rounded weights and activations move the mean of each output. Layer by layer, golden's integers and the float
network run side by side on calibration crops; the difference of the means goes into the bias (Nagel et al.,
"Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019, section 4.2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from siammixer.golden.network import pixels, weighted
from siammixer.golden.operators.residual import add, centre
from siammixer.ir import numerics
from siammixer.ir.operators import IMAGE, TEMPLATE, AlignedOperator, Operator, RequantisedOperator
from siammixer.ir.result import Result
from siammixer.ir.table import Table
from siammixer.ir.weights import OperatorWeights, alignment
from siammixer.training.data.pairs import Pairs
from siammixer.training.model.fold import Folded
from siammixer.training.model.model import SiamMixer, to_input
from siammixer.training.quantise.operators import arithmetic

CROPS = 24


def bias_corrected(
    model: SiamMixer,
    folded: dict[str, Folded],
    exponents: dict[str, int],
    crops: Pairs,
    quantise_operator: Callable[[Operator, Folded, dict[str, int]], OperatorWeights],
) -> dict[str, Folded]:
    """The folded operators with biases that give their quantised outputs, on average over the crops, the
    float network's mean; those of a head with the templates of the pairs.

    Parameters
    ----------
    crops
        The first CROPS pairs are used.
    quantise_operator
        siammixer.training.quantise.quantise.quantise_operator.
    """
    model.eval()
    both = _Both(
        exponents=exponents,
        floats=[_floats(model, *pair) for pair in zip(crops.template[:CROPS], crops.search, strict=False)],
        integers=[{IMAGE: pixels(crop)} for crop in crops.search[:CROPS]],
        quantise_operator=quantise_operator,
    )
    result: dict[str, Folded] = {}
    for operator in model.network.operators("search"):
        if operator.result is Result.ACCUMULATED:
            continue
        if TEMPLATE in operator.inputs:
            for tensors, crop in zip(both.integers, crops.template, strict=False):
                tensors[TEMPLATE] = _integer_template(model, both, crop)
        result |= CORRECT[operator.result](both, operator, folded)
    return result


@torch.inference_mode()
def _floats(model: SiamMixer, template: np.ndarray, search: np.ndarray) -> dict[str, np.ndarray]:
    """Every float tensor of a pair's search branch, (h, w, c), and its template."""
    before, image = (
        to_input(torch.from_numpy(crop[None])).to(model.gain.dtype) for crop in (template, search)
    )
    known = model.embed(before, "template")
    tensors = model.tensors(image, "search", known) | {TEMPLATE: known}
    return {name: _channel_last(tensor) for name, tensor in tensors.items()}


def _integer_template(model: SiamMixer, both: _Both, crop: np.ndarray) -> np.ndarray:
    """Golden's template of a crop, with the operators that are corrected so far."""
    tensors = {IMAGE: pixels(crop)}
    for operator in model.network.operators("template"):
        x, *others = (tensors[name] for name in operator.inputs)
        if operator.result is Result.REQUANTISED:
            tensors[operator.name] = weighted(operator, x, both.values[operator.name], *others)
        elif operator.result is Result.ALIGNED:
            tensors[operator.name] = add(x, *others, alignment(operator, both.exponents))
        else:
            tensors[operator.name] = centre(x, *operator.out_shape[:2])
    return tensors[TEMPLATE]


@dataclass(frozen=True, kw_only=True)
class _Both:
    """The float tensors of each crop, and the integers of each crop and of each operator that are known so
    far.
    """

    exponents: dict[str, int]
    floats: list[dict[str, np.ndarray]]
    integers: list[dict[str, np.ndarray]]
    quantise_operator: Callable[[Operator, Folded, dict[str, int]], OperatorWeights]
    values: dict[str, OperatorWeights] = field(default_factory=dict)


def _correct_aligned(both: _Both, operator: AlignedOperator, folded: dict[str, Folded]) -> dict[str, Folded]:
    """Nothing is corrected: it has no bias. The sum of the integers becomes known."""
    shifts = alignment(operator, both.exponents)
    for tensors in both.integers:
        tensors[operator.name] = add(*(tensors[name] for name in operator.inputs), shifts)
    return {}


def _correct_requantised(
    both: _Both, operator: RequantisedOperator, folded: dict[str, Folded]
) -> dict[str, Folded]:
    """The operator with its corrected bias, by its name. The integers that it then gives become known."""
    layer, exponents, how = folded[operator.name], both.exponents, arithmetic(operator)
    values = both.quantise_operator(operator, layer, exponents)
    source = sum(exponents[name] for name in operator.inputs)
    scale = values.multiplier * 2.0 ** (exponents[operator.name] - source - numerics.REQUANTISE_SHIFT)
    gain = scale.reshape(-1, *[1] * (layer.weight.ndim - 1))
    quantised = values.weight * gain if values.weight.size else gain

    def mean(crops: list[dict[str, np.ndarray]]) -> np.ndarray:
        return np.mean([how.input_means(*(crop[name] for name in operator.inputs)) for crop in crops], axis=0)

    expected = how.mean_output(layer.weight, mean(both.floats))
    shift = expected - how.mean_output(quantised, mean(both.integers) * 2.0**source)
    corrected = Folded(layer.weight, layer.bias + shift)
    values = both.values[operator.name] = both.quantise_operator(operator, corrected, exponents)
    for tensors in both.integers:
        x, *others = (tensors[name] for name in operator.inputs)
        tensors[operator.name] = weighted(operator, x, values, *others)
    return {operator.name: corrected}


CORRECT: Table[Result, Callable[[_Both, Any, dict[str, Folded]], dict[str, Folded]]] = Table(
    "bias correction", {Result.REQUANTISED: _correct_requantised, Result.ALIGNED: _correct_aligned}
)
"""Result of an operator that makes INT8 -> what corrects its bias."""


def _channel_last(tensor: torch.Tensor) -> np.ndarray:
    """(1, c, h, w) as (h, w, c); the hidden map of a token MLP has (1, c, hidden, 1) or (1, c, hidden)."""
    array = tensor[0].numpy()
    return np.moveaxis(array.reshape(array.shape[0], array.shape[1], -1), 0, -1)
