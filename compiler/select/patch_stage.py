"""Steps of the patch stage, and the loop that runs them for every patch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from siammixer.arch.instruction import Kind
from siammixer.compiler.fuse import Group
from siammixer.compiler.packing import groups
from siammixer.compiler.program import Step
from siammixer.compiler.select.step import (
    Layout,
    make_step,
    pointwise_fields,
    slots,
    weight_fields,
    window_fields,
)
from siammixer.compiler.writes import MapPattern
from siammixer.ir.operators import DenseConvolution, DepthwiseConvolution, Operator, PointwiseConvolution
from siammixer.ir.table import Table


def select_patch_stage(layout: Layout, patch_groups: tuple[Group, ...]) -> tuple[Step, ...]:
    """One step for each group. Tiles alternate between the two buffers, and the last group fills the map."""
    steps, read_base = [], 0
    for index, group in enumerate(patch_groups):
        final = index == len(patch_groups) - 1
        base = layout.maps.base if final else layout.maps.buffers[index % 2]
        steps.append(_patch_step(layout, group, read_base, base, final))
        read_base = base
    return tuple(steps)


def loop_fields(layout: Layout) -> dict[str, int]:
    """Fields of the loop instruction: the number of patches, and their distances in the map that they
    fill.
    """
    job = layout.job
    last = job.patch_operators[-1]
    region, words = job.region(last.name), job.words(last.out_shape[2])
    row = last.out_shape[1] * words
    return {
        "kind": Kind.LOOP,
        "rows": job.grid.rows,
        "columns": job.grid.columns,
        "write_pixel": region.width * words,
        "write_row": region.height * row,
        "read_pixel": (last.out_shape[1] - region.width) * words,
        "read_row": (last.out_shape[0] - region.height) * row,
    }


def _patch_step(layout: Layout, group: Group, read_base: int, base: int, final: bool) -> Step:
    job = layout.job
    first: Any = group[0]
    last: Any = group[-1]
    words, in_words = job.words(last.out_shape[2]), job.words(first.in_shape[2])
    source = job.region(first.inputs[0])
    row = (last.out_shape[1] if final else job.region(last.name).width) * words
    fields = {"loop_end": 1, "patch_output": 1} if final else {}
    fields |= {"write_base": base, "write_pixel": words, "write_row": row}
    fields |= {"read_base": read_base, "read_pixel": in_words, "read_row": in_words * source.width}
    step, fused = PATCH_STEPS[type(first)], last is not first
    fields |= step.fields(layout, first)
    if fused:
        fields |= {"fused": 1, "fused_stride_2": int(last.stride == 2)}
    pattern = MapPattern(
        shape=last.out_shape,
        regions=tuple(patch.regions[last.name] for patch in job.patches),
        base=base,
        row=row,
        pixel=words,
        planes=step.fused_planes if fused else step.planes,
        in_map=final,
    )
    name = "+".join(operator.name for operator in group)
    return make_step(job, name, group, pattern, fields, tensor=last.name)


def _convolution_fields(layout: Layout, operator: DenseConvolution) -> dict[str, int]:
    region, count = layout.job.region(operator.name), groups(layout.job.accelerator, operator)
    stride = {"stride_2": int(operator.stride == 2)}
    sides = {"rows": region.height, "columns": region.width}
    return {"kind": Kind.CONVOLUTION, **sides, **weight_fields(layout, operator), **stride, **slots(count)}


def _depthwise_fields(layout: Layout, operator: DepthwiseConvolution) -> dict[str, int]:
    source = layout.job.region(operator.inputs[0])
    sides = {"rows": source.height, "columns": source.width}
    window = window_fields(layout.job, operator)
    return {"kind": Kind.DEPTHWISE, **sides, **weight_fields(layout, operator), **window}


def _pointwise_fields(layout: Layout, operator: PointwiseConvolution) -> dict[str, int]:
    region = layout.job.region(operator.name)
    return {"rows": region.height, "columns": region.width, **pointwise_fields(layout, operator)}


@dataclass(frozen=True, kw_only=True)
class PatchStep:
    """The step of an operator of the patch stage.

    Parameters
    ----------
    fields
        (layout, operator) -> fields that depend on the operator, where it is the first of its group.
    planes
        Whether the step writes the map block by block of channels, and not pixel by pixel.
    fused_planes
        The same, where a second operator is fused with it.
    """

    fields: Callable[[Layout, Any], dict[str, int]]
    planes: bool
    fused_planes: bool


PATCH_STEPS: Table[type[Operator], PatchStep] = Table(
    "steps of the patch stage",
    {
        DenseConvolution: PatchStep(fields=_convolution_fields, planes=False, fused_planes=False),
        DepthwiseConvolution: PatchStep(fields=_depthwise_fields, planes=True, fused_planes=True),
        PointwiseConvolution: PatchStep(fields=_pointwise_fields, planes=False, fused_planes=True),
    },
)
"""Class of an operator of the patch stage -> its step."""
