"""The first pass: it refuses what the accelerator cannot run, and names the layer and the limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from math import prod
from typing import Any

from siammixer.arch.instruction import FIELDS, TAP_GROUPS
from siammixer.compiler.job import Job
from siammixer.compiler.packing import groups
from siammixer.compiler.writes import blocks
from siammixer.ir.errors import InputError
from siammixer.ir.operators import (
    CentrePointwise,
    Correlation,
    DenseConvolution,
    DepthwiseConvolution,
    DepthwiseCorrelation,
    MapReadout,
    Operator,
    PointwiseConvolution,
    RequantisedOperator,
    ResidualAdd,
    TemplateCut,
    TokenMixing,
)
from siammixer.ir.regions import Region
from siammixer.ir.table import Table


class Stage(Enum):
    """The places of an operator in a branch."""

    PIXELS = "the first operator, which reads the pixels"
    PATCH = "any later operator of the patch stage"
    DEEP = "an operator behind the patch stage"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The places where an operator can stand, and its demands on the accelerator.

    Parameters
    ----------
    check
        (job, operator) -> raises :class:`InputError` where the accelerator cannot run the operator.
    stages
        The places where it can stand.
    elsewhere
        The refusal of any other place.
    """

    check: Callable[[Job, Any], None]
    stages: frozenset[Stage] = frozenset({Stage.DEEP})
    elsewhere: str = "it must lie behind the patch stage"


def legalise(job: Job) -> None:
    """Checks the order of the operators, and each operator against the accelerator.

    Raises
    ------
    InputError
        An operator cannot run; the message names the layer and the limit.
    """
    _check_order(job)
    for operator in job.operators:
        LIMITS[type(operator)].check(job, operator)


def _check_order(job: Job) -> None:
    """Checks that a convolution of the pixels comes first, and that no operator stands where it cannot."""
    network, stage = job.network.name, job.patch_operators
    if not stage or Stage.PIXELS not in LIMITS[type(stage[0])].stages:
        raise InputError(f"network {network}: the first patch layer must be the convolution of the pixels")
    for operator in job.operators[1:]:
        limits = LIMITS[type(operator)]
        if (Stage.PATCH if operator.patch else Stage.DEEP) not in limits.stages:
            raise InputError(f"network {network}, layer {operator.name}: {limits.elsewhere}")


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
    kernel, stride = operator.kernel, getattr(operator, "stride", 1)
    if kernel not in TAP_GROUPS or stride not in (1, 2):
        raise job.refusal(
            f"layer {operator.name} has kernel {kernel}, stride {stride}; windows are 3 x 3 or 5 x 5 of "
            "stride 1 or 2"
        )
    _line_fits(job, operator, kernel, width)


def _line_fits(job: Job, operator: Operator, kernel: int, width: int) -> None:
    """Checks that the line buffers of a window hold a map of ``width`` columns."""
    what = f"columns in the line buffers of a {kernel} x {kernel} window"
    job.refuse(operator.name, what, width, job.accelerator.line_width)
    if kernel == 5:
        job.refuse(operator.name, what, width, job.accelerator.line_width_5)


def _response_fits(job: Job, operator: Operator) -> None:
    job.refuse(operator.name, "response cells", prod(operator.out_shape), job.accelerator.response_words)


def _depthwise_fits(job: Job, operator: DepthwiseConvolution) -> None:
    whole = Region(0, 0, *operator.in_shape[:2])
    source = job.region(operator.inputs[0]) if operator.patch else whole
    _window_fits(job, operator, source.width)
    _outputs_fit(job, operator)


def _template_fits(job: Job, operator: TemplateCut) -> None:
    _window_fits(job, operator, operator.kernel)


def _correlation_fits(job: Job, operator: Correlation) -> None:
    _window_fits(job, operator, operator.in_shape[1])
    _response_fits(job, operator)


def _depthwise_correlation_fits(job: Job, operator: DepthwiseCorrelation) -> None:
    _window_fits(job, operator, operator.in_shape[1])
    _outputs_fit(job, operator)


def _readout_fits(job: Job, operator: MapReadout) -> None:
    _response_fits(job, operator)
    _line_fits(job, operator, 3, operator.in_shape[1] + 2)


_PATCHED = frozenset({Stage.PATCH, Stage.DEEP})

LIMITS: Table[type[Operator], Limits] = Table(
    "limits of the accelerator",
    {
        DenseConvolution: Limits(
            check=_convolution_fits,
            stages=frozenset({Stage.PIXELS}),
            elsewhere="only the first layer can be a dense convolution",
        ),
        DepthwiseConvolution: Limits(check=_depthwise_fits, stages=_PATCHED),
        PointwiseConvolution: Limits(check=_outputs_fit, stages=_PATCHED),
        TokenMixing: Limits(check=_outputs_fit),
        ResidualAdd: Limits(
            check=lambda job, operator: None,  # it always fits
            elsewhere="a patch layer cannot have a residual",
        ),
        TemplateCut: Limits(check=_template_fits),
        Correlation: Limits(check=_correlation_fits),
        DepthwiseCorrelation: Limits(check=_depthwise_correlation_fits),
        CentrePointwise: Limits(check=_outputs_fit),
        MapReadout: Limits(check=_readout_fits),
    },
)
"""Operator class -> where one such operator can stand, and the check of it."""
