"""Every operator with parameters in golden's integers, with the gradients that training in them needs.

There is one class an operator, and the table of them.

Maps are (n, channels, h, w) tensors in the channels-last layout; weights have the order of
``Operator.weight_shape``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from siammixer.golden.operators.residual import centre as golden_centre
from siammixer.ir import numerics
from siammixer.ir.operators import (
    CentrePointwise,
    DenseConvolution,
    DepthwiseConvolution,
    DepthwiseCorrelation,
    Operator,
    PointwiseConvolution,
    RequantisedOperator,
    TokenMixing,
)
from siammixer.ir.table import Table
from siammixer.training.model.operators import centre, correlate_channels


def rows_of(x: Tensor) -> Tensor:
    """(n, c, h, w), channels last, as contiguous (n, h, w, c)."""
    return x.permute(0, 2, 3, 1)


class Integers(NamedTuple):
    """Integers of an operator as float64 tensors: weight of ``Operator.weight_shape``, bias and multiplier
    (outputs,).
    """

    weight: Tensor
    bias: Tensor
    multiplier: Tensor


def saturated_beyond(multiplier: Tensor) -> Tensor:
    """Accumulators beyond this, of either sign, leave the output saturated."""
    return ((numerics.ACTIVATION_MAX + 1) * 2**numerics.REQUANTISE_SHIFT / multiplier).ceil() + 1


@dataclass(frozen=True)
class Arithmetic:
    """The arithmetic of one operator; subclasses say how.

    ``weight`` and ``bias`` in real units are those of :class:`siammixer.training.model.fold.Folded`.

    Parameters
    ----------
    operator
        In the branch at hand, whose maps may be smaller than the other's.
    """

    operator: Any

    def quantise(self, weight: Tensor, bias: Tensor, exponents: dict[str, int]) -> Integers:
        """Multipliers first, rounded up; then the weights with the scale that the multiplier really has.

        The bias is clipped where even the largest opposing products leave the output saturated, which
        loses nothing and keeps the accumulator narrow (:meth:`limit`).
        """
        operator = self.operator
        unit = 2.0 ** (exponents[operator.name] - exponents[operator.inputs[0]] - numerics.REQUANTISE_SHIFT)
        rows = weight.double().flatten(1)
        ideal = rows.abs().amax(1) / numerics.WEIGHT_MAX / unit
        multiplier = ideal.ceil().clamp(numerics.SATURATING_MULTIPLIER_MIN, numerics.MULTIPLIER_MAX)
        scale = multiplier * unit
        rows = (rows / scale[:, None]).round().clamp(-numerics.WEIGHT_MAX, numerics.WEIGHT_MAX)
        limit = -numerics.ACTIVATION_MIN * rows.abs().sum(1) + saturated_beyond(multiplier)
        bias = (bias.double() / (scale * 2.0 ** exponents[operator.inputs[0]])).round()
        return Integers(rows.view(weight.shape), bias.clamp(-limit, limit), multiplier)

    def limit(self) -> int:
        """No accumulator of the quantised operator exceeds it, whatever its float weights and its map are."""
        least = torch.tensor(float(numerics.SATURATING_MULTIPLIER_MIN))
        return 2 * self.operator.widest_products + int(saturated_beyond(least))

    def finest_product(self, weight: np.ndarray, exponents: dict[str, int]) -> float:
        """The real value of one unit of the accumulator, of the output where it is the largest."""
        return np.abs(weight).max() / numerics.WEIGHT_MAX * 2.0 ** exponents[self.operator.inputs[0]]

    def finest_input(self, weight: np.ndarray, exponents: dict[str, int]) -> int:
        """The least exponent of the input with which multipliers are not too small to exist: weights can
        always be so large that they are not.
        """
        return exponents[self.operator.inputs[0]]

    def slopes(self, exponents: dict[str, int]) -> tuple[float, float]:
        """How much the output, in its own units, moves with the weight's gradient and with the bias, both in
        real units.
        """
        out = exponents[self.operator.name]
        return 2.0 ** (exponents[self.operator.inputs[0]] - out), 2.0**-out

    def scaled(self, weight: Tensor, scale: Tensor) -> Tensor:
        """The weights that :meth:`gradients` takes, from integers and the multipliers' scale (outputs,)."""
        return weight.float() * scale.view(-1, *[1] * (weight.ndim - 1))

    def accumulate(self, x: Tensor, weight: Tensor, bias: Tensor, *others: Tensor) -> Tensor:
        """``weight . x + bias``: (n, c, h, w) -> (n, c', h', w'), channels last.

        Parameters
        ----------
        others
            The operator's other inputs.
        """
        raise NotImplementedError

    def gradients(
        self, gradient: Tensor, x: Tensor, weight: Tensor, needs_x: bool, *others: Tensor
    ) -> tuple[Tensor | None, ...]:
        """Gradients for x (None unless needed), the weight, the bias (outputs,) and each of the others, all
        for weights scaled as ``weight`` is (:meth:`scaled`).
        """
        raise NotImplementedError

    def by_output(self, values: Tensor) -> Tensor:
        """(outputs,) in the shape that multiplies a map (n, c, h, w)."""
        return values[:, None, None]

    def input_means(self, x: np.ndarray, *others: np.ndarray) -> np.ndarray:
        """Mean by channel of what the weights multiply, of inputs (h, w, c); float64."""
        return x.reshape(-1, x.shape[-1]).astype(np.float64).mean(axis=0)

    def mean_output(self, weight: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """Mean output (outputs,), without bias, for an input that has everywhere its mean."""
        return weight @ mean


class _Sliding(Arithmetic):
    """A kernel that slides: torch's own convolution."""

    def kernel(self, weight: Tensor) -> tuple[Tensor, int]:
        """The weight as conv2d takes it, and the groups of channels."""
        raise NotImplementedError

    def accumulate(self, x: Tensor, weight: Tensor, bias: Tensor, *others: Tensor) -> Tensor:
        kernel, groups = self.kernel(weight)
        return functional.conv2d(x, kernel, bias, self.operator.stride, groups=groups)

    def gradients(
        self, gradient: Tensor, x: Tensor, weight: Tensor, needs_x: bool, *others: Tensor
    ) -> tuple[Tensor | None, ...]:
        kernel, groups = self.kernel(weight)
        outputs, shape = [self.operator.outputs], self.operator.weight_shape
        stride, none, mask = [self.operator.stride] * 2, [0, 0], [needs_x, True, True]
        x_gradient, kernel_gradient, sums = torch.ops.aten.convolution_backward(
            gradient, x, kernel, outputs, stride, none, [1, 1], False, none, groups, mask
        )
        return x_gradient, kernel_gradient.permute(0, 2, 3, 1).reshape(shape), sums


class _Dense(_Sliding):
    def kernel(self, weight: Tensor) -> tuple[Tensor, int]:
        return weight.permute(0, 3, 1, 2), 1

    def mean_output(self, weight: np.ndarray, mean: np.ndarray) -> np.ndarray:
        return (weight * mean).sum(axis=(1, 2, 3))


class _Depthwise(_Sliding):
    def kernel(self, weight: Tensor) -> tuple[Tensor, int]:
        return weight[:, None], self.operator.outputs

    def mean_output(self, weight: np.ndarray, mean: np.ndarray) -> np.ndarray:
        return weight.sum(axis=(1, 2)) * mean


class _Pointwise(Arithmetic):
    def accumulate(self, x: Tensor, weight: Tensor, bias: Tensor, *others: Tensor) -> Tensor:
        return functional.linear(rows_of(x), weight, bias).permute(0, 3, 1, 2)

    def gradients(
        self, gradient: Tensor, x: Tensor, weight: Tensor, needs_x: bool, *others: Tensor
    ) -> tuple[Tensor | None, ...]:
        rows = rows_of(gradient)
        x_gradient = (rows @ weight).permute(0, 3, 1, 2) if needs_x else None
        return x_gradient, rows.flatten(0, 2).T @ rows_of(x).flatten(0, 2), rows.sum((0, 1, 2))


class _CentrePointwise(_Pointwise):
    """The margins get no gradient."""

    def accumulate(self, x: Tensor, weight: Tensor, bias: Tensor, *others: Tensor) -> Tensor:
        return super().accumulate(centre(x, self.operator.out_shape[0]), weight, bias)

    def gradients(
        self, gradient: Tensor, x: Tensor, weight: Tensor, needs_x: bool, *others: Tensor
    ) -> tuple[Tensor | None, ...]:
        part = centre(x, self.operator.out_shape[0])
        of_part, *rest = super().gradients(gradient, part, weight, needs_x)
        if of_part is None:
            return None, *rest
        whole = torch.zeros_like(x)
        centre(whole, self.operator.out_shape[0]).copy_(of_part)
        return whole, *rest

    def input_means(self, x: np.ndarray, *others: np.ndarray) -> np.ndarray:
        """Mean input of the centre by channel."""
        height, width, _ = self.operator.out_shape
        return super().input_means(golden_centre(x, height, width))


class _Token(Arithmetic):
    def accumulate(self, x: Tensor, weight: Tensor, bias: Tensor, *others: Tensor) -> Tensor:
        y = torch.matmul(weight, rows_of(x).flatten(1, 2)).add_(bias[:, None])
        return y.unflatten(1, self.operator.out_shape[:2]).permute(0, 3, 1, 2)

    def gradients(
        self, gradient: Tensor, x: Tensor, weight: Tensor, needs_x: bool, *others: Tensor
    ) -> tuple[Tensor | None, ...]:
        rows = rows_of(gradient).flatten(1, 2)
        x_gradient = (weight.T @ rows).unflatten(1, x.shape[2:]).permute(0, 3, 1, 2) if needs_x else None
        return x_gradient, torch.einsum("noc,nic->oi", rows, rows_of(x).flatten(1, 2)), rows.sum((0, 2))

    def by_output(self, values: Tensor) -> Tensor:
        return values.view(1, *self.operator.out_shape[:2])

    def input_means(self, x: np.ndarray) -> np.ndarray:
        """Mean input by token."""
        return x.reshape(-1, x.shape[-1]).astype(np.float64).mean(axis=1)


class _DepthwiseCorrelation(Arithmetic):
    """The template is the kernel: it comes with each map, and only a gain a channel is learnt, (outputs, 1).

    A gain is positive, for multipliers are; embedding and template have one exponent.
    """

    def quantise(self, weight: Tensor, bias: Tensor, exponents: dict[str, int]) -> Integers:
        source, gain = 2 * exponents[self.operator.inputs[0]], weight.double()[:, 0]
        unit = 2.0 ** (exponents[self.operator.name] - source - numerics.REQUANTISE_SHIFT)
        multiplier = (gain / unit).round().clamp(numerics.SATURATING_MULTIPLIER_MIN, numerics.MULTIPLIER_MAX)
        limit = self.operator.widest_products + saturated_beyond(multiplier)
        bias = (bias.double() / (multiplier * unit * 2.0**source)).round()
        return Integers(weight[:, :0].double(), bias.clamp(-limit, limit), multiplier)

    def finest_input(self, weight: np.ndarray, exponents: dict[str, int]) -> int:
        """The usual gain counts: those of an equalised network are alike, but for dead channels."""
        usual = float(np.median(weight)) * 2**numerics.REQUANTISE_SHIFT
        if usual == 0:
            return exponents[self.operator.inputs[0]]
        least = numerics.SATURATING_MULTIPLIER_MIN * 2.0 ** exponents[self.operator.name]
        return math.ceil(math.log2(least / usual) / 2)

    def finest_product(self, weight: np.ndarray, exponents: dict[str, int]) -> float:
        return weight.max() * 2.0 ** (2 * exponents[self.operator.inputs[0]])

    def slopes(self, exponents: dict[str, int]) -> tuple[float, float]:
        out = exponents[self.operator.name]
        return 2.0 ** (2 * exponents[self.operator.inputs[0]] - out), 2.0**-out

    def scaled(self, weight: Tensor, scale: Tensor) -> Tensor:
        return scale

    def accumulate(self, x: Tensor, weight: Tensor, bias: Tensor, *others: Tensor) -> Tensor:
        return correlate_channels(x, *others) + bias[:, None, None]

    def gradients(
        self, gradient: Tensor, x: Tensor, weight: Tensor, needs_x: bool, *others: Tensor
    ) -> tuple[Tensor | None, ...]:
        (template,) = others
        x, template = x.detach().requires_grad_(needs_x), template.detach().requires_grad_()
        with torch.enable_grad():
            products = correlate_channels(x, template)
        upstream = gradient * weight[:, None, None]
        wanted = [x, template] if needs_x else [template]
        found = torch.autograd.grad(products, wanted, upstream)
        x_gradient = found[0] if needs_x else None
        gains = (gradient * products.detach()).sum((0, 2, 3))[:, None]
        return x_gradient, gains, gradient.sum((0, 2, 3)), found[-1]

    def input_means(self, x: np.ndarray, *others: np.ndarray) -> np.ndarray:
        """Mean sum of products by channel."""
        search, template = (
            torch.from_numpy(one.astype(np.float64)).permute(2, 0, 1)[None] for one in (x, *others)
        )
        return correlate_channels(search, template)[0].mean((1, 2)).numpy()

    def mean_output(self, weight: np.ndarray, mean: np.ndarray) -> np.ndarray:
        return weight[:, 0] * mean


ARITHMETIC: Table[type[Operator], type[Arithmetic]] = Table(
    "arithmetic of training in integers",
    {
        DenseConvolution: _Dense,
        DepthwiseConvolution: _Depthwise,
        PointwiseConvolution: _Pointwise,
        TokenMixing: _Token,
        DepthwiseCorrelation: _DepthwiseCorrelation,
        CentrePointwise: _CentrePointwise,
    },
)
"""Class of an operator with parameters -> its arithmetic."""


def arithmetic(operator: RequantisedOperator) -> Arithmetic:
    """The arithmetic of an operator."""
    return ARITHMETIC[type(operator)](operator)
