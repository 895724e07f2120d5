"""The layers that describe a network, and the operators that each layer becomes.

The structure follows Cheng et al., "SiamMixer", Sensors 2022, 22(4), 1585: convolutions of patches, then
mixer blocks (MLP-Mixer with ReLU, BatchNorm and Conv1d).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import ClassVar

from siammixer.ir.errors import InputError
from siammixer.ir.operator import Shape
from siammixer.ir.operators import (
    TEMPLATE,
    CentrePointwise,
    DenseConvolution,
    DepthwiseConvolution,
    DepthwiseCorrelation,
    Operator,
    PointwiseConvolution,
    ResidualAdd,
    TokenMixing,
)


@dataclass(frozen=True)
class Tensor:
    """A tensor's name and shape."""

    name: str
    shape: Shape


@dataclass(frozen=True, kw_only=True)
class Place:
    """The place of a layer in its network.

    Parameters
    ----------
    patch
        Whether the layer belongs to the patch stage.
    template_side
        Side of the template that the layer can compare its input with, in cells. None where the input is not
        the embedding.
    """

    patch: bool = False
    template_side: int | None = None


@dataclass(frozen=True, kw_only=True)
class Layer(ABC):
    """A layer of a network; ``name`` is also the name of the tensor that the layer makes."""

    keyword: ClassVar[str]
    """What a network's file calls it (siammixer.ir.network_file)."""
    channel_counts: ClassVar[tuple[str, ...]] = ()
    """Names of the fields that count channels."""

    name: str

    @property
    def reduction_of_sides(self) -> int:
        """Input cells per output cell along one side."""
        return getattr(self, "stride", 1)

    def operators(self, source: Tensor, at: Place) -> tuple[Operator, ...]:
        """The operators that the layer becomes when it reads ``source``, in order of execution.

        The last operator makes the layer's tensor.

        Raises
        ------
        InputError
            A count is below one, or the layer cannot stand at this place.
        """
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) is int and value < 1:
                raise self.refusal(f"{field.name} must be at least 1, not {value}")
        return self._operators(source, at)

    @abstractmethod
    def _operators(self, source: Tensor, at: Place) -> tuple[Operator, ...]: ...

    def refusal(self, what: str) -> InputError:
        """The error that names this layer."""
        return InputError(f"layer {self.name}: {what}")


@dataclass(frozen=True, kw_only=True)
class Convolution(Layer):
    """Dense kernel x kernel convolution of the RGB crop without padding, then BatchNorm and ReLU."""

    keyword: ClassVar[str] = "convolution"
    channel_counts: ClassVar[tuple[str, ...]] = ("channels",)

    channels: int
    kernel: int = 3
    stride: int = 2

    def _operators(self, source: Tensor, at: Place) -> tuple[Operator, ...]:
        shape = (*_slid(self, source, self.kernel, self.stride), self.channels)
        return (
            DenseConvolution(
                name=self.name,
                inputs=(source.name,),
                in_shape=source.shape,
                out_shape=shape,
                kernel=self.kernel,
                stride=self.stride,
                relu=True,
                patch=at.patch,
            ),
        )


@dataclass(frozen=True, kw_only=True)
class Depthwise(Layer):
    """Depthwise convolution without padding, then BatchNorm and ReLU.

    With ``residual`` the layer mixes tokens locally: the centre crop of the input is added to the result. A
    residual needs stride 1.
    """

    keyword: ClassVar[str] = "depthwise"

    kernel: int = 3
    stride: int = 1
    residual: bool = False

    def _operators(self, source: Tensor, at: Place) -> tuple[Operator, ...]:
        if self.residual and (self.stride != 1 or self.kernel % 2 == 0):
            raise self.refusal("a residual needs stride 1 and an odd kernel")
        convolution = DepthwiseConvolution(
            name=f"{self.name}.branch" if self.residual else self.name,
            inputs=(source.name,),
            in_shape=source.shape,
            out_shape=(*_slid(self, source, self.kernel, self.stride), source.shape[2]),
            kernel=self.kernel,
            stride=self.stride,
            relu=True,
            patch=at.patch,
        )
        return (convolution, _residual(self, source, convolution)) if self.residual else (convolution,)


@dataclass(frozen=True, kw_only=True)
class Pointwise(Layer):
    """1 x 1 convolution, then BatchNorm, then ReLU unless ``relu`` is False."""

    keyword: ClassVar[str] = "pointwise"
    channel_counts: ClassVar[tuple[str, ...]] = ("channels",)

    channels: int
    relu: bool = True

    def _operators(self, source: Tensor, at: Place) -> tuple[Operator, ...]:
        return (_pointwise(self.name, source, self.channels, self.relu, at.patch),)


@dataclass(frozen=True, kw_only=True)
class ChannelMLP(Layer):
    """Channel mixing: Conv1d to ``hidden`` channels, BatchNorm, ReLU, Conv1d back, BatchNorm, residual."""

    keyword: ClassVar[str] = "channel-mlp"
    channel_counts: ClassVar[tuple[str, ...]] = ("hidden",)

    hidden: int

    def _operators(self, source: Tensor, at: Place) -> tuple[Operator, ...]:
        hidden = _pointwise(f"{self.name}.hidden", source, self.hidden, True, at.patch)
        behind = Tensor(hidden.name, hidden.out_shape)
        branch = _pointwise(f"{self.name}.branch", behind, source.shape[2], False, at.patch)
        return hidden, branch, _residual(self, source, branch)


@dataclass(frozen=True, kw_only=True)
class TokenMLP(Layer):
    """Global token mixing: Linear over all tokens to ``hidden`` tokens, BatchNorm, ReLU, Linear back,
    BatchNorm, residual.

    One set of weights serves every channel. BatchNorm is per output token, so that it can be folded into the
    weights.
    """

    keyword: ClassVar[str] = "token-mlp"

    hidden: int

    def _operators(self, source: Tensor, at: Place) -> tuple[Operator, ...]:
        if at.patch:
            raise self.refusal("token mixing must be a mixer layer, not a patch layer")
        hidden = TokenMixing(
            name=f"{self.name}.hidden",
            inputs=(source.name,),
            in_shape=source.shape,
            out_shape=(self.hidden, 1, source.shape[2]),
            relu=True,
        )
        branch = TokenMixing(
            name=f"{self.name}.branch",
            inputs=(hidden.name,),
            in_shape=hidden.out_shape,
            out_shape=source.shape,
        )
        return hidden, branch, _residual(self, source, branch)


@dataclass(frozen=True, kw_only=True)
class TemplateCorrelation(Layer):
    """Correlation of the embedding with the template, channel by channel, then BatchNorm, then ReLU unless
    ``relu`` is False. The layer can only be the first of a network's head layers.
    """

    keyword: ClassVar[str] = "template-correlation"

    relu: bool = True

    def _operators(self, source: Tensor, at: Place) -> tuple[Operator, ...]:
        return (_similar(self, self.name, source, at, self.relu),)


@dataclass(frozen=True, kw_only=True)
class TemplateSimilarity(Layer):
    """Features of ``channels`` that tell how similar a cell is to the template and what is at the cell.

    They are the sum of two parts, each a 1 x 1 convolution with BatchNorm and ReLU: the first of the
    correlation of embedding and template, channel by channel, with BatchNorm and ReLU; the second of the
    embedding's centre. The layer can only be the first of a network's head layers. The template's side must
    be odd.
    """

    keyword: ClassVar[str] = "template-similarity"
    channel_counts: ClassVar[tuple[str, ...]] = ("channels",)

    channels: int

    def _operators(self, source: Tensor, at: Place) -> tuple[Operator, ...]:
        similar = _similar(self, f"{self.name}.correlation", source, at, relu=True)
        if similar.kernel % 2 == 0:
            raise self.refusal(f"the template must have an odd number of rows, not {similar.kernel}")
        behind = Tensor(similar.name, similar.out_shape)
        there = _pointwise(f"{self.name}.similarity", behind, self.channels, True, False)
        here = CentrePointwise(
            name=f"{self.name}.embedding",
            inputs=(source.name,),
            in_shape=source.shape,
            out_shape=there.out_shape,
            relu=True,
        )
        return similar, there, here, _residual(self, Tensor(there.name, there.out_shape), here)


LAYERS: tuple[type[Layer], ...] = (
    Convolution,
    Depthwise,
    Pointwise,
    ChannelMLP,
    TokenMLP,
    TemplateCorrelation,
    TemplateSimilarity,
)
"""Every layer class that a description can name."""


def _pointwise(name: str, source: Tensor, channels: int, relu: bool, patch: bool) -> PointwiseConvolution:
    return PointwiseConvolution(
        name=name,
        inputs=(source.name,),
        in_shape=source.shape,
        out_shape=(*source.shape[:2], channels),
        relu=relu,
        patch=patch,
    )


def _similar(layer: Layer, name: str, source: Tensor, at: Place, relu: bool) -> DepthwiseCorrelation:
    if at.template_side is None:
        raise layer.refusal("a correlation with the template must be the first of the head layers")
    return DepthwiseCorrelation(
        name=name,
        inputs=(source.name, TEMPLATE),
        in_shape=source.shape,
        out_shape=(*_slid(layer, source, at.template_side, 1), source.shape[2]),
        kernel=at.template_side,
        relu=relu,
    )


def _residual(layer: Layer, source: Tensor, branch: Operator) -> ResidualAdd:
    return ResidualAdd(
        name=layer.name,
        inputs=(source.name, branch.name),
        in_shape=branch.out_shape,
        out_shape=branch.out_shape,
        patch=branch.patch,
    )


def _slid(layer: Layer, source: Tensor, kernel: int, stride: int) -> tuple[int, int]:
    """(height, width) of the map after an unpadded kernel; :class:`InputError` where a side leaves a
    remainder.
    """
    sides = []
    for side in source.shape[:2]:
        if side < kernel or (side - kernel) % stride:
            raise layer.refusal(
                f"a {kernel} x {kernel} kernel of stride {stride} must divide a map of side {side} "
                "without remainder"
            )
        sides.append((side - kernel) // stride + 1)
    return sides[0], sides[1]
