"""Functional coverage: bins for situations that matter. A case falls into the bins whose situations it
has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from siammixer.arch.accelerator import LANES, Accelerator
from siammixer.ir.layers import Convolution, Depthwise, Layer, Pointwise
from siammixer.ir.network import BRANCHES
from siammixer.ir.operators import (
    TEMPLATE,
    Correlation,
    DenseConvolution,
    DepthwiseConvolution,
    DepthwiseCorrelation,
    Operator,
    PointwiseConvolution,
    ResidualAdd,
    TemplateCut,
    TokenMixing,
)
from siammixer.ir.patches import Grid
from siammixer.ir.result import Result
from siammixer.ir.table import Table
from siammixer.verify.fuzz.case import IMAGES, STYLES
from siammixer.verify.fuzz.generate import STALLS
from siammixer.verify.fuzz.value_bins import VALUES
from siammixer.verify.fuzz.verdict import Prepared

REMAINDERS = ("whole", "one over", "one short", "between")
COUNTS = ("one", "several")
SIDES = ("positive", "negative")
RESIDUAL_LAYERS = ("Depthwise", "ChannelMLP", "TokenMLP")

_LAYERS = (
    *(f"Convolution, stride {stride}" for stride in (1, 2)),
    *(
        f"{stage} Depthwise {kernel} x {kernel}, stride {stride}"
        for stage, kernel, stride in product(("patch", "mixer"), (3, 5), (1, 2))
    ),
    *(f"mixer Depthwise {kernel} x {kernel} with residual" for kernel in (3, 5)),
    *(
        f"{stage} Pointwise, {'ReLU' if relu else 'linear'}"
        for stage, relu in product(("patch", "mixer"), (True, False))
    ),
    *("ChannelMLP", "TokenMLP", "TemplateCorrelation"),
)
_CHANNELS = tuple(
    f"{layer}: channels {remainder}, {count} word"
    for layer, remainder, count in product(_LAYERS, REMAINDERS, COUNTS)
)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Bins of an operator class.

    Parameters
    ----------
    numbers
        Counts that fill words or groups of the datapath: name of the bin and unit -> (operator, accelerator)
        -> (count, size of the unit).
    signed
        Whether the operator can be without ReLU, so that results can be clamped at -128.
    bounded
        Whether the weights bound the sums, so that multipliers below those that saturate are accepted.
        Nothing bounds the sums of a template that is not known yet.
    """

    numbers: Mapping[str, Callable[[Any, Accelerator], tuple[int, int]]] = field(default_factory=dict)
    signed: bool = False
    bounded: bool = True


_MATRIX_INPUTS = {"inputs, group": lambda operator, accelerator: (operator.reduction, accelerator.group)}

SEEN: Table[type[Operator], Seen] = Table(
    "bins of coverage",
    {
        DenseConvolution: Seen(),
        DepthwiseConvolution: Seen(),
        PointwiseConvolution: Seen(numbers=_MATRIX_INPUTS, signed=True),
        TokenMixing: Seen(
            numbers={
                "outputs, word": lambda operator, accelerator: (operator.outputs, accelerator.lanes),
                **_MATRIX_INPUTS,
            },
            signed=True,
        ),
        ResidualAdd: Seen(),
        TemplateCut: Seen(),
        DepthwiseCorrelation: Seen(signed=True, bounded=False),
        Correlation: Seen(
            numbers={
                "channels, word": lambda operator, accelerator: (operator.in_shape[2], accelerator.lanes)
            }
        ),
    },
)
"""Operator class -> its bins, beside those of its values."""

WEIGHTED_KINDS = tuple(cls.kind for cls in SEEN if cls.result is Result.REQUANTISED)


def _number(kind: str, what: str, remainder: str) -> str:
    """Name of the bin of a count whose remainder :func:`_remainder` gave."""
    name, unit = what.split(", ")
    return f"{kind}: {name} {remainder} {unit}"


_NUMBERS = tuple(
    _number(cls.kind, what, f"{remainder}, {count}")
    for cls, seen in SEEN.items()
    for what, remainder, count in product(seen.numbers, REMAINDERS, COUNTS)
)
_VALUES = (
    *(
        f"{kind}: accumulator beyond {what}, {side}"
        for kind, what, side in product(WEIGHTED_KINDS, ("the multiplier", "half its range"), SIDES)
    ),
    *(
        f"{kind}: {what}"
        for kind, what in product(WEIGHTED_KINDS, ("tie up", "tie down", "clamped at 127", "clamped at 0"))
    ),
    *(f"{cls.kind}: clamped at -128" for cls, seen in SEEN.items() if seen.signed),
    *(f"{kind}: multiplier {what}" for kind, what in product(WEIGHTED_KINDS, ("most", "power of two"))),
    *(
        f"{cls.kind}: multiplier least"
        for cls, seen in SEEN.items()
        if cls.kind in WEIGHTED_KINDS and seen.bounded
    ),
)
_RESIDUALS = tuple(
    f"{layer} residual: {what}"
    for layer, what in product(
        RESIDUAL_LAYERS,
        (
            "tie up",
            "tie down",
            "clamped at 127",
            "clamped at -128",
            "x shifted",
            "y shifted",
            "x shifted most",
            "y shifted most",
            "no right shift",
            "most right shift",
        ),
    )
)
_RESPONSES = ("one cell", "equal peaks", "peak below zero", "peak in the last cell")
_GRIDS = ("1 patch", "rows", "columns", "rows and columns", "last patch moved inwards")
_SETTINGS = (
    *(f"response: {what}" for what in _RESPONSES),
    *(f"grid: {what}" for what in _GRIDS),
    *("template 3 x 3", "template 5 x 5"),
    *(
        f"pauses: {stall}, stride {stride}, {count} patch"
        for stall, stride, count in product(STALLS, (1, 2), COUNTS)
    ),
    *(f"weights: {style}" for style in STYLES),
    *(f"crops: {image}" for image in IMAGES),
    *(f"lanes: {lanes}" for lanes in LANES),
)
_STEPS = (
    *(
        f"step: {kind}"
        for kind in ("convolution", "depthwise", "pointwise", "transpose", "store_template", "correlate")
    ),
    *(f"step: {kind} written transposed" for kind in ("depthwise", "pointwise")),
    *(
        f"step: {what} with depthwise of stride {stride}"
        for what, stride in product(("convolution of 1", "convolution of 2", "pointwise"), (1, 2))
    ),
    *(
        "step: residual in a slot of its own",
        "step: residual in the slot of a group",
        "step: a layer in several parts",
    ),
)
BINS = (*_CHANNELS, *_NUMBERS, *_VALUES, *_RESIDUALS, *_SETTINGS, *_STEPS)
"""Names of all bins. Situations that cannot happen have none."""


def bins(one: Prepared) -> set[str]:
    """Names of the bins that a case falls into, by golden's tensors and the programs of both branches."""
    return {
        name for part in (_layers, _numbers, _values, _settings, _responses, _steps) for name in part(one)
    }


def _layers(one: Prepared) -> Iterator[str]:
    """Bins of the layers' channels: the hidden channels for a channel MLP, the hidden tokens for a
    token MLP.
    """
    case, channels = one.case, 0
    for stage, layers in (("patch", case.patch_layers), ("mixer", case.mixer_layers + case.head_layers)):
        for layer in layers:
            channels = getattr(layer, "channels", channels)
            count = getattr(layer, "hidden", channels)
            yield f"{_layer(stage, layer)}: channels {_remainder(count, case.accelerator.lanes)} word"


def _layer(stage: str, layer: Layer) -> str:
    match layer:
        case Convolution():
            return f"Convolution, stride {layer.stride}"
        case Depthwise(residual=True):
            return f"{stage} Depthwise {layer.kernel} x {layer.kernel} with residual"
        case Depthwise():
            return f"{stage} Depthwise {layer.kernel} x {layer.kernel}, stride {layer.stride}"
        case Pointwise():
            return f"{stage} Pointwise, {'ReLU' if layer.relu else 'linear'}"
    return type(layer).__name__


def _numbers(one: Prepared) -> Iterator[str]:
    accelerator = one.case.accelerator
    for operator in one.case.network.operators("search"):
        for what, number in SEEN[type(operator)].numbers.items():
            yield _number(operator.kind, what, _remainder(*number(operator, accelerator)))


def _remainder(count: int, size: int) -> str:
    """The remainder of a count divided by ``size``, and whether one unit of ``size`` holds the count.

    "whole" comes before "one short", which comes before "one over".
    """
    rest = {0: "whole", size - 1: "one short", 1: "one over"}
    return f"{rest.get(count % size, 'between')}, {'one' if count <= size else 'several'}"


def _values(one: Prepared) -> Iterator[str]:
    template = {TEMPLATE: one.tensors[0][TEMPLATE]}
    for plan, tensors in zip(one.plans, one.tensors, strict=True):
        for operator in one.case.network.operators(plan.branch):
            yield from VALUES[operator.result](one, operator, tensors | template)


def _settings(one: Prepared) -> Iterator[str]:
    case = one.case
    patches = COUNTS[case.grid != Grid(1, 1)]
    yield f"pauses: {case.stall}, stride {case.patch_layers[0].stride}, {patches} patch"
    yield from (f"weights: {case.style}", f"crops: {case.image}", f"lanes: {case.accelerator.lanes}")
    yield f"template {case.template_tokens} x {case.template_tokens}"
    rows, columns = case.grid.rows > 1, case.grid.columns > 1
    parts = " and ".join(name for name, several in (("rows", rows), ("columns", columns)) if several)
    yield f"grid: {parts or '1 patch'}"
    sides = {case.network.operator(case.patch_layers[-1].name, branch).out_shape[0] for branch in BRANCHES}
    if any(side % parts for side in sides for parts in (case.grid.rows, case.grid.columns)):
        yield "grid: last patch moved inwards"


def _responses(one: Prepared) -> Iterator[str]:
    for tensors in one.tensors[1:]:
        response = tensors[one.case.network.correlation.name].reshape(-1)
        if response.size == 1:
            yield "response: one cell"
        elif (response == response.max()).sum() > 1:
            yield "response: equal peaks"
        elif response.argmax() == response.size - 1:
            yield "response: peak in the last cell"
        if response.max() < 0:
            yield "response: peak below zero"


def _steps(one: Prepared) -> Iterator[str]:
    for plan in one.plans:
        for step in plan.steps:
            yield f"step: {step.kind}"
            if step.fields.get("transposed") and step.kind != "transpose":
                yield f"step: {step.kind} written transposed"
            if step.fields.get("fused"):
                blocks = f" of {step.fields['blocks']}" if step.kind == "convolution" else ""
                yield (
                    f"step: {step.kind}{blocks} with depthwise of stride {1 + step.fields['fused_stride_2']}"
                )
            if step.kind == "pointwise" and step.fields.get("residual"):
                own = step.fields["slots"] > step.fields["macs"]
                yield f"step: residual in {'a slot of its own' if own else 'the slot of a group'}"
        names = [step.name for step in plan.steps]
        if len(names) > len(set(names)):
            yield "step: a layer in several parts"
