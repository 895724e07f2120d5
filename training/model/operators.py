"""Every operator in float: one module or function a class, and the tables of them.

Maps are (n, channels, height, width) float tensors here, where golden has (height, width, channels).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from siammixer.ir.operators import (
    CentrePointwise,
    Correlation,
    DenseConvolution,
    DepthwiseConvolution,
    DepthwiseCorrelation,
    MapReadout,
    Operator,
    PointwiseConvolution,
    RequantisedOperator,
    ResidualAdd,
    TemplateCut,
    TokenMixing,
)
from siammixer.ir.table import Table
from siammixer.training.data.tiles import Tiles, slide

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "hardswish": functional.hardswish,
    "elu": functional.elu,
    "leakyrelu": functional.leaky_relu,
}
"""What may stand where the network has ReLU. The integers know ReLU only: the others are for comparisons."""


class WeightedOperator(nn.Module):
    """One operator that owns parameters: the linear part without bias, BatchNorm, and the activation where
    the network has ReLU.

    BatchNorm is per output channel, or per output token for token mixing, so that it always folds into the
    rows of the weight matrix.

    Parameters
    ----------
    activation
        A name of :data:`ACTIVATIONS`.
    tiles
        Where a kernel may not see across: see :func:`slide`. None lets it see the whole map.
    """

    groups = 1
    """Groups of channels that the linear part keeps apart, where it is a 2-D convolution."""
    planar = False
    """Whether a 2-D convolution of the first input alone can compute the linear part."""
    matrix = False
    """Whether the linear part is a matrix that every pixel's channels are multiplied by, a Conv1d."""

    def __init__(self, operator: RequantisedOperator, activation: str = "relu", tiles: Tiles | None = None):
        super().__init__()
        self.operator, self.activation, self.tiles = operator, activation, tiles
        self.linear, self.norm = self.parts(operator)
        self.initialise()

    def parts(self, operator: RequantisedOperator) -> tuple[nn.Module, nn.Module]:
        """The linear part and its BatchNorm."""
        raise NotImplementedError

    def initialise(self) -> None:
        """Gives the weights their first values."""
        nonlinearity = "relu" if self.operator.relu else "linear"
        nn.init.kaiming_normal_(self.linear.weight, nonlinearity=nonlinearity)

    def folded(self) -> tuple[Tensor, Tensor]:
        """Weight and bias with BatchNorm's running statistics folded in, float64: y = weight . x + bias.

        The weight has the shape ``Operator.weight_shape``, or (outputs, 1), a gain, where the operator owns
        no weights.
        """
        norm = self.norm
        scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
        bias = norm.bias.double() - norm.running_mean.double() * scale
        weight = self.to_rows(self.linear.weight.double())
        return weight * scale.view(-1, *[1] * (weight.ndim - 1)), bias

    def normalised(self, x: Tensor, *others: Tensor) -> Tensor:
        """The linear part and BatchNorm: (n, c, h, w) -> (n, c', h', w')."""
        return self.norm(slide(self.linear, x, self.operator, self.tiles))

    def forward(self, x: Tensor, *others: Tensor) -> Tensor:
        """(n, c, h, w), and what else the operator reads -> (n, c', h', w')."""
        y = self.normalised(x, *others)
        return ACTIVATIONS[self.activation](y) if self.operator.relu else y

    def to_rows(self, weight: Tensor) -> Tensor:
        """The linear part's weight in the order of ``Operator.weight_shape``."""
        return weight.reshape(self.operator.weight_shape)

    def from_rows(self, weight: Tensor) -> Tensor:
        """The inverse of :meth:`to_rows`."""
        return weight.reshape(self.linear.weight.shape)


class DenseConvolutionModule(WeightedOperator):
    """Conv2d of all channels."""

    planar = True

    def parts(self, operator: DenseConvolution) -> tuple[nn.Module, nn.Module]:
        channels, outputs = operator.in_shape[2], operator.outputs
        linear = nn.Conv2d(channels, outputs, operator.kernel, operator.stride, bias=False)
        return linear, nn.BatchNorm2d(outputs)

    def to_rows(self, weight: Tensor) -> Tensor:
        return weight.permute(0, 2, 3, 1)

    def from_rows(self, weight: Tensor) -> Tensor:
        return weight.permute(0, 3, 1, 2)


class DepthwiseConvolutionModule(WeightedOperator):
    """Conv2d, one kernel a channel."""

    planar = True

    def parts(self, operator: DepthwiseConvolution) -> tuple[nn.Module, nn.Module]:
        channels = operator.outputs
        self.groups = channels
        linear = nn.Conv2d(channels, channels, operator.kernel, operator.stride, groups=channels, bias=False)
        return linear, nn.BatchNorm2d(channels)

    def normalised(self, x: Tensor, *others: Tensor) -> Tensor:
        if self.operator.stride == 1:
            return super().normalised(x)
        # In bfloat16 the backward pass of exactly this kind is five times slower than in float32.
        with torch.autocast(x.device.type, enabled=False):
            y = slide(self.linear, x.to(self.linear.weight.dtype), self.operator, self.tiles)
            return self.norm(y.to(x.dtype))


class PointwiseModule(WeightedOperator):
    """Conv1d over the pixels."""

    planar = True
    matrix = True

    def parts(self, operator: PointwiseConvolution) -> tuple[nn.Module, nn.Module]:
        linear = nn.Conv1d(operator.in_shape[2], operator.outputs, 1, bias=False)
        return linear, nn.BatchNorm1d(operator.outputs)

    def normalised(self, x: Tensor, *others: Tensor) -> Tensor:
        return self.norm(self.linear(x.flatten(2))).unflatten(2, x.shape[2:])


class TokenMixingModule(WeightedOperator):
    """Linear over the tokens of each channel."""

    def parts(self, operator: TokenMixing) -> tuple[nn.Module, nn.Module]:
        linear = nn.Linear(operator.reduction, operator.outputs, bias=False)
        return linear, nn.BatchNorm1d(operator.outputs)

    def initialise(self) -> None:
        """The mixer begins as the identity: its last operator gives zero. Training lets in only what helps,
        because at full strength it makes the features depend on the position (design note: hybrid).
        """
        super().initialise()
        if not self.operator.relu:
            nn.init.zeros_(self.norm.weight)

    def normalised(self, x: Tensor, *others: Tensor) -> Tensor:
        y = self.norm(self.linear(x.flatten(2)).transpose(1, 2)).transpose(1, 2)
        return y.unflatten(2, self.operator.out_shape[:2])


class ChannelGain(nn.Module):
    """A learnt positive factor for each channel: ``weight`` (channels, 1) holds its magnitude."""

    def __init__(self, channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) -> the same."""
        return x * self.weight.abs()[:, :, None]


class PositiveNorm(nn.BatchNorm2d):
    """BatchNorm whose scale counts by its magnitude, times that of a gain a channel."""

    def forward(self, x: Tensor, gain: Tensor) -> Tensor:
        """(n, c, h, w), and the gain (c, 1) -> (n, c, h, w)."""
        return functional.batch_norm(
            x.to(self.running_mean.dtype),
            self.running_mean,
            self.running_var,
            (self.weight * gain[:, 0]).abs(),
            self.bias,
            self.training,
            self.momentum,
            self.eps,
        )


class DepthwiseCorrelationModule(WeightedOperator):
    """Each search map with its own template, channel by channel. The gain behind BatchNorm must stay
    positive, because multipliers are.
    """

    def parts(self, operator: DepthwiseCorrelation) -> tuple[nn.Module, nn.Module]:
        return ChannelGain(operator.outputs), PositiveNorm(operator.outputs)

    def initialise(self) -> None:
        """The gain begins at one."""

    def normalised(self, x: Tensor, *others: Tensor) -> Tensor:
        return self.norm(correlate_channels(x, *others), self.linear.weight)

    def folded(self) -> tuple[Tensor, Tensor]:
        norm = self.norm
        gain = self.linear.weight.double().abs()[:, 0] * norm.weight.double().abs()
        gain = gain / (norm.running_var.double() + norm.eps).sqrt()
        bias = norm.bias.double() - norm.running_mean.double() * gain
        return gain[:, None], bias

    def to_rows(self, weight: Tensor) -> Tensor:
        return weight


class _ChannelCorrelation(torch.autograd.Function):
    """As one shifted product a cell of the template: on a CPU, torch's convolution of so many groups takes
    six times as long backwards.
    """

    @staticmethod
    def forward(context, search: Tensor, template: Tensor) -> Tensor:
        context.save_for_backward(search, template)
        side, out = template.shape[2], search.shape[2] - template.shape[2] + 1
        result = search.new_zeros(*search.shape[:2], out, out)
        for window, cell in _windows(side, out):
            result.addcmul_(search[window], template[cell][:, :, None, None])
        return result

    @staticmethod
    def backward(context, gradient: Tensor) -> tuple[Tensor, Tensor]:
        search, template = context.saved_tensors
        of_search, of_template = torch.zeros_like(search), torch.empty_like(template)
        for window, cell in _windows(template.shape[2], gradient.shape[2]):
            of_search[window].addcmul_(gradient, template[cell][:, :, None, None])
            of_template[cell] = (gradient * search[window]).sum((2, 3))
        return of_search, of_template


def _windows(side: int, out: int) -> Iterator[tuple[tuple, tuple]]:
    """For each cell of a template ``side`` cells square: the window of the search maps that it meets, of
    ``out`` cells square, and its own place.
    """
    for row in range(side):
        for column in range(side):
            yield (..., slice(row, row + out), slice(column, column + out)), (..., row, column)


def correlate_channels(search: Tensor, template: Tensor) -> Tensor:
    """Each search map (n, c, h, w) with its own template (n, c, t, t), channel by channel: (n, c, r, r)."""
    return _ChannelCorrelation.apply(search.contiguous(), template.contiguous())


class CentrePointwiseModule(PointwiseModule):
    """Conv1d over the pixels of the centre."""

    def normalised(self, x: Tensor, *others: Tensor) -> Tensor:
        return super().normalised(centre(x, self.operator.out_shape[0]))


MODULES: Table[type[Operator], type[WeightedOperator]] = Table(
    "float operators with parameters",
    {
        DenseConvolution: DenseConvolutionModule,
        DepthwiseConvolution: DepthwiseConvolutionModule,
        PointwiseConvolution: PointwiseModule,
        TokenMixing: TokenMixingModule,
        DepthwiseCorrelation: DepthwiseCorrelationModule,
        CentrePointwise: CentrePointwiseModule,
    },
)
"""Class of an operator with parameters -> its module."""


def float_operator(
    operator: RequantisedOperator, activation: str = "relu", tiles: Tiles | None = None
) -> WeightedOperator:
    """The module of an operator with parameters, newly initialised."""
    return MODULES[type(operator)](operator, activation, tiles)


def centre(x: Tensor, side: int) -> Tensor:
    """The centre ``side`` x ``side`` cells of (n, c, h, w); the network sees to it that h - side is even."""
    edge = (x.shape[2] - side) // 2
    return x[:, :, edge : edge + side, edge : edge + side]


def correlate(search: Tensor, template: Tensor) -> Tensor:
    """Response of each search map to its own template: (n, c, h, w) and (n, c, t, t) -> (n, 1, r, r)."""
    count, channels, height, width = search.shape
    response = functional.conv2d(search.reshape(1, count * channels, height, width), template, groups=count)
    return response.transpose(0, 1)


FUNCTIONS: Table[type[Operator], Callable[..., Tensor]] = Table(
    "float operators without parameters",
    {
        ResidualAdd: lambda operator, x, y: centre(x, y.shape[2]) + y,
        TemplateCut: lambda operator, x: centre(x, operator.kernel),
        Correlation: lambda operator, x, template: correlate(x, template),
        MapReadout: lambda operator, x: x,
    },
)
"""Class of an operator without parameters -> its function of (operator, inputs)."""
