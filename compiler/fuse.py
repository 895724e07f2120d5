"""The second pass: it groups operators. Each group becomes one step or a fixed sequence of steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.instruction import FUSED_BLOCKS
from siammixer.compiler.writes import blocks
from siammixer.ir.network import Network
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


def deep_groups(network: Network, branch: str) -> tuple[Group, ...]:
    """The groups of the deep stage in order of execution: the operators of each layer."""
    return tuple(group for group in network.groups(branch) if not group[0].patch)


@dataclass(frozen=True, kw_only=True)
class Fusing:
    """The part that an operator of the patch stage can have in a group of two.

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
"""Class of an operator of the patch stage -> its part in a group."""


def _fusable(accelerator: Accelerator, first: Any, second: Any, regions: Mapping[str, Region]) -> bool:
    """Whether the results of ``first`` can go straight into the lanes' windows of ``second``."""
    filled, follows = FUSING[type(first)].columns, FUSING[type(second)].follows
    if filled is None or follows is None or not follows(second):
        return False
    count = blocks(first.outputs, accelerator.lanes)
    columns = filled(count, regions[first.name].width)
    room = columns is not None and columns <= accelerator.line_width and 2 * count <= accelerator.constants
    return room and first.relu == second.relu
