"""Steps of the channel MLP and of the token MLP, in blocks as large as the memory allows."""

from __future__ import annotations

from dataclasses import dataclass

from siammixer.arch.instruction import FIELDS, Kind
from siammixer.compiler.fuse import Group
from siammixer.compiler.job import Job
from siammixer.compiler.program import Step
from siammixer.compiler.select.step import Layout, Place, Selection, make_step, pointwise_fields
from siammixer.compiler.writes import ColumnPattern, MapPattern, TokenPattern
from siammixer.ir.operator import Shape
from siammixer.ir.operators import PointwiseConvolution, ResidualAdd, TokenMixing
from siammixer.ir.regions import Region

MOST_COLUMNS = (1 << FIELDS["columns"]) - 1
"""Most pixels that one row of a step can have."""


def select_channel_mlp(layout: Layout, group: Group, place: Place, following: Group | None) -> Selection:
    """The steps of a channel MLP, two for each block of tokens.

    The first makes the hidden block behind the map. The second makes the branch, adds the residual and writes
    the sum over the map.
    """
    hidden, branch, residual = group
    assert isinstance(hidden, PointwiseConvolution) and isinstance(branch, PointwiseConvolution)
    assert isinstance(residual, ResidualAdd)
    job, tokens = layout.job, hidden.in_shape[0] * hidden.in_shape[1]
    words, hidden_words = job.words(hidden.in_shape[2]), job.words(hidden.out_shape[2])
    scratch = place.base + tokens * words
    job.refuse_words(hidden.name, "words of feature-map memory", scratch + hidden_words)
    room = (job.map_words - scratch) // hidden_words
    count = -(-tokens // min(room, MOST_COLUMNS))
    size = -(-tokens // count)
    steps: list[Step] = []
    for start in range(0, tokens, size):
        some, at = min(size, tokens - start), place.base + start * words
        loops = {"rows": 1, "columns": some}
        fields = loops | pointwise_fields(layout, hidden)
        fields |= {"read_base": at, "read_pixel": words, "write_base": scratch, "write_pixel": hidden_words}
        pattern = _line_pattern(job, hidden.out_shape, start, some, scratch)
        steps.append(make_step(job, hidden.name, (hidden,), pattern, fields, tensor=hidden.name))
        fields = loops | pointwise_fields(layout, branch, residual=True)
        fields |= {"read_base": scratch, "read_pixel": hidden_words, "write_base": at, "write_pixel": words}
        fields |= {"residual_base": at, "residual_pixel": words}
        pattern = _line_pattern(job, branch.out_shape, start, some, at)
        steps.append(
            make_step(
                job,
                residual.name,
                (branch,),
                pattern,
                fields,
                tensor=residual.name,
                branch=branch.name,
                residual=residual,
            )
        )
    return Selection(steps=tuple(steps), used=scratch + size * hidden_words)


def _line_pattern(job: Job, shape: Shape, start: int, count: int, base: int) -> MapPattern:
    """Words of the tokens ``start`` to ``start + count`` of a map, counted row by row."""
    height, width, channels = shape
    return MapPattern(
        shape=(1, height * width, channels),
        regions=(Region(0, start, 1, count),),
        base=base,
        row=0,
        pixel=job.words(channels),
        planes=False,
    )


def columns_behind(job: Job, shape: Shape, base: int, following: Group) -> int | None:
    """First word of the transposed result of a step that reads a map of ``shape`` at ``base``.

    The token MLP ``following`` reads that result, which lies behind the map. None where there is no room.
    """
    height, width, channels = shape
    columns = base + height * width * job.words(channels)
    hidden = following[0]
    assert isinstance(hidden, TokenMixing)
    _, size = _hidden_place(job, hidden, base, columns)
    return columns if size else None


def columns_fields(job: Job, shape: Shape, base: int) -> dict[str, int]:
    """Fields of a step that writes its results transposed from word ``base`` on: a word holds tokens of a
    channel.
    """
    tokens, lanes = shape[0] * shape[1], job.lanes
    token_words = job.words(tokens)
    return {
        "write_base": base,
        "write_pixel": token_words,
        "write_row": lanes * token_words,
        "transposed": 1,
        "groups": token_words,
        "pad": token_words * lanes - tokens,
        "tail": lanes,
    }


def _hidden_place(job: Job, hidden: TokenMixing, base: int, columns: int) -> tuple[int, int]:
    """First word of the hidden map, and the number of channel blocks that have room there.

    The transposed map lies whole at ``columns``, and the sum will lie at ``base``. The hidden map lies
    between the two or behind both, where there is more room. No block has room where the transposed map
    itself reaches past the end of the memory.
    """
    words, lanes = job.words(hidden.in_shape[2]), job.lanes
    sum_end, columns_end = base + hidden.reduction * words, _columns_end(job, hidden, columns, words)
    if columns_end > job.map_words:
        return columns_end, 0
    gaps = ((sum_end, columns), (columns_end, job.map_words))
    start, end = max(gaps, key=lambda gap: gap[1] - gap[0])
    room = (end - start) // (lanes * job.words(hidden.outputs))
    return start, max(0, min(words, room, MOST_COLUMNS // lanes))


def _columns_end(job: Job, hidden: TokenMixing, columns: int, count: int) -> int:
    """The end of ``count`` channel blocks of the transposed map at ``columns``."""
    return columns + count * job.lanes * job.words(hidden.reduction)


@dataclass(frozen=True, kw_only=True)
class _TokenPlan:
    """Places and block size of a token MLP.

    Parameters
    ----------
    columns
        First word of the transposed map, or of the part of it that is held at a time.
    hidden_base
        First word of the hidden map.
    size
        Channel blocks that run at a time.
    transposing
        Whether steps of the MLP transpose the map first.
    used
        The end of the words that the transposed and the hidden map occupy.
    """

    columns: int
    hidden_base: int
    size: int
    transposing: bool
    used: int


def select_token_mlp(layout: Layout, group: Group, place: Place, following: Group | None) -> Selection:
    """The steps of a token MLP: two pointwise steps for each block of channels.

    They run over tokens, with a channel in place of a pixel. The second step writes its results back as a
    map. Where the group before has not written its result transposed, a third step transposes each block
    first.
    """
    job, (hidden, branch, residual) = layout.job, group
    assert isinstance(hidden, TokenMixing) and isinstance(branch, TokenMixing)
    assert isinstance(residual, ResidualAdd)
    plan, lanes = _plan_tokens(job, hidden, place), job.lanes
    words, token_words = job.words(hidden.in_shape[2]), job.words(hidden.reduction)
    steps: list[Step] = []
    for first in range(0, words, plan.size):
        some = (first, min(first + plan.size, words))
        columns = plan.columns
        if plan.transposing:
            steps.append(_transpose(job, residual, hidden.in_shape, some, place.base, columns))
        else:
            columns += first * lanes * token_words
        steps += _token_steps(layout, (hidden, branch, residual), some, place.base, columns, plan.hidden_base)
    return Selection(steps=tuple(steps), used=plan.used)


def _plan_tokens(job: Job, hidden: TokenMixing, place: Place) -> _TokenPlan:
    lanes, words = job.lanes, job.words(hidden.in_shape[2])
    token_words, hidden_words = job.words(hidden.reduction), job.words(hidden.outputs)
    transposing = place.columns is None
    if place.columns is not None:
        columns = place.columns
        hidden_base, size = _hidden_place(job, hidden, place.base, columns)
        columns_end = _columns_end(job, hidden, columns, words)
    else:
        columns = place.base + hidden.reduction * words
        each = lanes * (token_words + hidden_words)
        job.refuse_words(hidden.name, "words of feature-map memory", columns + each)
        size = min(words, (job.map_words - columns) // each, MOST_COLUMNS // lanes)
        hidden_base = columns_end = _columns_end(job, hidden, columns, size)
    return _TokenPlan(
        columns=columns,
        hidden_base=hidden_base,
        size=size,
        transposing=transposing,
        used=max(columns_end, hidden_base + size * lanes * hidden_words),
    )


def _transpose(
    job: Job, residual: ResidualAdd, shape: Shape, some: tuple[int, int], base: int, columns: int
) -> Step:
    """The step that writes the channel blocks ``some`` transposed from word ``columns`` on."""
    words, source = job.words(shape[2]), residual.inputs[0]
    pattern = TokenPattern(
        tokens=shape[0] * shape[1], channels=shape[2], channel_blocks=some, base=columns, blocks_first=True
    )
    fields = {
        "kind": Kind.TRANSPOSE,
        "rows": shape[0],
        "columns": shape[1],
        "blocks": some[1] - some[0],
        "slots": 1,
        "read_base": base + some[0],
        "read_pixel": words,
        "read_row": words * shape[1],
    }
    fields |= columns_fields(job, shape, columns)
    return make_step(job, f"{residual.name}.columns", (), pattern, fields, tensor=source)


def _token_steps(
    layout: Layout,
    group: tuple[TokenMixing, TokenMixing, ResidualAdd],
    some: tuple[int, int],
    base: int,
    columns: int,
    hidden_base: int,
) -> tuple[Step, Step]:
    """The two steps of the channel blocks ``some``: they read the transposed map at ``columns`` and write the
    map at ``base``.
    """
    job, (hidden, branch, residual) = layout.job, group
    height, width, channels = branch.out_shape
    tokens, lanes, words = height * width, job.lanes, job.words(channels)
    token_words, hidden_words = job.words(tokens), job.words(hidden.outputs)
    count = some[1] - some[0]
    # Padding channels are left out, and filled in as zeros when the result is transposed back: biases would
    # show in them.
    there = min(count * lanes, channels - some[0] * lanes)
    loops = {"rows": 1, "columns": there}
    into_pattern = TokenPattern(
        tokens=hidden.outputs, channels=channels, channel_blocks=some, base=hidden_base, blocks_first=False
    )
    fields = loops | pointwise_fields(layout, hidden)
    fields |= {"read_base": columns, "read_pixel": token_words}
    fields |= {"write_base": hidden_base, "write_pixel": hidden_words}
    into = make_step(job, hidden.name, (hidden,), into_pattern, fields, tensor=hidden.name)
    fields = loops | pointwise_fields(layout, branch, residual=True)
    fields |= {"read_base": hidden_base, "read_pixel": hidden_words}
    fields |= {"residual_base": columns, "residual_pixel": token_words}
    fields |= {"write_base": base + some[0], "write_pixel": words, "write_row": lanes * words}
    fields |= {"transposed": 1, "groups": count, "pad": count * lanes - there}
    fields |= {"tail": tokens - (token_words - 1) * lanes}
    back = make_step(
        job,
        residual.name,
        (branch,),
        ColumnPattern(shape=branch.out_shape, channel_blocks=some, base=base),
        fields,
        tensor=residual.name,
        branch=branch.name,
        residual=residual,
    )
    return into, back
