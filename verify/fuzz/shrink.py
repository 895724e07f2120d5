"""Shrinks a failing case: it applies simplifications one by one while the case still fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from siammixer.ir.layers import ChannelMLP, Convolution, Depthwise, Layer, Pointwise, TokenMLP
from siammixer.ir.patches import Grid
from siammixer.verify.fuzz.case import STAGES, Case
from siammixer.verify.fuzz.generate import refusal

# Candidates tried at a time: in one simulation they cost little more than one.
TOGETHER = 12


def shrink(
    case: Case,
    failing: Callable[[Sequence[Case]], list[bool]],
    progress: Callable[[str], None] = lambda _: None,
) -> Case:
    """The shrunk case, for which no single simplification still fails.

    The result is deterministic. Every simplification makes the description smaller, so the function ends.

    Parameters
    ----------
    failing
        Function that returns for each of some valid cases whether it fails.
    """
    while True:
        valid = (candidate for candidate in simpler(case) if refusal(candidate) is None)
        smaller = _first_failing(valid, failing)
        if smaller is None:
            return case
        case = smaller
        progress(
            f"shrinking: {len(case.network.layers) + len(case.head_layers)} layers, crop of "
            f"{case.network.search_side} pixels"
        )


def _first_failing(
    candidates: Iterator[Case], failing: Callable[[Sequence[Case]], list[bool]]
) -> Case | None:
    while some := list(islice(candidates, TOGETHER)):
        for candidate, fails in zip(some, failing(some), strict=True):
            if fails:
                return candidate
    return None


def simpler(case: Case) -> Iterator[Case]:
    """Cases with one simplification, the largest ones first. Some can be invalid."""
    for stage in reversed(STAGES):
        layers = getattr(case, stage)
        for index in range(len(layers) - 1, -1, -1):
            yield replace(case, **{stage: layers[:index] + layers[index + 1 :]})
    yield from _simpler_settings(case)
    for stage in reversed(STAGES):
        layers = getattr(case, stage)
        for index, layer in enumerate(layers):
            for other in _simpler_layers(layer):
                yield replace(case, **{stage: (*layers[:index], other, *layers[index + 1 :])})


def _simpler_settings(case: Case) -> Iterator[Case]:
    if case.stall:
        yield replace(case, stall=0.0)
    if case.style != "calibrated":
        yield replace(case, style="calibrated")
    if case.image != "blobs":
        yield replace(case, image="blobs")
    if case.grid != Grid(1, 1):
        yield replace(case, grid=Grid(1, 1))
        yield replace(case, grid=Grid(max(1, case.grid.rows - 1), max(1, case.grid.columns - 1)))
    if case.template_tokens > 3:
        yield replace(case, template_tokens=3)
    smallest = case.template_tokens
    for search, template in (
        (smallest, smallest),
        (case.search_map - 2, case.template_map - 2),
        (case.search_map - 1, case.template_map),
    ):
        if min(search, template) >= smallest and (search, template) != (case.search_map, case.template_map):
            yield replace(case, search_map=search, template_map=template)
    if case.template_map - 2 >= smallest:
        yield replace(case, template_map=case.template_map - 2)


def _simpler_layers(layer: Layer) -> Iterator[Layer]:
    match layer:
        case Convolution() | Pointwise():
            yield from (replace(layer, channels=count) for count in _fewer(layer.channels))
        case ChannelMLP() | TokenMLP():
            yield from (replace(layer, hidden=count) for count in _fewer(layer.hidden))
    match layer:
        case Depthwise(residual=True):
            yield replace(layer, residual=False)
        case Pointwise(relu=False):
            yield replace(layer, relu=True)
    match layer:
        case Convolution(stride=2) | Depthwise(stride=2):
            yield replace(layer, stride=1)
    match layer:
        case Depthwise(kernel=5):
            yield replace(layer, kernel=3)


def _fewer(count: int) -> list[int]:
    return sorted({fewer for fewer in (1, count // 2, count - 1) if 1 <= fewer < count})
