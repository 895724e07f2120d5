"""The base classes of operators: a result of some shape, made from inputs, and how its numbers come about.

:mod:`siammixer.ir.operators` has the operators themselves.
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
"""(height, width, channels)"""


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
        """Whether the result is INT32, in the memory that the host reads. Other results are INT8."""
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
