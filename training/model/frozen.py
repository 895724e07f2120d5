"""The first operators of a network, folded and frozen: they cost a training step no backward pass, no
BatchNorm and no planar convolutions.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from siammixer.ir.errors import InputError
from siammixer.ir.operators import Operator
from siammixer.ir.result import Result
from siammixer.training.data.tiles import slide
from siammixer.training.model.fold import fold_operator
from siammixer.training.model.model import ACTIVATIONS, SiamMixer


class FrozenStage:
    """The first ``count`` operators of a model as they are now; their parameters get no gradient any more,
    unless they are ``learning``: in other steps, in which this does not stand for them.

    It computes what they compute in evaluation mode, up to float32's rounding, in the channels-last layout
    (on CPUs about twice as fast).

    Raises
    ------
    InputError
        Where those operators are not a plain chain.
    """

    def __init__(self, model: SiamMixer, count: int, *, learning: bool = False):
        operators = model.network.operators("search")
        limit = next(
            index
            for index, operator in enumerate(operators)
            if not _chained(model, operator, operators[index + 1 :])
        )
        if not 1 <= count <= limit:
            raise InputError(
                f"freeze must be at most {limit} operators of {model.network.name}, the chain before its "
                f"first residual, not {count}"
            )
        self.operators = operators[:count]
        self.modules = [model[operator.name] for operator in self.operators]
        for module in [] if learning else self.modules:
            module.requires_grad_(False)
        self.parts = [self._folded(module) for module in self.modules]

    @staticmethod
    def _folded(module: torch.nn.Module) -> tuple[Tensor, Tensor]:
        """Weight, channels last, and bias as conv2d takes them."""
        folded, like = fold_operator(module), module.linear.weight
        weight, bias = module.from_rows(torch.from_numpy(folded.weight)), torch.from_numpy(folded.bias)
        weight = weight.reshape(*like.shape, *[1] * (4 - like.ndim))
        return weight.to(like).contiguous(memory_format=torch.channels_last), bias.to(like)

    @torch.no_grad()
    def __call__(self, image: Tensor) -> dict[str, Tensor]:
        """The last operator's tensor by its name, for
        :meth:`siammixer.training.model.model.SiamMixer.after`; of float crops (n, 3, side, side).
        """
        x = image.contiguous(memory_format=torch.channels_last)
        for operator, module, (weight, bias) in zip(self.operators, self.modules, self.parts, strict=True):
            stride = getattr(operator, "stride", 1)

            def linear(x: Tensor, weight=weight, bias=bias, stride=stride, groups=module.groups) -> Tensor:
                return functional.conv2d(x, weight, bias, stride, groups=groups)

            x = slide(linear, x, operator, module.tiles)
            x = ACTIVATIONS[module.activation](x) if operator.relu else x
        return {self.operators[-1].name: x.contiguous()}


def _chained(model: SiamMixer, operator: Operator, later: Sequence[Operator]) -> bool:
    """Whether a 2-D convolution can compute the operator, and nothing but it reads its input."""
    planar = operator.result is Result.REQUANTISED and model[operator.name].planar
    return planar and not any(operator.inputs[0] in other.inputs for other in later)
