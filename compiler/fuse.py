"""The second pass: it groups operators. Each group becomes one step or a fixed sequence of steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.instruction import FUSED_BLOCKS
from siammixer.compiler.writes import blocks
from siammixer.ir.operators import (
    DenseConvolution,
    DepthwiseConvolution,
    Operator,
    PointwiseConvolution,
    ResidualAdd,
)
from siammixer.ir.regions import Region

Group = tuple[Operator, ...]


def patch_groups(
    operators: Sequence[Operator], accelerator: Accelerator, regions: Mapping[str, Region]
) -> tuple[Group, ...]:
    """The groups of the patch stage in order of execution. Each has one operator or two, and becomes one
    step.

    A depthwise convolution joins the operator that makes its input where those results can go straight into
    the lanes' windows (``fused`` in siammixer.arch.instruction).

    Parameters
    ----------
    regions
        The region of each tensor that a patch computes, by the tensor's name.
    """
    result: list[Group] = []
    for operator in operators:
        if result and len(result[-1]) == 1 and _fusable(accelerator, result[-1][0], operator, regions):
            result[-1] += (operator,)
        else:
            result.append((operator,))
    return tuple(result)


def _fusable(
    accelerator: Accelerator, first: Operator, second: Operator, regions: Mapping[str, Region]
) -> bool:
    """Whether the results of ``first`` can go straight into the lanes' windows of ``second``."""
    if not isinstance(first, DenseConvolution | PointwiseConvolution):
        return False
    if not isinstance(second, DepthwiseConvolution) or second.kernel != 3:
        return False
    count, columns = blocks(first.outputs, accelerator.lanes), regions[first.name].width
    if isinstance(first, DenseConvolution):
        # The blocks' results come one after the other, pixel by pixel.
        columns *= count
        if count > FUSED_BLOCKS:
            return False
    room = 2 * count <= accelerator.constants and columns <= accelerator.line_width
    return first.relu == second.relu and room


def deep_groups(operators: Sequence[Operator]) -> tuple[Group, ...]:
    """The groups of the deep stage in order of execution. An addition shares a group with its branch; any
    other operator is alone.
    """
    result: list[Group] = []
    for operator in operators:
        if isinstance(operator, ResidualAdd):
            source = operator.inputs[0]
            begin = max(index for index, group in enumerate(result) if group[0].inputs[0] == source)
            result[begin:] = [(*(part for group in result[begin:] for part in group), operator)]
        else:
            result.append((operator,))
    return tuple(result)
