"""Networks that break one limit each. Each must be refused, and the refusal must name the limit."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from siammixer.compiler.analysis.sizing import LARGEST, plans
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.program import BranchProgram
from siammixer.ir import numerics
from siammixer.ir.errors import InputError
from siammixer.ir.layers import ChannelMLP, Convolution, Depthwise, Pointwise, TokenMLP
from siammixer.ir.patches import Grid
from siammixer.ir.weights import OperatorWeights, Weights, accumulator_bound
from siammixer.verify.fuzz.case import Case
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


@dataclass(frozen=True, kw_only=True)
class Broken:
    """An attempt that must be refused.

    Parameters
    ----------
    limit
        Name of the broken limit in reports.
    attempt
        Function that must raise :class:`InputError`.
    message
        Regular expression that the message must match.
    """

    limit: str
    attempt: Callable[[], object]
    message: str


def wrongly_accepted(broken: Broken) -> str | None:
    """None where the attempt is refused by name; otherwise what happened instead."""
    try:
        broken.attempt()
    except InputError as error:
        named = re.search(broken.message, str(error))
        return None if named else f"{broken.limit}: refused without naming it: {error}"
    except Exception as error:
        return f"{broken.limit}: {type(error).__name__} instead of a refusal: {error}"
    return f"{broken.limit}: accepted"


def broken_limits(case: Case) -> Iterator[Broken]:
    """Every way to break one limit of a valid case."""
    yield from _broken_sizes(case)
    yield from _broken_layers(case)
    yield from _broken_weights(case)
    yield from _broken_exponents(case)


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


def _broken_weights(case: Case) -> Iterator[Broken]:
    """Integers outside the rules of docs/numerics.md, in the first layer."""
    weights = case_weights(case)
    name = case.network.weighted()[0].name
    values = weights.operators[name]

    def broken(limit: str, message: str, operator: OperatorWeights) -> Broken:
        return Broken(
            limit=limit,
            attempt=lambda: Weights(case.network, weights.operators | {name: operator}, weights.exponents),
            message=message,
        )

    yield broken(
        "weight",
        rf"{name}/weight must lie in \[-127, 127\], not -128",
        replace(values, weight=np.full_like(values.weight, -128)),
    )
    for multiplier in (0, -1, numerics.MULTIPLIER_MAX + 1):
        wrong = replace(values, multiplier=np.full_like(values.multiplier, multiplier))
        yield broken("multiplier", rf"{name}/multiplier must lie in .*, not {multiplier}$", wrong)
    far = np.full_like(values.bias, 2**31 - 1)
    yield broken(
        "bias",
        f"{name}/bias, channel 0: with its weights the accumulator must fit INT32",
        replace(values, weight=np.ones_like(values.weight), bias=far),
    )
    lossy = replace(
        values,
        bias=far // 2,
        multiplier=np.full_like(values.multiplier, numerics.SATURATING_MULTIPLIER_MIN - 1),
    )
    yield broken(
        "saturation",
        f"{name}/multiplier, channel 0: must be at least {numerics.SATURATING_MULTIPLIER_MIN} where",
        lossy,
    )
    yield broken(
        "dtype", f"{name}/weight must be int8", replace(values, weight=values.weight.astype(np.int16))
    )
    yield broken("shape", f"{name}/bias must be int32", replace(values, bias=values.bias[:-1]))


def _broken_exponents(case: Case) -> Iterator[Broken]:
    """Exponents of tensors outside the rules of docs/numerics.md."""
    weights = case_weights(case)
    name = case.network.weighted()[0].name

    def exponent(limit: str, message: str, **changed: int) -> Broken:
        return Broken(
            limit=limit,
            attempt=lambda: Weights(case.network, weights.operators, weights.exponents | changed),
            message=message,
        )

    yield exponent("exponent", r"exponent of \S+ must lie within", **{name: numerics.EXPONENT_MAX + 1})
    yield exponent("exponent of the pixels", "exponent of image must be", image=numerics.PIXEL_EXPONENT + 1)
    yield exponent(
        "exponent of the template",
        "exponent of template must equal",
        template=weights.exponents["template"] + 1,
    )
    yield exponent("unknown tensor", "exponent of unknown tensor nobody", nobody=0)
    for operator in case.network.aligned():
        if operator.name != case.network.embedding:
            far_off = (
                max(weights.exponents[tensor] for tensor in operator.inputs) + numerics.ALIGN_RIGHT_MAX + 1
            )
            yield exponent(
                "shifts",
                rf"exponents of {re.escape(operator.name)} need shifts",
                **{operator.name: min(far_off, numerics.EXPONENT_MAX)},
            )
