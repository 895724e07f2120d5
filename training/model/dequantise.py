"""A float model from a weights file, so that training can go on from integers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from siammixer.ir import numerics
from siammixer.ir.operators import RequantisedOperator
from siammixer.ir.weights import Weights
from siammixer.training.model.fold import Folded
from siammixer.training.model.model import SiamMixer


def real_operators(weights: Weights) -> dict[str, Folded]:
    """Weights and biases that the integers stand for, by operator: in real units, exact in float64."""
    return {operator.name: _real(operator, weights) for operator in weights.network.weighted()}


def _real(operator: RequantisedOperator, weights: Weights) -> Folded:
    values, exponents = weights.operators[operator.name], weights.exponents
    source = sum(exponents[name] for name in operator.inputs)
    scale = np.ldexp(
        values.multiplier.astype(np.float64), exponents[operator.name] - source - numerics.REQUANTISE_SHIFT
    )
    gain = scale.reshape(-1, *[1] * (values.weight.ndim - 1))
    weight = values.weight * gain if values.weight.size else gain
    return Folded(weight, values.bias * scale * 2.0**source)


def float_model(weights: Weights) -> SiamMixer:
    """The float network that the integers stand for, in evaluation mode: it differs from golden by golden's
    roundings and clamps only.

    Its BatchNorms scale by one and add the bias. Their statistics are not those of any data: see
    :func:`calibrate_norms` before training. Gain and offset of the logits are not in a weights file and
    start as in a new model.
    """
    model = SiamMixer(weights.network)
    with torch.no_grad():
        for name, folded in real_operators(weights).items():
            module = model[name]
            module.linear.weight.copy_(module.from_rows(torch.from_numpy(folded.weight)))
            norm = module.norm
            norm.running_mean.zero_()
            # With eps just above one, never below: quantised again, no multiplier then rounds up to its
            # neighbour.
            norm.running_var.fill_(float(np.nextafter(np.float32(1 - norm.eps), np.float32(1))))
            norm.weight.fill_(1)
            norm.bias.copy_(torch.from_numpy(folded.bias))
    return model.eval()


def calibrate_norms(model: SiamMixer, batches: Iterable[Tensor]) -> None:
    """Gives every BatchNorm the statistics of the batches without changing the function that evaluation mode
    computes.

    Scale and shift are set to match the new statistics, so that training mode, which takes the statistics of
    its own batch, starts from the same function: exactly for one batch, up to the spread between batches for
    several.

    Parameters
    ----------
    batches
        Float crops (n, 3, side, side) of the search side, as from
        :func:`siammixer.training.model.model.to_input`.
    """
    sums = {name: _Moments() for name in (operator.name for operator in model.network.weighted())}
    hooks = [
        model[name].norm.register_forward_pre_hook(lambda _, inputs, moments=moments: moments.add(inputs[0]))
        for name, moments in sums.items()
    ]
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            for batch in batches:
                correlated_with_itself(model, batch)
    finally:
        for hook in hooks:
            hook.remove()
        model.train(was_training)
    for name, moments in sums.items():
        moments.settle(model[name].norm)


def correlated_with_itself(model: SiamMixer, crops: Tensor) -> None:
    """Runs every operator once on crops (n, 3, side, side), a head with each crop's own middle as the
    template.
    """
    maps = model.tensors(crops, "search")
    if model.network.head_layers:
        embedding = model.network.embedding
        model.after({embedding: maps[embedding]}, "search", model.template_of(maps[embedding]))


class _Moments:
    """Mean and variance by channel (axis 1) of all tensors added."""

    def __init__(self) -> None:
        self.count, self.sum, self.squares = 0, torch.zeros(()), torch.zeros(())

    def add(self, x: Tensor) -> None:
        rows = x.double().transpose(0, 1).flatten(1)
        self.count += rows.shape[1]
        self.sum = self.sum + rows.sum(1)
        self.squares = self.squares + rows.square().sum(1)

    @torch.no_grad()
    def settle(self, norm: torch.nn.BatchNorm1d | torch.nn.BatchNorm2d) -> None:
        mean = self.sum / self.count
        variance = (self.squares / self.count - mean.square()).clamp(min=0)
        slope = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
        shift = norm.bias.double() + (mean - norm.running_mean.double()) * slope
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_(slope * (variance + norm.eps).sqrt())
        norm.bias.copy_(shift)
