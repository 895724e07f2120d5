"""The operators that golden computes, that ONNX expresses and that the accelerator runs.

An operator is a class. It knows its shapes, the shape of its weights, how many products one output element
sums, how its result comes to its numbers, and which part of its inputs a part of its output needs. The rest
lies in the back ends, each with one table (siammixer.ir.table) from these classes to implementations.

Maps are (height, width, channels). The hidden map of a token operator has the shape (hidden, 1, channels).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from siammixer.ir import numerics
from siammixer.ir.operator import AlignedOperator, KernelOperator, Operator, RequantisedOperator
from siammixer.ir.operator import Shape as Shape  # the signatures of the dataclasses name it
from siammixer.ir.regions import Region
from siammixer.ir.result import Result

if TYPE_CHECKING:
    import numpy as np  # not loaded with the catalogue: --help needs the names alone

IMAGE, TEMPLATE, RESPONSE = "image", "template", "response"
"""Names of the tensors that every network has: the crop, the stored template and the response."""


@dataclass(frozen=True, kw_only=True)
class DenseConvolution(KernelOperator):
    """A kernel x kernel convolution over all channels. The weight is (out, k, k, in)."""

    kind: ClassVar[str] = "convolution"
    label: ClassVar[str] = "convolution of the pixels"
    counted_as: ClassVar[str] = kind

    @property
    def reduction(self) -> int:
        """k * k * input channels."""
        return self.kernel**2 * self.in_shape[2]

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """(output channels, k, k, input channels)."""
        return (self.outputs, self.kernel, self.kernel, self.in_shape[2])


@dataclass(frozen=True, kw_only=True)
class DepthwiseConvolution(KernelOperator):
    """A convolution with a kernel for each channel. The weight is (channels, k, k)."""

    kind: ClassVar[str] = "depthwise"
    label: ClassVar[str] = "depthwise"
    counted_as: ClassVar[str] = kind

    @property
    def reduction(self) -> int:
        """k * k."""
        return self.kernel**2

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """(channels, k, k)."""
        return (self.outputs, self.kernel, self.kernel)


@dataclass(frozen=True, kw_only=True)
class PointwiseConvolution(RequantisedOperator):
    """A matrix that multiplies the channels of every pixel. The weight is (out, in)."""

    kind: ClassVar[str] = "pointwise"
    label: ClassVar[str] = "pointwise and channel MLP"
    counted_as: ClassVar[str] = kind

    @property
    def reduction(self) -> int:
        """Input channels."""
        return self.in_shape[2]

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """(output channels, input channels)."""
        return (self.outputs, self.reduction)


@dataclass(frozen=True, kw_only=True)
class CentrePointwise(PointwiseConvolution):
    """A pointwise convolution of the centre of its input. The margins left out are equal on all sides."""

    kind: ClassVar[str] = "centre pointwise"
    label: ClassVar[str] = "pointwise of a centre"
    counted_as: ClassVar[str] = kind


@dataclass(frozen=True, kw_only=True)
class TokenMixing(RequantisedOperator):
    """A matrix over all tokens, the same for every channel. The weight is (output tokens, tokens)."""

    kind: ClassVar[str] = "token"
    label: ClassVar[str] = "token MLP, transposition included"
    counted_as: ClassVar[str] = kind

    @property
    def outputs(self) -> int:
        """Number of output tokens. Each has its own bias and multiplier."""
        return self.out_shape[0] * self.out_shape[1]

    @property
    def reduction(self) -> int:
        """Input tokens."""
        return self.in_shape[0] * self.in_shape[1]

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """(output tokens, input tokens)."""
        return (self.outputs, self.reduction)


@dataclass(frozen=True, kw_only=True)
class ResidualAdd(AlignedOperator):
    """The sum of two maps of one shape: the centre of the first, the residual, and the second, the branch."""

    kind: ClassVar[str] = "add"

    def regions_read(self, region: Region) -> dict[str, Region]:
        """The region of the branch; the operators before it give the residual's region."""
        return {self.inputs[1]: region}


@dataclass(frozen=True, kw_only=True)
class TemplateCut(Operator):
    """The centre of the template branch's embedding, which becomes the template."""

    kind: ClassVar[str] = "template"
    result: ClassVar[Result] = Result.COPIED
    counted_as: ClassVar[str] = "correlation"

    @property
    def kernel(self) -> int:
        """Side of the template, which is the kernel of the correlation."""
        return self.out_shape[0]


@dataclass(frozen=True, kw_only=True)
class Correlation(Operator):
    """Cross-correlation of the search embedding with the template, INT32 (rows, columns, 1)."""

    kind: ClassVar[str] = "correlation"
    label: ClassVar[str] = "correlation"
    counted_as: ClassVar[str] = kind
    result: ClassVar[Result] = Result.ACCUMULATED

    kernel: int

    @property
    def reduction(self) -> int:
        """Template cells * channels."""
        return self.kernel**2 * self.in_shape[2]


@dataclass(frozen=True, kw_only=True)
class DepthwiseCorrelation(RequantisedOperator):
    """Cross-correlation of each channel with the template's. The result is INT8 (rows, columns, channels).

    The template is the kernel, so the operator owns biases and multipliers but no weights.
    """

    kind: ClassVar[str] = "depthwise correlation"
    label: ClassVar[str] = "depthwise correlation"
    counted_as: ClassVar[str] = kind

    kernel: int

    @property
    def reduction(self) -> int:
        """Template cells."""
        return self.kernel**2

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """(channels, 0): the array holds no weights."""
        return (self.outputs, 0)

    @property
    def widest_products(self) -> int:
        """Largest sum of products: both operands can be -128."""
        return self.reduction * numerics.ACTIVATION_MIN**2

    def products_bound(self, weight: np.ndarray) -> np.ndarray:
        """INT64 (outputs,): ``widest_products`` for every output."""
        return weight.sum(axis=1, dtype="int64") + self.widest_products


@dataclass(frozen=True, kw_only=True)
class MapReadout(Operator):
    """The values of an INT8 map as INT32, in the memory that the host reads. The result is the response."""

    kind: ClassVar[str] = "read-out"
    label: ClassVar[str] = "read-out of the response"
    counted_as: ClassVar[str] = kind
    result: ClassVar[Result] = Result.ACCUMULATED


OPERATORS: tuple[type[Operator], ...] = (
    DenseConvolution,
    DepthwiseConvolution,
    PointwiseConvolution,
    TokenMixing,
    ResidualAdd,
    TemplateCut,
    Correlation,
    DepthwiseCorrelation,
    CentrePointwise,
    MapReadout,
)
"""Every operator class that a network can be lowered to."""
