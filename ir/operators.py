"""The operators: what golden computes, ONNX names and the accelerator runs.

An operator is a class. It knows its shapes, its weights' shape, how many products one output element sums,
and which part of its inputs a part of its output needs. Everything else about it (its arithmetic in golden,
its module in PyTorch, its nodes in ONNX, its instructions) lies in the back ends. Each back end has one table
from these classes to implementations, and ``tests/test_operators.py`` walks operators x back ends.

Maps are (height, width, channels), channel last. A token operator reads its input as (tokens, channels); its
hidden map has the shape (hidden, 1, channels).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, ClassVar

from siammixer.ir import numerics
from siammixer.ir.regions import Region

if TYPE_CHECKING:
    import numpy as np  # not loaded with the catalogue: --help needs the names alone

Shape = tuple[int, int, int]
IMAGE, TEMPLATE, RESPONSE = "image", "template", "response"
"""Tensors that every network has: a branch's crop, the stored template, and the response to it."""


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One operator of one branch; its result is the tensor of the same name.

    Parameters
    ----------
    name
        The operator's, and so its tensor's.
    inputs
        Names of tensors: "image" is the crop, "template" the stored template.
    in_shape, out_shape
        Shapes of the first input and of the result.
    patch
        It belongs to the patch stage, which runs patch by patch.
    """

    kind: ClassVar[str]
    """Its name in messages and records."""
    label: ClassVar[str] = ""
    """What tables call layers of this kind; empty where it has no row of its own."""
    counted_as: ClassVar[str] = ""
    """The kind whose row its cycles count to; empty where it takes none of its own."""
    accumulates: ClassVar[bool] = False
    """Its result is the INT32 accumulator itself; every other operator's is INT8."""

    name: str
    inputs: tuple[str, ...]
    in_shape: Shape
    out_shape: Shape
    patch: bool = False

    @property
    def reduction(self) -> int:
        """Products summed into one output element."""
        return 0

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the whole map, without any recompute."""
        return prod(self.out_shape) * self.reduction

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """Shape of the weight array, outputs first; () where the operator owns none."""
        return ()

    @property
    def weight_bytes(self) -> int:
        """Bytes of the weight array."""
        return prod(self.weight_shape) if self.weight_shape else 0

    @property
    def constant_bytes(self) -> int:
        """Bytes of the biases and requantisation multipliers."""
        return 0

    def regions_read(self, region: Region) -> dict[str, Region]:
        """The part of each input that ``region`` of the result is computed from, by the tensor's name."""
        return dict.fromkeys(self.inputs, region)


@dataclass(frozen=True, kw_only=True)
class RequantisedOperator(Operator):
    """An operator whose accumulators get a bias and are brought back to INT8 by a multiplier, one of each an
    output; with ReLU where ``relu`` is true.
    """

    relu: bool = False

    @property
    def outputs(self) -> int:
        """How many biases and multipliers there are: one for each output channel."""
        return self.out_shape[2]

    @property
    def constant_bytes(self) -> int:
        return self.outputs * (numerics.BIAS_BYTES + numerics.MULTIPLIER_BYTES)

    @property
    def widest_products(self) -> int:
        """The largest sum of products that any INT8 input and any weights can cause."""
        return self.reduction * -numerics.ACTIVATION_MIN * numerics.WEIGHT_MAX

    def products_bound(self, weight: np.ndarray) -> np.ndarray:
        """The largest sum of products that any INT8 input can cause, INT64 (outputs,), for a weight array of
        ``weight_shape``.
        """
        magnitude = abs(weight.astype("int64")).reshape(self.outputs, -1).sum(axis=1)
        return magnitude * -numerics.ACTIVATION_MIN


@dataclass(frozen=True, kw_only=True)
class KernelOperator(RequantisedOperator):
    """A kernel that slides over the map, unpadded."""

    kernel: int
    stride: int = 1

    def regions_read(self, region: Region) -> dict[str, Region]:
        return {self.inputs[0]: region.under_kernel(self.kernel, self.stride)}


@dataclass(frozen=True, kw_only=True)
class DenseConvolution(KernelOperator):
    """A kernel x kernel convolution of all channels; weight (out, k, k, in)."""

    kind: ClassVar[str] = "convolution"
    label: ClassVar[str] = "convolution of the pixels"
    counted_as: ClassVar[str] = kind

    @property
    def reduction(self) -> int:
        return self.kernel**2 * self.in_shape[2]

    @property
    def weight_shape(self) -> tuple[int, ...]:
        return (self.outputs, self.kernel, self.kernel, self.in_shape[2])


@dataclass(frozen=True, kw_only=True)
class DepthwiseConvolution(KernelOperator):
    """A kernel for each channel; weight (channels, k, k)."""

    kind: ClassVar[str] = "depthwise"
    label: ClassVar[str] = "depthwise"
    counted_as: ClassVar[str] = kind

    @property
    def reduction(self) -> int:
        return self.kernel**2

    @property
    def weight_shape(self) -> tuple[int, ...]:
        return (self.outputs, self.kernel, self.kernel)


@dataclass(frozen=True, kw_only=True)
class PointwiseConvolution(RequantisedOperator):
    """Every pixel's channels through one matrix; weight (out, in)."""

    kind: ClassVar[str] = "pointwise"
    label: ClassVar[str] = "pointwise and channel MLP"
    counted_as: ClassVar[str] = kind

    @property
    def reduction(self) -> int:
        return self.in_shape[2]

    @property
    def weight_shape(self) -> tuple[int, ...]:
        return (self.outputs, self.reduction)


@dataclass(frozen=True, kw_only=True)
class TokenMixing(RequantisedOperator):
    """One matrix over all tokens of a map, the same for every channel; weight (output tokens, tokens)."""

    kind: ClassVar[str] = "token"
    label: ClassVar[str] = "token MLP, transposition included"
    counted_as: ClassVar[str] = kind

    @property
    def outputs(self) -> int:
        """The output tokens: biases and multipliers are per token."""
        return self.out_shape[0] * self.out_shape[1]

    @property
    def reduction(self) -> int:
        return self.in_shape[0] * self.in_shape[1]

    @property
    def weight_shape(self) -> tuple[int, ...]:
        return (self.outputs, self.reduction)


@dataclass(frozen=True, kw_only=True)
class ResidualAdd(Operator):
    """The sum of two maps. The first input is the residual, which is cut to the centre of the second's size;
    the second is the branch, whose shape the result has.
    """

    kind: ClassVar[str] = "add"

    def regions_read(self, region: Region) -> dict[str, Region]:
        # The residual's region is the one that the branch reads, which follows.
        return {self.inputs[1]: region}


@dataclass(frozen=True, kw_only=True)
class TemplateCut(Operator):
    """The centre of the template branch's embedding, which becomes the template."""

    kind: ClassVar[str] = "template"
    counted_as: ClassVar[str] = "correlation"

    @property
    def kernel(self) -> int:
        """Side of the template: it is the kernel of the correlation."""
        return self.out_shape[0]


@dataclass(frozen=True, kw_only=True)
class Correlation(Operator):
    """Cross-correlation of the search embedding with the template: the response, INT32 (rows, columns, 1)."""

    kind: ClassVar[str] = "correlation"
    label: ClassVar[str] = "correlation"
    counted_as: ClassVar[str] = kind
    accumulates: ClassVar[bool] = True

    kernel: int

    @property
    def reduction(self) -> int:
        return self.kernel**2 * self.in_shape[2]


@dataclass(frozen=True, kw_only=True)
class DepthwiseCorrelation(RequantisedOperator):
    """Cross-correlation channel by channel, without the sum over channels; INT8 (rows, columns, channels).

    The template is the kernel, so the operator owns no weights but biases and multipliers.
    """

    kind: ClassVar[str] = "depthwise correlation"
    label: ClassVar[str] = "depthwise correlation"
    counted_as: ClassVar[str] = kind

    kernel: int

    @property
    def reduction(self) -> int:
        return self.kernel**2

    @property
    def weight_shape(self) -> tuple[int, ...]:
        return (self.outputs, 0)

    @property
    def widest_products(self) -> int:
        return self.reduction * numerics.ACTIVATION_MIN**2

    def products_bound(self, weight: np.ndarray) -> np.ndarray:
        return weight.sum(axis=1, dtype="int64") + self.widest_products


OPERATORS: tuple[type[Operator], ...] = (
    DenseConvolution,
    DepthwiseConvolution,
    PointwiseConvolution,
    TokenMixing,
    ResidualAdd,
    TemplateCut,
    Correlation,
    DepthwiseCorrelation,
)
"""Every operator that a network can be lowered to."""
