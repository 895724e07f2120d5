"""Steps of the deep stage, of the similarity and of the head, group by group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import zip_longest

from siammixer.arch.instruction import Kind
from siammixer.compiler.allocate import MapLeft
from siammixer.compiler.fuse import Group
from siammixer.compiler.job import Job
from siammixer.compiler.program import Step
from siammixer.compiler.select.head import (
    correlation_step,
    pointwise_step,
    readout_leaves,
    select_readout,
    select_similarity,
)
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
    cells_before_centre,
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
    CentrePointwise,
    Correlation,
    DepthwiseConvolution,
    DepthwiseCorrelation,
    MapReadout,
    Operator,
    PointwiseConvolution,
    ResidualAdd,
    TemplateCut,
    TokenMixing,
)
from siammixer.ir.table import Table


def maps_left(job: Job, deep_groups: tuple[Group, ...]) -> tuple[MapLeft | None, ...]:
    """The map that each group leaves; None where it writes no map.

    Raises
    ------
    InputError
        The accelerator has no steps for a group; the message names the layer.
    """
    return tuple(_selector(job, group).leaves(job, group) for group in deep_groups)


def reads_columns(job: Job, group: Group) -> bool:
    """Whether a group reads the map before it transposed; :class:`InputError` where it has no steps."""
    return _selector(job, group).reads_columns


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
        selector = _selector(layout.job, group)
        chosen = selector.select(layout, group, place, following)
        steps += chosen.steps
        left, used = selector.leaves(layout.job, group), max(used, chosen.used)
        place = Place(base=place.base + (left.displacement if left else 0), columns=chosen.columns)
    return tuple(steps), used


def _selector(job: Job, group: Group) -> Selector:
    """The table's entry for a group; :class:`InputError` where there is none."""
    try:
        return SELECT[tuple(map(type, group))]
    except NotImplementedError:
        kinds = " + ".join(operator.kind for operator in group)
        raise job.refusal(f"layer {group[-1].name}: it has no steps for {kinds}") from None


def _in_place(job: Job, group: Group) -> MapLeft:
    """The map of a group that overwrites the map before it, from the same word on."""
    height, width, channels = group[-1].out_shape
    return MapLeft(displacement=0, words=height * width * job.words(channels))


def _a_pixel_away(job: Job, group: Group) -> MapLeft:
    """The map of a group that writes one pixel further up where it widens the map, otherwise one further
    down.
    """
    before, left = job.words(group[0].in_shape[2]), _in_place(job, group)
    words = job.words(group[-1].out_shape[2])
    return replace(left, displacement=before if words > before else -words)


def _below(job: Job, group: Group) -> MapLeft:
    """The map of a group that writes below the map before it."""
    left = _in_place(job, group)
    return replace(left, displacement=-left.words)


def _no_map(job: Job, group: Group) -> None:
    """Nothing: the group writes into another memory, and the map before it stays."""


def _depthwise(layout: Layout, group: Group, place: Place, following: Group | None) -> Selection:
    """A depthwise step. It writes in place, or transposed behind the map where a token MLP reads the
    result.
    """
    job, last = layout.job, group[-1]
    operator, residual = group if len(group) == 2 else (*group, None)
    assert isinstance(operator, DepthwiseConvolution) and isinstance(residual, ResidualAdd | None)
    height, width, channels = operator.in_shape
    columns = None
    if following and reads_columns(job, following):
        columns = columns_behind(job, operator.in_shape, place.base, following)
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
    branch = operator.name if residual else None
    step = make_step(
        job, last.name, (operator,), pattern, fields, tensor=last.name, branch=branch, residual=residual
    )
    return Selection(steps=(step,), columns=columns)


def _pointwise(layout: Layout, group: Group, place: Place, following: Group | None) -> Selection:
    """A pointwise step. It writes one pixel further up or down, so that it overwrites no input before reading
    it.
    """
    operator = group[0]
    assert isinstance(operator, PointwiseConvolution)
    write = place.base + _a_pixel_away(layout.job, group).displacement
    return Selection(steps=(pointwise_step(layout, operator, place.base, write),))


def _fused(layout: Layout, group: Group, place: Place, following: Group | None) -> Selection:
    """A pointwise step with the depthwise layer behind it. It reads the map again for every block of outputs,
    so it overwrites none of it.
    """
    job, (first, last) = layout.job, group
    assert isinstance(first, PointwiseConvolution) and isinstance(last, DepthwiseConvolution)
    height, width, _ = first.in_shape
    write = place.base + _below(job, group).displacement
    fields = {"rows": height, "columns": width, **pointwise_fields(layout, first)}
    fields |= {"fused": 1, "fused_stride_2": int(last.stride == 2)}
    fields |= map_fields(job, first.in_shape, "read", place.base)
    fields |= map_fields(job, last.out_shape, "write", write)
    pattern = map_pattern(job, last.out_shape, write, planes=True)
    name = f"{first.name}+{last.name}"
    return Selection(steps=(make_step(job, name, (first, last), pattern, fields, tensor=last.name),))


def _template(layout: Layout, group: Group, place: Place, following: Group | None) -> Selection:
    """A step that writes the centre of the embedding into the weight memories."""
    job, operator = layout.job, group[0]
    assert isinstance(operator, TemplateCut)
    side, words = operator.kernel, job.words(operator.in_shape[2])
    fields = _embedding_windows(layout, operator, place) | {"rows": side, "columns": side}
    fields |= {"kind": Kind.STORE_TEMPLATE}
    fields["read_base"] += cells_before_centre(operator) * words
    return Selection(steps=(make_step(job, operator.name, (operator,), None, fields),))


def _correlation(layout: Layout, group: Group, place: Place, following: Group | None) -> Selection:
    """A correlation step. The response has a memory of its own, so the embedding stays."""
    job, operator = layout.job, group[0]
    assert isinstance(operator, Correlation)
    height, width, _ = operator.in_shape
    fields = _embedding_windows(layout, operator, place) | {"rows": height, "columns": width}
    fields |= {"kind": Kind.CORRELATE, "constant_base": layout.weights.constant[operator.name]}
    fields |= {"write_pixel": 1, "write_row": operator.out_shape[1]}
    return Selection(steps=(make_step(job, operator.name, (operator,), None, fields),))


def _depthwise_correlation(layout: Layout, group: Group, place: Place, following: Group | None) -> Selection:
    """A depthwise step whose weights are the template. It overwrites the embedding."""
    operator = group[0]
    assert isinstance(operator, DepthwiseCorrelation)
    return Selection(steps=(correlation_step(layout, operator, place.base, place.base),))


def _embedding_windows(layout: Layout, operator: TemplateCut | Correlation, place: Place) -> dict[str, int]:
    """Fields of a window step that reads the embedding and has the template's words as its weights."""
    job = layout.job
    fields = {"blocks": job.words(operator.in_shape[2]), "weight_base": TEMPLATE_BASE}
    fields |= map_fields(job, operator.in_shape, "read", place.base) | window_fields(job, operator)
    return fields


@dataclass(frozen=True, kw_only=True)
class Selector:
    """The way in which a group becomes steps.

    Parameters
    ----------
    select
        (layout, group, place of the map before it, group behind it) -> its steps.
    leaves
        (job, group) -> the map that it leaves; None where it writes no map.
    reads_columns
        Whether it reads the map transposed, where the group before it has written it so.
    """

    select: Callable[[Layout, Group, Place, Group | None], Selection]
    leaves: Callable[[Job, Group], MapLeft | None]
    reads_columns: bool = False


SELECT: Table[tuple[type[Operator], ...], Selector] = Table(
    "steps of the deep stage",
    {
        (DepthwiseConvolution,): Selector(select=_depthwise, leaves=_in_place),
        (DepthwiseConvolution, ResidualAdd): Selector(select=_depthwise, leaves=_in_place),
        (PointwiseConvolution,): Selector(select=_pointwise, leaves=_a_pixel_away),
        (PointwiseConvolution, DepthwiseConvolution): Selector(select=_fused, leaves=_below),
        (PointwiseConvolution, PointwiseConvolution, ResidualAdd): Selector(
            select=select_channel_mlp, leaves=_in_place
        ),
        (TokenMixing, TokenMixing, ResidualAdd): Selector(
            select=select_token_mlp, leaves=_in_place, reads_columns=True
        ),
        (TemplateCut,): Selector(select=_template, leaves=_no_map),
        (Correlation,): Selector(select=_correlation, leaves=_no_map),
        (DepthwiseCorrelation,): Selector(select=_depthwise_correlation, leaves=_in_place),
        (DepthwiseCorrelation, PointwiseConvolution, CentrePointwise, ResidualAdd): Selector(
            select=select_similarity, leaves=_in_place
        ),
        (MapReadout,): Selector(select=select_readout, leaves=readout_leaves),
    },
)
"""Classes of a group's operators -> the selection of its steps."""
