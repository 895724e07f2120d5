"""Steps of the head: the similarity of embedding and template, and the read-out of the response."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from siammixer.arch.instruction import Kind
from siammixer.compiler.allocate import MapLeft
from siammixer.compiler.fuse import Group
from siammixer.compiler.job import Job
from siammixer.compiler.program import Step
from siammixer.compiler.select.step import (
    Layout,
    Place,
    Selection,
    cells_before_centre,
    make_step,
    map_fields,
    map_pattern,
    pointwise_fields,
    slots,
    weight_fields,
    window_fields,
)
from siammixer.compiler.weight_layout import TEMPLATE_BASE
from siammixer.ir.operators import (
    CentrePointwise,
    DepthwiseCorrelation,
    MapReadout,
    Operator,
    PointwiseConvolution,
    ResidualAdd,
)


def correlation_step(layout: Layout, operator: DepthwiseCorrelation, read: int, write: int) -> Step:
    """A depthwise step whose weights are the template, from the map at ``read`` to one at ``write``."""
    job = layout.job
    height, width, _ = operator.in_shape
    fields = weight_fields(layout, operator) | {"kind": Kind.DEPTHWISE, "rows": height, "columns": width}
    fields |= {"weight_base": TEMPLATE_BASE} | window_fields(job, operator)
    fields |= map_fields(job, operator.in_shape, "read", read)
    fields |= map_fields(job, operator.out_shape, "write", write)
    pattern = map_pattern(job, operator.out_shape, write, planes=True)
    return make_step(job, operator.name, (operator,), pattern, fields, tensor=operator.name)


def pointwise_step(layout: Layout, operator: PointwiseConvolution, read: int, write: int) -> Step:
    """A pointwise step from the map at ``read`` to one at ``write``.

    It begins at the last pixel where it widens the map, so that the result may lie a pixel further up.
    """
    job = layout.job
    height, width, channels = operator.in_shape
    in_words, out_words = job.words(channels), job.words(operator.out_shape[2])
    reverse = out_words > in_words
    fields = {"rows": height, "columns": width, **pointwise_fields(layout, operator)}
    for prefix, start, words in (("read", read, in_words), ("write", write, out_words)):
        sign = -1 if reverse else 1
        start += (height * width - 1) * words if reverse else 0
        fields |= {
            f"{prefix}_base": start,
            f"{prefix}_pixel": sign * words,
            f"{prefix}_row": sign * words * width,
        }
    pattern = map_pattern(job, operator.out_shape, write, reverse=reverse)
    return make_step(job, operator.name, (operator,), pattern, fields, tensor=operator.name)


def select_similarity(layout: Layout, group: Group, place: Place, following: Group | None) -> Selection:
    """Three steps: the correlation and its pointwise layer behind the embedding, then the pointwise layer of
    the embedding's centre, which adds the two and overwrites the embedding.

    Raises
    ------
    InputError
        The sum is wider than the embedding, or there are too few words behind the embedding.
    """
    job, (similar, there, here, residual) = layout.job, group
    assert isinstance(similar, DepthwiseCorrelation) and isinstance(there, PointwiseConvolution)
    assert isinstance(here, CentrePointwise) and isinstance(residual, ResidualAdd)
    words, out_words = job.words(here.in_shape[2]), job.words(here.out_shape[2])
    if out_words > words:
        raise job.refusal(
            f"layer {residual.name}: its result has {out_words} words a pixel; it overwrites the embedding, "
            f"which has {words}"
        )
    height, width, _ = there.out_shape
    # The pointwise layer narrows the map or keeps its width: it writes one pixel further down.
    sum_base = place.base + prod(here.in_shape[:2]) * words
    correlation_base = sum_base + out_words
    used = correlation_base + height * width * words
    job.refuse_words(residual.name, "words of feature-map memory", used)
    fields = {"rows": height, "columns": width, **pointwise_fields(layout, here, residual=True)}
    fields |= map_fields(job, here.in_shape, "read", place.base)
    fields["read_base"] += cells_before_centre(here) * words
    fields |= map_fields(job, here.out_shape, "write", place.base)
    fields |= {"residual_base": sum_base, "residual_pixel": out_words}
    joined = make_step(
        job,
        residual.name,
        (here,),
        map_pattern(job, here.out_shape, place.base),
        fields,
        tensor=residual.name,
        branch=here.name,
        residual=residual,
    )
    steps = (
        correlation_step(layout, similar, place.base, correlation_base),
        pointwise_step(layout, there, correlation_base, sum_base),
        joined,
    )
    return Selection(steps=steps, used=used)


def select_readout(layout: Layout, group: Group, place: Place, following: Group | None) -> Selection:
    """One correlation step for each channel, with a 3 x 3 window of which only the middle counts.

    The weight is one in the channel's lane, so the step copies the channel into the response. The window also
    reads a pixel beyond each edge of the map, with weights of zero. Channels follow each other as planes.
    """
    job, (operator,) = layout.job, group
    assert isinstance(operator, MapReadout)
    height, width, channels = operator.out_shape
    fields = {"kind": Kind.CORRELATE, "blocks": 1, "rows": height + 2, "columns": width + 2, **slots(1)}
    fields |= map_fields(job, operator.in_shape, "read", place.base - _beyond(job, operator))
    fields |= {"constant_base": layout.weights.constant[operator.name]}
    fields |= {"write_pixel": 1, "write_row": width}
    steps = []
    for channel in range(channels):
        word, lane = divmod(channel, job.lanes)
        own = {
            "read_base": fields["read_base"] + word,
            "weight_base": layout.weights.weight[operator.name] + lane,
            "write_base": channel * height * width,
        }
        steps.append(make_step(job, operator.name, (operator,), None, fields | own))
    return Selection(steps=tuple(steps))


def _beyond(job: Job, operator: Operator) -> int:
    """Words of a row and a pixel of the operator's input."""
    return (operator.in_shape[1] + 1) * job.words(operator.in_shape[2])


def readout_leaves(job: Job, group: Group) -> MapLeft:
    """The map stays, with a row and a pixel before and behind it that can be read."""
    height, width, channels = group[0].in_shape
    left = MapLeft(displacement=0, words=height * width * job.words(channels))
    return replace(left, margin=_beyond(job, group[0]))
