"""The second pass: operators into groups, each of which becomes one step or a fixed sequence of steps."""

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
    """The patch stage's operators in the order in which they run: one to a step, or two.

    A depthwise convolution is done by the step that makes its input where that step's results can go straight
    into the lanes' windows (siammixer.arch.instruction, ``fused``).

    Parameters
    ----------
    regions
        The part of each tensor that a patch computes.
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
    """Whether the first's results can go straight into the lanes' windows of the second."""
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
    """Operators of the deep stage in order: an addition together with its branch, everything else alone."""
    result: list[Group] = []
    for operator in operators:
        if isinstance(operator, ResidualAdd):
            source = operator.inputs[0]
            begin = max(index for index, group in enumerate(result) if group[0].inputs[0] == source)
            result[begin:] = [(*(part for group in result[begin:] for part in group), operator)]
        else:
            result.append((operator,))
    return tuple(result)
