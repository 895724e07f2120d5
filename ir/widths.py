"""Networks with more or fewer channels, as candidates for a sweep and for comparisons in training."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from siammixer.ir.layers import Layer
from siammixer.ir.network import Network

STEP = 8
"""Counts of channels are multiples of this."""


def width_variant(network: Network, factor: float) -> Network:
    """The network with every count of channels multiplied by ``factor`` and rounded to multiples of STEP.

    Counts of tokens stay as they are, and so do the channels of a response that is read out: their meaning
    is fixed. No weights are trained for such a network.
    """
    if factor == 1:
        return network
    changes: dict[str, Any] = {"name": f"{network.name} x {factor:g}"}
    for stage in ("patch_layers", "mixer_layers", "head_layers"):
        changes[stage] = tuple(_scaled(layer, factor) for layer in getattr(network, stage))
    if network.head_layers:
        last = network.head_layers[-1]
        counts = {name: getattr(last, name) for name in last.channel_counts}
        changes["head_layers"] = (*changes["head_layers"][:-1], replace(changes["head_layers"][-1], **counts))
    return replace(network, **changes)


def _scaled(layer: Layer, factor: float) -> Layer:
    counts = {name: getattr(layer, name) for name in layer.channel_counts}
    return replace(layer, **{name: max(STEP, STEP * round(factor * n / STEP)) for name, n in counts.items()})
