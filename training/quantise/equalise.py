"""Equalisation: the channels of an embedding that is correlated channel by channel get sizes that the
integers can hold.

The products of a channel grow with the square of its size, and only a gain a channel, a multiplier, brings
them back. A multiplier below :data:`siammixer.ir.numerics.SATURATING_MULTIPLIER_MIN` does not exist: a large
channel's output would be too large by as much as its gain is too small. So each channel of the embedding is
scaled by a factor, its gain by the square's inverse and whatever else reads it by the inverse: the network
computes the same, and all multipliers are alike (Nagel et al., "Data-Free Quantization Through Weight
Equalization and Bias Correction", ICCV 2019, section 4.1).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from siammixer.ir import numerics
from siammixer.ir.errors import InputError
from siammixer.ir.operators import (
    TEMPLATE,
    CentrePointwise,
    DepthwiseCorrelation,
    Operator,
    RequantisedOperator,
)
from siammixer.ir.result import Result
from siammixer.ir.table import Table
from siammixer.training.model.model import SiamMixer, WeightedOperator

MULTIPLIER = 1.5 * numerics.SATURATING_MULTIPLIER_MIN
"""Every channel's, before rounding; training in integers moves it, and must not at once meet the limit."""
SMALLEST_GAIN = 1e-6
"""Beside the largest; a channel with less than this says nothing."""


def correlated(model: SiamMixer) -> RequantisedOperator | None:
    """The operator that correlates an embedding channel by channel whose channels can be scaled.

    None where the network has none, or where the embedding is the sum of a residual: other operators read the
    residual too, and no BatchNorm scales the sum.
    """
    operators = {operator.name: operator for operator in model.network.operators("search")}
    for operator in operators.values():
        if TEMPLATE in operator.inputs and operator.result is Result.REQUANTISED:
            return operator if operators[operator.inputs[0]].result is Result.REQUANTISED else None
    return None


@torch.no_grad()
def equalise(model: SiamMixer, exponent: int) -> Tensor:
    """Scales the channels of the embedding so that the channel-wise correlation's multipliers are
    :data:`MULTIPLIER`; in place.

    Parameters
    ----------
    model
        A network with a head, whose embedding is no sum of a residual.
    exponent
        The correlation's, of its output.

    Returns
    -------
    Tensor
        (channels,): the factors.

    Raises
    ------
    InputError
        The network has no head, or its embedding is such a sum.
    """
    operator = correlated(model)
    if operator is None:
        raise InputError(
            "a network to equalise must have a head, and no residual as its embedding, not as "
            f"{model.network.name}"
        )
    gain = model[operator.name].folded()[0][:, 0]
    wanted = MULTIPLIER * 2.0 ** (exponent - numerics.REQUANTISE_SHIFT)
    factors = (gain.clamp(min=gain.max() * SMALLEST_GAIN) / wanted).sqrt()
    # A power of two for all does not change which integers the embedding has; so its size stays ordinary.
    factors = factors * 2.0 ** -factors.log2().mean().round()
    norm = model[operator.inputs[0]].norm
    norm.weight.mul_(factors.to(norm.weight))
    norm.bias.mul_(factors.to(norm.bias))
    for reader in model.network.operators("search"):
        if operator.inputs[0] in reader.inputs:
            DIVIDE[type(reader)](model, reader, factors)
    return factors


def _divide_gains(model: SiamMixer, operator: Operator, factors: Tensor) -> None:
    """Embedding and template are both larger, so the products are by the square."""
    module = model[operator.name]
    squares = factors.square().to(module.linear.weight)
    module.norm.running_mean.mul_(squares)
    module.linear.weight.div_(squares[:, None])


def _divide_columns(model: SiamMixer, operator: Operator, factors: Tensor) -> None:
    module: WeightedOperator = model[operator.name]
    module.linear.weight.div_(factors[:, None].to(module.linear.weight))


DIVIDE: Table[type[Operator], Callable[[SiamMixer, Operator, Tensor], None]] = Table(
    "readers of an embedding that is equalised",
    {
        DepthwiseCorrelation: _divide_gains,
        CentrePointwise: _divide_columns,
    },
)
"""Class of an operator that reads the embedding -> what makes it compute the same of the larger one."""
