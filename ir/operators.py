"""The operators that golden computes, that ONNX expresses and that the accelerator runs.

An operator is a class. It knows its shapes, the shape of its weights, how many products one output element
sums, how its result comes to its numbers, and which part of its inputs a part of its output needs. Everything
else about it (its arithmetic in golden, its module in PyTorch, its nodes in ONNX, its instructions) lies in
the back ends. Each back end has one table (siammixer.ir.table) from these classes to implementations, and
``tests/test_operators.py`` walks operators x back ends.

Maps are (height, width, channels), channel last. A token operator reads its input as (tokens, channels); its
hidden map has the shape (hidden, 1, channels).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, ClassVar

from siammixer.ir import numerics
from siammixer.ir.regions import Region
from siammixer.ir.result import Result

if TYPE_CHECKING:
    import numpy as np  # not loaded with the catalogue: --help needs the names alone

Shape = tuple[int, int, int]
IMAGE, TEMPLATE, RESPONSE = "image", "template", "response"
"""Names of the tensors that every network has: the crop, the stored template and the response."""


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One operator of one branch. Its result is the tensor of the same name.

    Parameters
    ----------
    name
        Name of the operator and of its tensor.
    inputs
        Names of the tensors that it reads: "image" is the crop, "template" the stored template.
    in_shape, out_shape
        Shapes of the first input and of the result, (height, width, channels).
    patch
        Whether the operator belongs to the patch stage, which runs patch by patch.
    """

    kind: ClassVar[str]
    """Name of the kind in messages and reports."""
    label: ClassVar[str] = ""
    """Name of such layers in tables; empty where the kind has no row of its own."""
    counted_as: ClassVar[str] = ""
    """Kind whose table row counts the operator's cycles; empty where the operator takes none of its own."""
    result: ClassVar[Result]
    """How the result comes to its numbers. Every operator must say so."""
    slides: ClassVar[bool] = False
    """Whether a kernel slides over the first input, so that a part of the result needs a halo of it."""

    name: str
    inputs: tuple[str, ...]
    in_shape: Shape
    out_shape: Shape
    patch: bool = False

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        if "kind" in vars(cls) and not hasattr(cls, "result"):
            raise TypeError(
                f"operator {cls.__name__} must have a result, one of {', '.join(map(str, Result))}"
            )

    @property
    def accumulates(self) -> bool:
        """Whether the result is the INT32 accumulator itself. Other results are INT8."""
        return self.result is Result.ACCUMULATED

    @property
    def reduction(self) -> int:
        """Products summed into one output element."""
        return 0

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the whole map, without recomputation."""
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
    """An operator that adds a bias to each accumulator and scales the sum back to INT8 with a multiplier.

    Every output has its own bias and multiplier. A ReLU follows where ``relu`` is true. siammixer.ir.numerics
    gives the formula.
    """

    result: ClassVar[Result] = Result.REQUANTISED

    relu: bool = False

    @property
    def outputs(self) -> int:
        """Number of biases and of multipliers: one of each per output channel."""
        return self.out_shape[2]

    @property
    def constant_bytes(self) -> int:
        """Bytes of the biases and multipliers."""
        return self.outputs * (numerics.BIAS_BYTES + numerics.MULTIPLIER_BYTES)

    @property
    def widest_products(self) -> int:
        """Largest magnitude of the sum of products, for any INT8 input and any weights."""
        return self.reduction * -numerics.ACTIVATION_MIN * numerics.WEIGHT_MAX

    def products_bound(self, weight: np.ndarray) -> np.ndarray:
        """INT64 (outputs,): largest magnitude of the sum of products, for any INT8 input.

        Parameters
        ----------
        weight
            INT8 array of ``weight_shape``.
        """
        magnitude = abs(weight.astype("int64")).reshape(self.outputs, -1).sum(axis=1)
        return magnitude * -numerics.ACTIVATION_MIN


@dataclass(frozen=True, kw_only=True)
class AlignedOperator(Operator):
    """An operator that adds its two inputs, each shifted to the finer exponent of the two."""

    result: ClassVar[Result] = Result.ALIGNED


@dataclass(frozen=True, kw_only=True)
class KernelOperator(RequantisedOperator):
    """An operator whose kernel slides over the map without padding."""

    slides: ClassVar[bool] = True

    kernel: int
    stride: int = 1

    def regions_read(self, region: Region) -> dict[str, Region]:
        """The region of the first input that lies under the kernel."""
        return {self.inputs[0]: region.under_kernel(self.kernel, self.stride)}


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
class TokenMixing(RequantisedOperator):
    """A matrix over all tokens of a map, the same for every channel. The weight is (output tokens,
    tokens).
    """

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
    """The sum of two maps: the residual and the branch.

    The first input is the residual. Its centre is cut to the size of the second input, the branch. The result
    has the shape of the branch.
    """

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
    """Cross-correlation of the search embedding with the template. The response is INT32 (rows,
    columns, 1).
    """

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
"""Every operator class that a network can be lowered to."""
