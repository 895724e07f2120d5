"""Fields of instructions, and the step that they make, for the selection of any group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from siammixer.arch.accelerator import TAPS
from siammixer.arch.instruction import Kind
from siammixer.compiler.allocate import MapLayout
from siammixer.compiler.cycles import step_cycles
from siammixer.compiler.job import Job
from siammixer.compiler.packing import groups
from siammixer.compiler.program import Step
from siammixer.compiler.weight_layout import WeightLayout
from siammixer.compiler.writes import MapPattern, WritePattern, blocks
from siammixer.ir.operator import Shape
from siammixer.ir.operators import (
    Correlation,
    DepthwiseConvolution,
    DepthwiseCorrelation,
    Operator,
    RequantisedOperator,
    ResidualAdd,
    TemplateCut,
)
from siammixer.ir.regions import Region


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Decisions of the passes before: the addresses of weights and maps."""

    job: Job
    weights: WeightLayout
    maps: MapLayout


@dataclass(frozen=True, kw_only=True)
class Place:
    """Addresses of the current map between two groups, in words.

    Parameters
    ----------
    base
        First word of the map.
    columns
        First word of its transposed copy; None where the group before has not written one.
    """

    base: int
    columns: int | None = None


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The steps of a group.

    Parameters
    ----------
    columns
        First word of the transposed copy of its map; None where it writes none.
    used
        The end of the words that it occupies.
    """

    steps: tuple[Step, ...]
    columns: int | None = None
    used: int = 0


def make_step(
    job: Job,
    name: str,
    operators: tuple[Operator, ...],
    writes: WritePattern | None,
    fields: Mapping[str, int],
    *,
    tensor: str | None = None,
    branch: str | None = None,
    residual: ResidualAdd | None = None,
) -> Step:
    """A step with its predicted cycles. The parameters are those of :class:`Step`."""
    fields = {**fields, **({"residual": 1} if residual is not None else {})}
    cycles = step_cycles(job.accelerator, fields)
    alone = {key: value for key, value in fields.items() if not key.startswith("fused")}
    step = Step(
        name=name,
        operators=operators,
        fields=fields,
        cycles=cycles,
        fused_cycles=cycles - step_cycles(job.accelerator, alone),
        tensor=tensor,
        branch=branch,
        residual=residual,
        writes=writes,
    )
    return replace(step, executions=len(job.patches) if step.in_loop else 1)


def weight_fields(layout: Layout, operator: RequantisedOperator) -> dict[str, int]:
    """Fields for an operator's weights: ReLU, blocks of outputs, and the addresses of weights and
    constants.
    """
    return {
        "relu": int(operator.relu),
        "blocks": blocks(operator.outputs, layout.job.lanes),
        "weight_base": layout.weights.weight[operator.name],
        "constant_base": layout.weights.constant[operator.name],
    }


def map_fields(job: Job, shape: Shape, prefix: str, base: int) -> dict[str, int]:
    """Address fields of a whole map, row by row. ``prefix`` is "read" or "write"."""
    words = job.words(shape[2])
    return {f"{prefix}_base": base, f"{prefix}_pixel": words, f"{prefix}_row": words * shape[1]}


def cells_before_centre(operator: Operator) -> int:
    """Cells of the input before the first of its centre, which has the rows and columns of the result."""
    (height, width, _), (rows, columns, _) = operator.in_shape, operator.out_shape
    return (height - rows) // 2 * width + (width - columns) // 2


def map_pattern(
    job: Job, shape: Shape, base: int, *, planes: bool = False, reverse: bool = False
) -> MapPattern:
    """Words of a whole map whose first word is ``base``."""
    height, width, channels = shape
    words = job.words(channels)
    return MapPattern(
        shape=shape,
        regions=(Region(0, 0, height, width),),
        base=base,
        row=words * width,
        pixel=words,
        planes=planes,
        reverse=reverse,
    )


def slots(macs: int, residual: bool = False, free: int | None = None) -> dict[str, int]:
    """Fields for the cycles of one block.

    A residual is read in the slot ``free``, which needs no other word, or in a slot of its own.
    """
    if not residual:
        return {"macs": macs, "slots": macs}
    if free is not None and free < macs:
        return {"macs": macs, "slots": macs, "residual_slot": free}
    return {"macs": macs, "slots": macs + 1, "residual_slot": macs}


Window = DepthwiseConvolution | TemplateCut | Correlation | DepthwiseCorrelation


def window_fields(job: Job, operator: Window) -> dict[str, int]:
    """Fields for the kernel and the slots of a step that slides a window."""
    kernel, stride = operator.kernel, getattr(operator, "stride", 1)
    shape = {"kernel_5": int(kernel == 5), "stride_2": int(stride == 2)}
    return shape | slots(groups(job.accelerator, operator))


def pointwise_fields(layout: Layout, operator: RequantisedOperator, residual: bool = False) -> dict[str, int]:
    """Fields for the kind, weights and slots of a step that multiplies by a matrix."""
    lanes, free = layout.job.lanes, None
    if lanes > TAPS:
        # The first group of nine that ends in the word of the group before needs no new word.
        free = next((g for g in range(1, 8) if (9 * g + 8) // lanes == (9 * g - 1) // lanes), None)
    macs = groups(layout.job.accelerator, operator)
    return {"kind": Kind.POINTWISE, **weight_fields(layout, operator), **slots(macs, residual, free)}
