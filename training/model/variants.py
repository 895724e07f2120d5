"""Networks that lack one idea, or channels, to measure what they bring. They run in float only: the
catalogue and the hardware do not know them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from siammixer.ir.errors import InputError
from siammixer.ir.layers import Depthwise, Layer, TokenMLP
from siammixer.ir.network import Network
from siammixer.ir.patches import Grid
from siammixer.ir.widths import width_variant

PATCHES = Grid(4, 4)

Variant = tuple[Network, dict[str, Any]]
"""A network, and the options of :class:`siammixer.training.model.model.SiamMixer` that go with it."""


def without_global_mixing(network: Network) -> Variant:
    """Leaves out every token mixer that sees all tokens."""
    return _without(network, "no-global", lambda layer: isinstance(layer, TokenMLP)), {}


def without_local_mixing(network: Network) -> Variant:
    """Leaves out the depthwise residual mixers of the mixer stage; crops are smaller by the cells that those
    took, so that the response keeps its side.
    """
    return _without(network, "no-local", _is_local), {}


def without_mixing(network: Network) -> Variant:
    """Leaves out both: each token of the mixer stage is computed from what the reduction before it saw."""
    return _without(network, "no-mixing", lambda layer: isinstance(layer, TokenMLP) or _is_local(layer)), {}


def independent_patches(network: Network) -> Variant:
    """Cuts the patch stage into 4 x 4 patches without a halo: its kernels see zeros, not their neighbour's
    pixels.

    Both branches take search-sized crops, which are cut alike.
    """
    return replace(network, name=f"{network.name}-independent", template_side=network.search_side), {
        "patches": PATCHES
    }


def three_quarters(network: Network) -> Variant:
    """Keeps three quarters of the channels of every layer."""
    return replace(width_variant(network, 0.75), name=f"{network.name}-three-quarters"), {}


def half(network: Network) -> Variant:
    """Keeps half the channels of every layer."""
    return replace(width_variant(network, 0.5), name=f"{network.name}-half"), {}


VARIANTS: dict[str, Callable[[Network], Variant]] = {
    "no-global": without_global_mixing,
    "no-local": without_local_mixing,
    "no-mixing": without_mixing,
    "independent": independent_patches,
    "three-quarters": three_quarters,
    "half": half,
}


def find_variant(network: Network, name: str | None) -> Variant:
    """Returns the variant of that name, the network itself for None; :class:`InputError` names the known
    ones.
    """
    if name is None:
        return network, {}
    if name not in VARIANTS:
        raise InputError(f"variant must be one of {', '.join(VARIANTS)}, not {name!r}")
    return VARIANTS[name](network)


def _is_local(layer: Layer) -> bool:
    return isinstance(layer, Depthwise) and layer.residual


def _without(network: Network, suffix: str, left_out: Callable[[Layer], bool]) -> Network:
    removed = [layer for layer in network.mixer_layers if left_out(layer)]
    if not removed:
        raise InputError(f"variant {suffix} of {network.name}: there is nothing to leave out")
    edge = network.stride * sum(layer.kernel - 1 for layer in removed if isinstance(layer, Depthwise))
    return replace(
        network,
        name=f"{network.name}-{suffix}",
        search_side=network.search_side - edge,
        template_side=network.template_side - edge,
        mixer_layers=tuple(layer for layer in network.mixer_layers if not left_out(layer)),
    )
