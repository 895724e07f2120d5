"""Which depthwise layers of the patch stage are done by the step that makes their input
(siammixer.arch.instruction, ``fused``).
"""

from __future__ import annotations

from collections.abc import Mapping

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.instruction import FUSED_BLOCKS
from siammixer.compiler.writes import blocks
from siammixer.ir.network import Network
from siammixer.ir.operators import Operator
from siammixer.ir.regions import Region


def steps_of_a_patch(
    network: Network,
    accelerator: Accelerator,
    operators: Mapping[str, Operator],
    regions: Mapping[str, Region],
) -> list[tuple[str, ...]]:
    """The patch stage's layers in the order in which they run: one to a step, or two.

    Parameters
    ----------
    operators
        Of the branch, by name.
    regions
        Of a patch, by tensor.
    """
    steps: list[tuple[str, ...]] = []
    for layer in network.patch_layers:
        if (
            steps
            and len(steps[-1]) == 1
            and _fit(accelerator, operators[steps[-1][0]], operators[layer.name], regions)
        ):
            steps[-1] += (layer.name,)
        else:
            steps.append((layer.name,))
    return steps


def _fit(accelerator: Accelerator, first: Operator, second: Operator, regions: Mapping[str, Region]) -> bool:
    """Whether the first's results can go straight into the lanes' windows of the second."""
    if first.kind not in ("convolution", "pointwise") or second.kind != "depthwise" or second.kernel != 3:
        return False
    count, columns = blocks(first.outputs, accelerator.lanes), regions[first.name].width
    if first.kind == "convolution":
        # The blocks' results come one after the other, pixel by pixel.
        columns *= count
        if count > FUSED_BLOCKS:
            return False
    return (
        first.relu == second.relu and 2 * count <= accelerator.constants and columns <= accelerator.line_width
    )
