"""Every operator with parameters in golden's integers, with the gradients that training in them needs.

There is one class an operator, and the table of them.

Maps are (n, channels, h, w) tensors in the channels-last layout; weights have the order of
``Operator.weight_shape``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from siammixer.ir.operators import (
    DenseConvolution,
    DepthwiseConvolution,
    Operator,
    PointwiseConvolution,
    RequantisedOperator,
    TokenMixing,
)


def rows_of(x: Tensor) -> Tensor:
    """(n, c, h, w), channels last, as contiguous (n, h, w, c)."""
    return x.permute(0, 2, 3, 1)


@dataclass(frozen=True)
class Arithmetic:
    """The arithmetic of one operator; subclasses say how.

    Parameters
    ----------
    operator
        In the branch at hand, whose maps may be smaller than the other's.
    """

    operator: Any

    def accumulate(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """``weight . x + bias``: (n, c, h, w) -> (n, c', h', w'), channels last."""
        raise NotImplementedError

    def gradients(
        self, gradient: Tensor, x: Tensor, weight: Tensor, needs_x: bool
    ) -> tuple[Tensor | None, Tensor, Tensor]:
        """Gradients for x (None unless needed), the weight and the bias (outputs,), all for weights scaled as
        ``weight`` is.
        """
        raise NotImplementedError

    def by_output(self, values: Tensor) -> Tensor:
        """(outputs,) in the shape that multiplies a map (n, c, h, w)."""
        return values[:, None, None]

    def input_means(self, x: np.ndarray) -> np.ndarray:
        """Mean input (h, w, c) by channel; float64."""
        return x.reshape(-1, x.shape[-1]).astype(np.float64).mean(axis=0)

    def mean_output(self, weight: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """Mean output (outputs,), without bias, for an input that has everywhere its mean."""
        return weight @ mean


class _Sliding(Arithmetic):
    """A kernel that slides: torch's own convolution."""

    def kernel(self, weight: Tensor) -> tuple[Tensor, int]:
        """The weight as conv2d takes it, and the groups of channels."""
        raise NotImplementedError

    def accumulate(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        kernel, groups = self.kernel(weight)
        return functional.conv2d(x, kernel, bias, self.operator.stride, groups=groups)

    def gradients(
        self, gradient: Tensor, x: Tensor, weight: Tensor, needs_x: bool
    ) -> tuple[Tensor | None, Tensor, Tensor]:
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
    def accumulate(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return functional.linear(rows_of(x), weight, bias).permute(0, 3, 1, 2)

    def gradients(
        self, gradient: Tensor, x: Tensor, weight: Tensor, needs_x: bool
    ) -> tuple[Tensor | None, Tensor, Tensor]:
        rows = rows_of(gradient)
        x_gradient = (rows @ weight).permute(0, 3, 1, 2) if needs_x else None
        return x_gradient, rows.flatten(0, 2).T @ rows_of(x).flatten(0, 2), rows.sum((0, 1, 2))


class _Token(Arithmetic):
    def accumulate(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        y = torch.matmul(weight, rows_of(x).flatten(1, 2)).add_(bias[:, None])
        return y.unflatten(1, self.operator.out_shape[:2]).permute(0, 3, 1, 2)

    def gradients(
        self, gradient: Tensor, x: Tensor, weight: Tensor, needs_x: bool
    ) -> tuple[Tensor | None, Tensor, Tensor]:
        rows = rows_of(gradient).flatten(1, 2)
        x_gradient = (weight.T @ rows).unflatten(1, x.shape[2:]).permute(0, 3, 1, 2) if needs_x else None
        return x_gradient, torch.einsum("noc,nic->oi", rows, rows_of(x).flatten(1, 2)), rows.sum((0, 2))

    def by_output(self, values: Tensor) -> Tensor:
        return values.view(1, *self.operator.out_shape[:2])

    def input_means(self, x: np.ndarray) -> np.ndarray:
        """Mean input by token."""
        return x.reshape(-1, x.shape[-1]).astype(np.float64).mean(axis=1)


ARITHMETIC: dict[type[Operator], type[Arithmetic]] = {
    DenseConvolution: _Dense,
    DepthwiseConvolution: _Depthwise,
    PointwiseConvolution: _Pointwise,
    TokenMixing: _Token,
}
"""Class of an operator with parameters -> its arithmetic."""


def arithmetic(operator: RequantisedOperator) -> Arithmetic:
    """The arithmetic of an operator."""
    return ARITHMETIC[type(operator)](operator)
