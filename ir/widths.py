"""A network with more or fewer channels: candidates for a sweep, and for comparisons in training."""

from __future__ import annotations

from dataclasses import replace

from siammixer.ir.layers import ChannelMLP, Convolution, Pointwise
from siammixer.ir.network import Network


def width_variant(network: Network, factor: float) -> Network:
    """The network with every count of channels times ``factor``, in multiples of eight; tokens stay as they
    are.

    A candidate for a sweep: nobody has trained it.
    """
    if factor == 1:
        return network

    def scaled(channels: int) -> int:
        return max(8, 8 * round(factor * channels / 8))

    def layer(old):
        match old:
            case Convolution() | Pointwise():
                return replace(old, channels=scaled(old.channels))
            case ChannelMLP():
                return replace(old, hidden=scaled(old.hidden))
        return old

    layers = {
        field: tuple(layer(old) for old in getattr(network, field))
        for field in ("patch_layers", "mixer_layers")
    }
    return replace(network, name=f"{network.name} x {factor:g}", **layers)
