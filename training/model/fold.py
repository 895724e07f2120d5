"""BatchNorm folded into the linear operator before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from siammixer.ir.errors import InputError
from siammixer.training.model.model import SiamMixer, WeightedOperator


@dataclass(frozen=True)
class Folded:
    """weight float64 of ``Operator.weight_shape``, bias float64 (outputs,): y = weight . x + bias in real
    units. An operator without weights of its own has a gain there, (outputs, 1).
    """

    weight: np.ndarray
    bias: np.ndarray


def fold(model: SiamMixer) -> dict[str, Folded]:
    """Weights and biases of every weighted operator, by name, with its BatchNorm's running statistics folded
    in.

    Raises
    ------
    InputError
        Where the model is one that only float can compute.
    """
    if model.activation != "relu":
        raise InputError(
            f"a network to quantise must have the activation relu, not {model.activation}: the integers "
            "and the hardware know no other"
        )
    if model.patches is not None:
        raise InputError(
            "a network to quantise must have patches with a halo, not independent ones: the hardware "
            "computes the halo"
        )
    return {operator.name: fold_operator(model[operator.name]) for operator in model.network.weighted()}


def fold_operator(module: WeightedOperator) -> Folded:
    """One operator's weight and bias, its BatchNorm folded in."""
    with torch.no_grad():
        weight, bias = module.folded()
    return Folded(weight.contiguous().cpu().numpy(), bias.cpu().numpy())
