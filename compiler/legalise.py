"""The first pass: it refuses what the accelerator cannot run, and names the layer and the limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from siammixer.arch.instruction import FIELDS, TAP_GROUPS
from siammixer.compiler.job import Job
from siammixer.compiler.packing import groups
from siammixer.compiler.writes import blocks
from siammixer.ir.errors import InputError
from siammixer.ir.operators import (
    Correlation,
    DenseConvolution,
    DepthwiseConvolution,
    DepthwiseCorrelation,
    Operator,
    PointwiseConvolution,
    RequantisedOperator,
    ResidualAdd,
    TemplateCut,
    TokenMixing,
)
from siammixer.ir.regions import Region


def legalise(job: Job) -> None:
    """Checks the order of the operators, and each operator against the accelerator.

    Raises
    ------
    InputError
        An operator cannot run; the message names the layer and the limit.
    """
    _check_order(job)
    for operator in job.operators:
        LIMITS[type(operator)](job, operator)


def _check_order(job: Job) -> None:
    """Checks that the only dense convolution reads the pixels and that patch layers have no residuals."""
    network, stage = job.network.name, job.patch_operators
    if not stage or not isinstance(stage[0], DenseConvolution):
        raise InputError(f"network {network}: the first patch layer must be the convolution of the pixels")
    for operator in job.operators:
        if isinstance(operator, DenseConvolution) and operator is not stage[0]:
            raise InputError(
                f"network {network}, layer {operator.name}: only the first layer can be a dense convolution"
            )
    for operator in stage:
        if isinstance(operator, ResidualAdd):
            raise InputError(
                f"network {network}, layer {operator.name}: a patch layer cannot have a residual"
            )


def _outputs_fit(job: Job, operator: RequantisedOperator) -> None:
    """Checks that a lane has constants for all outputs and a step has slots for all inputs."""
    accelerator = job.accelerator
    count, most = blocks(operator.outputs, job.lanes), (1 << FIELDS["blocks"]) - 1
    job.refuse(operator.name, f"blocks of {job.lanes} outputs", count, min(most, accelerator.constants))
    slots = groups(accelerator, operator)
    job.refuse(operator.name, f"groups of {accelerator.group} inputs", slots, (1 << FIELDS["macs"]) - 2)


def _convolution_fits(job: Job, operator: DenseConvolution) -> None:
    if operator.kernel != 3 or operator.stride not in (1, 2):
        raise job.refusal(
            f"layer {operator.name} has kernel {operator.kernel}, stride {operator.stride}; the convolution "
            "of the pixels is 3 x 3 of stride 1 or 2"
        )
    width = job.region(operator.inputs[0]).width
    job.refuse(operator.name, "columns in the pixel line buffers", width, job.accelerator.pixel_width)
    _outputs_fit(job, operator)


def _window_fits(job: Job, operator: Any, width: int) -> None:
    """Checks that the operator's window can slide over a map of ``width`` columns."""
    kernel, stride, accelerator = operator.kernel, getattr(operator, "stride", 1), job.accelerator
    if kernel not in TAP_GROUPS or stride not in (1, 2):
        raise job.refusal(
            f"layer {operator.name} has kernel {kernel}, stride {stride}; windows are 3 x 3 or 5 x 5 of "
            "stride 1 or 2"
        )
    what = f"columns in the line buffers of a {kernel} x {kernel} window"
    job.refuse(operator.name, what, width, accelerator.line_width)
    if kernel == 5:
        job.refuse(operator.name, what, width, accelerator.line_width_5)


def _depthwise_fits(job: Job, operator: DepthwiseConvolution) -> None:
    whole = Region(0, 0, *operator.in_shape[:2])
    source = job.region(operator.inputs[0]) if operator.patch else whole
    _window_fits(job, operator, source.width)
    _outputs_fit(job, operator)


def _template_fits(job: Job, operator: TemplateCut) -> None:
    _window_fits(job, operator, operator.kernel)


def _correlation_fits(job: Job, operator: Correlation) -> None:
    _window_fits(job, operator, operator.in_shape[1])
    rows, columns, _ = operator.out_shape
    job.refuse(operator.name, "response cells", rows * columns, job.accelerator.response_words)


def _depthwise_correlation_fits(job: Job, operator: DepthwiseCorrelation) -> None:
    _window_fits(job, operator, operator.in_shape[1])
    _outputs_fit(job, operator)


LIMITS: dict[type[Operator], Callable[[Job, Any], None]] = {
    DenseConvolution: _convolution_fits,
    DepthwiseConvolution: _depthwise_fits,
    PointwiseConvolution: _outputs_fit,
    TokenMixing: _outputs_fit,
    ResidualAdd: lambda job, operator: None,
    TemplateCut: _template_fits,
    Correlation: _correlation_fits,
    DepthwiseCorrelation: _depthwise_correlation_fits,
}
"""Operator class -> check of one such operator. An addition always fits."""
