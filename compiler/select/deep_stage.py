"""Steps of the deep stage, of the similarity and of the head, group by group."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest

from siammixer.arch.instruction import Kind
from siammixer.compiler.allocate import displacement
from siammixer.compiler.fuse import Group
from siammixer.compiler.program import Step
from siammixer.compiler.select.mixers import (
    columns_behind,
    columns_fields,
    select_channel_mlp,
    select_token_mlp,
)
from siammixer.compiler.select.step import (
    Layout,
    Place,
    Selection,
    make_step,
    map_fields,
    map_pattern,
    pointwise_fields,
    weight_fields,
    window_fields,
)
from siammixer.compiler.weight_layout import TEMPLATE_BASE
from siammixer.compiler.writes import TokenPattern, WritePattern
from siammixer.ir.operators import (
    Correlation,
    DepthwiseConvolution,
    DepthwiseCorrelation,
    Operator,
    PointwiseConvolution,
    ResidualAdd,
    TemplateCut,
    TokenMixing,
)


def select_deep_stage(layout: Layout, deep_groups: tuple[Group, ...]) -> tuple[tuple[Step, ...], int]:
    """The steps of all groups, and the end of the words that they occupy.

    Raises
    ------
    InputError
        The accelerator has no steps for a group, or a group finds no room; the message names the layer.
    """
    steps: list[Step] = []
    place, used = Place(base=layout.maps.base), layout.maps.used
    for group, following in zip_longest(deep_groups, deep_groups[1:]):
        select = SELECT.get(tuple(map(type, group)))
        if select is None:
            kinds = " + ".join(operator.kind for operator in group)
            raise layout.job.refusal(f"layer {group[-1].name}: it has no steps for {kinds}")
        chosen = select(layout, group, place, following)
        steps += chosen.steps
        place, used = chosen.place, max(used, chosen.used)
    return tuple(steps), used


def _depthwise(layout: Layout, group: Group, place: Place, following: Group | None) -> Selection:
    """A depthwise step. It writes in place, or transposed behind the map where a token MLP reads the
    result.
    """
    job, operator, last = layout.job, group[0], group[-1]
    assert isinstance(operator, DepthwiseConvolution)
    height, width, channels = operator.in_shape
    columns = columns_behind(job, operator, following, place.base)
    fields = {"kind": Kind.DEPTHWISE, "rows": height, "columns": width, **weight_fields(layout, operator)}
    fields |= window_fields(job, operator)
    fields |= map_fields(job, operator.in_shape, "read", place.base)
    fields |= map_fields(job, operator.out_shape, "write", place.base)
    pattern: WritePattern = map_pattern(job, operator.out_shape, place.base, planes=True)
    if columns is not None:
        fields |= columns_fields(job, operator.out_shape, columns)
        pattern = TokenPattern(
            tokens=operator.out_shape[0] * operator.out_shape[1],
            channels=channels,
            channel_blocks=(0, job.words(channels)),
            base=columns,
            blocks_first=True,
        )
    residual = last if isinstance(last, ResidualAdd) else None
    branch = operator.name if residual else None
    step = make_step(
        job, last.name, (operator,), pattern, fields, tensor=last.name, branch=branch, residual=residual
    )
    return Selection(steps=(step,), place=Place(base=place.base, columns=columns))


def _pointwise(layout: Layout, group: Group, place: Place, following: Group | None) -> Selection:
    """A pointwise step. It writes one pixel further up or down, so that it overwrites no input before reading
    it.
    """
    job, operator = layout.job, group[0]
    assert isinstance(operator, PointwiseConvolution)
    height, width, channels = operator.in_shape
    in_words, out_words = job.words(channels), job.words(operator.out_shape[2])
    base = place.base + displacement(in_words, out_words)
    reverse = out_words > in_words
    fields = {"rows": height, "columns": width, **pointwise_fields(layout, operator)}
    for prefix, start, words in (("read", place.base, in_words), ("write", base, out_words)):
        sign = -1 if reverse else 1
        start += (height * width - 1) * words if reverse else 0
        fields |= {
            f"{prefix}_base": start,
            f"{prefix}_pixel": sign * words,
            f"{prefix}_row": sign * words * width,
        }
    pattern = map_pattern(job, operator.out_shape, base, reverse=reverse)
    step = make_step(job, operator.name, (operator,), pattern, fields, tensor=operator.name)
    return Selection(steps=(step,), place=Place(base=base))


def _template(layout: Layout, group: Group, place: Place, following: Group | None) -> Selection:
    """A step that writes the centre of the embedding into the weight memories."""
    job, operator = layout.job, group[0]
    assert isinstance(operator, TemplateCut)
    side, words = operator.kernel, job.words(operator.in_shape[2])
    top, left = ((have - side) // 2 for have in operator.in_shape[:2])
    fields = _embedding_windows(layout, operator, place) | {"rows": side, "columns": side}
    fields |= {"kind": Kind.STORE_TEMPLATE}
    fields["read_base"] += (top * operator.in_shape[1] + left) * words
    return Selection(steps=(make_step(job, operator.name, (operator,), None, fields),), place=place)


def _correlation(layout: Layout, group: Group, place: Place, following: Group | None) -> Selection:
    """A correlation step. The response has a memory of its own, so the embedding stays."""
    job, operator = layout.job, group[0]
    assert isinstance(operator, Correlation)
    height, width, _ = operator.in_shape
    fields = _embedding_windows(layout, operator, place) | {"rows": height, "columns": width}
    fields |= {"kind": Kind.CORRELATE, "constant_base": layout.weights.constant[operator.name]}
    fields |= {"write_pixel": 1, "write_row": operator.out_shape[1]}
    return Selection(steps=(make_step(job, operator.name, (operator,), None, fields),), place=place)


def _depthwise_correlation(layout: Layout, group: Group, place: Place, following: Group | None) -> Selection:
    """A depthwise step whose weights are the template. It overwrites the embedding."""
    job, operator = layout.job, group[0]
    assert isinstance(operator, DepthwiseCorrelation)
    height, width, _ = operator.in_shape
    fields = weight_fields(layout, operator) | {"kind": Kind.DEPTHWISE, "rows": height, "columns": width}
    fields |= {"weight_base": TEMPLATE_BASE} | window_fields(job, operator)
    fields |= map_fields(job, operator.in_shape, "read", place.base)
    fields |= map_fields(job, operator.out_shape, "write", place.base)
    pattern = map_pattern(job, operator.out_shape, place.base, planes=True)
    step = make_step(job, operator.name, (operator,), pattern, fields, tensor=operator.name)
    return Selection(steps=(step,), place=Place(base=place.base))


def _embedding_windows(layout: Layout, operator: TemplateCut | Correlation, place: Place) -> dict[str, int]:
    """Fields of a window step that reads the embedding and has the template's words as its weights."""
    job = layout.job
    fields = {"blocks": job.words(operator.in_shape[2]), "weight_base": TEMPLATE_BASE}
    fields |= map_fields(job, operator.in_shape, "read", place.base) | window_fields(job, operator)
    return fields


Select = Callable[[Layout, Group, Place, Group | None], Selection]

SELECT: dict[tuple[type[Operator], ...], Select] = {
    (DepthwiseConvolution,): _depthwise,
    (DepthwiseConvolution, ResidualAdd): _depthwise,
    (PointwiseConvolution,): _pointwise,
    (PointwiseConvolution, PointwiseConvolution, ResidualAdd): select_channel_mlp,
    (TokenMixing, TokenMixing, ResidualAdd): select_token_mlp,
    (TemplateCut,): _template,
    (Correlation,): _correlation,
    (DepthwiseCorrelation,): _depthwise_correlation,
}
"""Classes of a group's operators -> function that selects its steps.

The arguments are the layout, the group, the place of the map before it, and the group behind it.
"""
