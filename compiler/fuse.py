"""The second pass: it groups operators. Each group becomes one step or a fixed sequence of steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.instruction import FUSED_BLOCKS
from siammixer.compiler.job import Job
from siammixer.compiler.writes import blocks
from siammixer.ir.operators import DenseConvolution, DepthwiseConvolution, Operator, PointwiseConvolution
from siammixer.ir.regions import Region
from siammixer.ir.table import Table

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


def deep_groups(job: Job) -> tuple[Group, ...]:
    """The groups of the deep stage in order of execution: the operators of each layer."""
    operators = {operator.name: operator for operator in job.operators}
    groups = (
        tuple(operators[operator.name] for operator in group) for group in job.network.groups(job.branch)
    )
    return tuple(group for group in groups if not group[0].patch)


def fuse_deep(job: Job, groups: Sequence[Group], reads_columns: Callable[[Group], bool]) -> tuple[Group, ...]:
    """The groups of the deep stage, with depthwise layers joined to the pointwise layers that make their
    inputs, as in :func:`patch_groups`. Such a step needs room for both its maps at once.

    Parameters
    ----------
    reads_columns
        group -> whether it reads its input transposed. The layer before it stays alone, because it can write
        its result so, and a fused step cannot.
    """
    result: list[Group] = []
    for group, following in zip_longest(groups, groups[1:], fillvalue=()):
        before = result[-1] if result else ()
        if len(before) == len(group) == 1 and {type(before[0]), type(group[0])} <= FUSING.keys():
            whole = {before[0].name: Region(0, 0, *before[0].out_shape[:2])}
            transposed = following and reads_columns(following)
            if not transposed and _fusable(job.accelerator, before[0], group[0], whole):
                result[-1] = before + group
                continue
        result.append(group)
    return tuple(result)


@dataclass(frozen=True, kw_only=True)
class Fusing:
    """The part that an operator can have in a group of two.

    Parameters
    ----------
    columns
        (blocks of outputs, columns of the result) -> columns that the results fill in the lanes' windows. A
        function may return None, where they cannot go there. None in its place: no operator can follow.
    follows
        operator -> whether its input can come straight from the lanes. None: never.
    """

    columns: Callable[[int, int], int | None] | None = None
    follows: Callable[[Any], bool] | None = None


def _interleaved(count: int, columns: int) -> int | None:
    """The blocks' results come one after the other, pixel by pixel."""
    return count * columns if count <= FUSED_BLOCKS else None


FUSING: Table[type[Operator], Fusing] = Table(
    "fused steps",
    {
        DenseConvolution: Fusing(columns=_interleaved),
        DepthwiseConvolution: Fusing(follows=lambda operator: operator.kernel == 3),
        PointwiseConvolution: Fusing(columns=lambda count, columns: columns),
    },
)
"""Class of an operator that can stand in the patch stage -> its part in a group of two, there or later."""


def _fusable(accelerator: Accelerator, first: Any, second: Any, regions: Mapping[str, Region]) -> bool:
    """Whether the results of ``first`` can go straight into the lanes' windows of ``second``."""
    filled, follows = FUSING[type(first)].columns, FUSING[type(second)].follows
    if filled is None or follows is None or not follows(second):
        return False
    count = blocks(first.outputs, accelerator.lanes)
    columns = filled(count, regions[first.name].width)
    room = columns is not None and columns <= accelerator.line_width and 2 * count <= accelerator.constants
    return room and first.relu == second.relu
