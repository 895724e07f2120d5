"""Networks that break one limit each. Each must be refused, and the refusal must name the limit."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from siammixer.compiler.analysis.sizing import LARGEST, plans
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.program import BranchProgram
from siammixer.ir import numerics
from siammixer.ir.errors import InputError
from siammixer.ir.layers import (
    ChannelMLP,
    Convolution,
    Depthwise,
    Pointwise,
    TemplateCorrelation,
    TemplateSimilarity,
    TokenMLP,
)
from siammixer.ir.patches import Grid
from siammixer.ir.weights import accumulator_bound
from siammixer.verify.fuzz.broken import Broken
from siammixer.verify.fuzz.case import Case
from siammixer.verify.fuzz.invalid_weights import broken_exponents, broken_weights
from siammixer.verify.fuzz.weights import case_weights

# How a refusal calls what there is too little of. Networks that fit less memory may need more steps.
SIZES = {
    "map_words": "words of (feature-map|program) memory",
    "weight_words": "words of weight memory",
    "program_words": "words of program memory",
    "constants": "blocks of",
    "line_width": "columns in the line buffers of a . x . window",
    "line_width_5": "columns in the line buffers of a 5 x 5 window",
    "pixel_width": "columns in the pixel line buffers",
    "response_words": "response cells",
}


def broken_limits(case: Case) -> Iterator[Broken]:
    """Every way to break one limit of a valid case."""
    yield from _broken_sizes(case)
    yield from _broken_layers(case)
    yield from broken_weights(case)
    yield from broken_exponents(case)


def _plans(case: Case) -> list[BranchProgram]:
    return plans(case.network, case.accelerator, case.grid)


def _broken_sizes(case: Case) -> Iterator[Broken]:
    """Memories that are one smaller than the case needs, as far as an accelerator can be so small."""
    for field, words in SIZES.items():
        sizes = range(1, getattr(case.accelerator, field) + 1)
        least = sizes[bisect_left(sizes, True, key=lambda size, field=field: _fits(case, field, size))]
        short = _sized(case, field, least - 1)
        if short is not None:
            yield Broken(
                limit=field,
                attempt=partial(_plans, short),
                message=f"layer .* needs \\d+ {words}.*, there are \\d+$",
            )
    weights = case_weights(case)
    bits = max(
        numerics.signed_bits(int(accumulator_bound(operator, weights.operators[operator.name]).max()))
        for operator in case.network.weighted()
    )
    narrow = _sized(case, "accumulator_bits", bits - 1)
    if narrow is not None:
        plan = compile_branch(case.network, narrow.accelerator, case.grid)
        message = rf"layer \S+, channel \d+: the accumulator can need {bits} bits"
        yield Broken(limit="accumulator_bits", attempt=partial(plan.weight_memory, weights), message=message)


def _sized(case: Case, field: str, size: int) -> Case | None:
    """The case on an accelerator with another size; None where no accelerator can have that size."""
    try:
        return replace(case, accelerator=replace(case.accelerator, name="sized", **{field: size}))
    except InputError:
        return None


def _fits(case: Case, field: str, size: int) -> bool:
    sized = _sized(case, field, size)
    try:
        return sized is not None and bool(_plans(sized))
    except InputError:
        return False


Refusal = Callable[..., Broken]
"""(limit, message, **changes of the case) -> the attempt to compile the changed case."""


def _broken_layers(case: Case) -> Iterator[Broken]:
    """Layers that no network or no accelerator can have, with any memories.

    The head is left away, because its layers may refuse the changed maps first.
    """
    accelerator = replace(case.accelerator, name="roomy", **LARGEST)
    roomy = replace(case, accelerator=accelerator, head_layers=())

    def broken(limit: str, message: str, **changes) -> Broken:
        return Broken(limit=limit, attempt=lambda: _plans(replace(roomy, **changes)), message=message)

    yield from _broken_kernels(case, broken)
    yield from _broken_residuals(case, broken)
    yield from _broken_template(case, broken)
    yield from _broken_heads(case, broken)
    yield from _broken_counts(case, broken)
    yield from _broken_branches(case, broken)


def _broken_kernels(case: Case, broken: Refusal) -> Iterator[Broken]:
    """Wrong convolutions: the first layer, kernels and strides."""
    patch, mixer = case.patch_layers, case.mixer_layers
    first = patch[0]
    small = {"search_map": case.template_tokens, "template_map": case.template_tokens}
    yield broken("no patch layers", "first patch layer must be the convolution", patch_layers=())
    yield broken(
        "first layer",
        "first patch layer must be the convolution",
        patch_layers=(Pointwise(name="first", channels=3), *patch),
    )
    yield broken(
        "second convolution",
        "layer second: only the first layer can be a dense",
        mixer_layers=(Convolution(name="second", channels=3),),
    )
    yield broken(
        "kernel of the convolution", "kernel 5, stride", patch_layers=(replace(first, kernel=5), *patch[1:])
    )
    yield broken(
        "stride",
        "layer wide has kernel 3, stride 3;",
        mixer_layers=(*mixer, Depthwise(name="wide", stride=3)),
        **small,
    )
    yield broken(
        "kernel",
        r"layer wide has kernel 7, stride 1;",
        mixer_layers=(*mixer, Depthwise(name="wide", kernel=7)),
        **small,
    )


def _broken_residuals(case: Case, broken: Refusal) -> Iterator[Broken]:
    """Residuals and token mixing in the wrong place, and wrong names."""
    patch, mixer = case.patch_layers, case.mixer_layers
    last = (patch + mixer)[-1]
    yield broken(
        "patch residual",
        "a patch layer cannot have a residual",
        patch_layers=(*patch, Depthwise(name="local", residual=True)),
    )
    yield broken(
        "patch channel MLP",
        "a patch layer cannot have a residual",
        patch_layers=(*patch, ChannelMLP(name="mlp", hidden=3)),
    )
    yield broken(
        "patch token MLP", "must be a mixer layer", patch_layers=(*patch, TokenMLP(name="mlp", hidden=3))
    )
    yield broken(
        "residual with stride",
        "a residual needs stride 1",
        mixer_layers=(*mixer, Depthwise(name="local", stride=2, residual=True)),
    )
    yield broken("name", "names must be unique", mixer_layers=(*mixer, Pointwise(name=last.name, channels=1)))
    yield broken("reserved name", "layer name", mixer_layers=(*mixer, Pointwise(name="template", channels=1)))


def _broken_template(case: Case, broken: Refusal) -> Iterator[Broken]:
    """Templates and grids that do not suit the maps."""
    yield broken("template of four", "kernel 4", template_tokens=4, template_map=8, search_map=8)
    yield broken(
        "template larger than the map",
        "template of 9 x 9 must lie in the centre",
        template_tokens=9,
        search_map=8,
        template_map=8,
    )
    yield broken("template off centre", "must lie in the centre", template_map=case.template_tokens + 1)
    grid = Grid(case.network.search_side, 1)
    yield broken("grid", f"grid {grid} does not suit", grid=grid)


def _broken_heads(case: Case, broken: Refusal) -> Iterator[Broken]:
    """Heads that do not begin with the template, or whose first layer does not suit the embedding."""
    mixer, narrow = case.mixer_layers, Pointwise(name="narrow", channels=case.accelerator.lanes)
    similar = TemplateSimilarity(name="similar", channels=case.accelerator.lanes)
    yield broken(
        "head without a template",
        "layer first: the first head layer must be a correlation with the template",
        head_layers=(Pointwise(name="first", channels=1),),
    )
    for layer in (TemplateCorrelation(name="similar"), similar):
        yield broken(
            "template in a mixer",
            "layer similar: a correlation with the template must be the first of the head layers",
            mixer_layers=(*mixer, layer),
        )
        yield broken(
            "template twice",
            "layer again: a correlation with the template must be the first of the head layers",
            head_layers=(similar, replace(layer, name="again")),
        )
    yield broken(
        "similarity of four",
        "layer similar: the template must have an odd number of rows, not 4",
        template_tokens=4,
        template_map=8,
        search_map=8,
        head_layers=(similar,),
    )
    yield broken(
        "wide similarity",
        "layer similar: its result has 2 words a pixel; it overwrites the embedding, which has 1",
        mixer_layers=(*mixer, narrow),
        head_layers=(replace(similar, channels=case.accelerator.lanes + 1),),
    )


def _broken_counts(case: Case, broken: Refusal) -> Iterator[Broken]:
    """Counts below one."""
    mixer = case.mixer_layers
    for count in (0, -1):
        yield broken(
            "channels",
            f"channels must be at least 1, not {count}",
            mixer_layers=(*mixer, Pointwise(name="none", channels=count)),
        )
        yield broken(
            "hidden channels",
            f"hidden must be at least 1, not {count}",
            mixer_layers=(*mixer, ChannelMLP(name="none", hidden=count)),
        )
        yield broken(
            "hidden tokens",
            f"hidden must be at least 1, not {count}",
            mixer_layers=(*mixer, TokenMLP(name="none", hidden=count)),
        )
        yield broken(
            "kernel of nothing",
            f"kernel must be at least 1, not {count}",
            mixer_layers=(*mixer, Depthwise(name="none", kernel=count)),
        )
    yield broken(
        "stride of nothing",
        "stride must be at least 1, not 0",
        mixer_layers=(*mixer, Depthwise(name="none", stride=0)),
    )


def _broken_branches(case: Case, broken: Refusal) -> Iterator[Broken]:
    """Branches with different numbers of tokens, and a crop that leaves a remainder."""
    mixer = case.mixer_layers
    differing = {
        "mixer_layers": (*mixer, TokenMLP(name="mlp", hidden=3)),
        "search_map": case.template_map + 2,
    }
    yield broken(
        "tokens of the branches", r"layer \S+: both branches must have the same number of tokens", **differing
    )
    if case.network.stride > 1:
        odd = partial(replace, case.network, search_side=case.network.search_side + 1)
        yield Broken(limit="remainder", attempt=odd, message="must divide a map of side .* without remainder")
