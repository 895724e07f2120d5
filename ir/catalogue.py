"""The catalogue of networks: the one place where their layers and sizes are written down.

Widths, depths and input sizes are ours; the paper's layer table is not known here.
"""

from __future__ import annotations

from siammixer.ir.errors import InputError
from siammixer.ir.layers import ChannelMLP, Convolution, Depthwise, Pointwise, TokenMLP
from siammixer.ir.network import Network

_PATCH_STAGE = (
    Convolution(name="P1", channels=32),
    Depthwise(name="P2.dw", stride=2),
    Pointwise(name="P2.pw", channels=64),
    Depthwise(name="P3.dw", stride=2),
    Pointwise(name="P3.pw", channels=96),
)
_REDUCTION = (Depthwise(name="D1.dw"), Pointwise(name="D1.pw", channels=128))

NETWORKS: dict[str, Network] = {
    network.name: network
    for network in (
        Network(
            name="siammixer",
            search_side=255,
            template_side=255,
            exemplar_side=127,
            template_tokens=5,
            patch_layers=_PATCH_STAGE,
            mixer_layers=(
                *_REDUCTION,
                Depthwise(name="M1.local", kernel=5, residual=True),
                ChannelMLP(name="M1.channel", hidden=192),
                Depthwise(name="M2.local", kernel=3, residual=True),
                ChannelMLP(name="M2.channel", hidden=192),
                Depthwise(name="M3.local", kernel=3, residual=True),
                TokenMLP(name="M3.token", hidden=48),
                ChannelMLP(name="M3.channel", hidden=192),
                Pointwise(name="E", channels=128, relu=False),
            ),
        ),
        Network(
            name="siammixer-local",
            search_side=255,
            template_side=127,
            exemplar_side=127,
            template_tokens=5,
            patch_layers=_PATCH_STAGE,
            mixer_layers=(
                *_REDUCTION,
                Depthwise(name="M1.local", kernel=5, residual=True),
                ChannelMLP(name="M1.channel", hidden=256),
                Depthwise(name="M2.local", kernel=3, residual=True),
                ChannelMLP(name="M2.channel", hidden=256),
                Depthwise(name="M3.local", kernel=3, residual=True),
                ChannelMLP(name="M3.channel", hidden=256),
                Pointwise(name="E", channels=128, relu=False),
            ),
        ),
        Network(
            name="tiny",
            search_side=63,
            template_side=63,
            exemplar_side=31,
            template_tokens=3,
            patch_layers=(
                Convolution(name="P1", channels=8),
                Depthwise(name="P2.dw", stride=2),
                Pointwise(name="P2.pw", channels=16),
            ),
            mixer_layers=(
                Depthwise(name="D1.dw"),
                Pointwise(name="D1.pw", channels=16),
                Depthwise(name="M1.local", kernel=5, residual=True),
                TokenMLP(name="M1.token", hidden=16),
                ChannelMLP(name="M1.channel", hidden=32),
                Pointwise(name="E", channels=16, relu=False),
            ),
        ),
    )
}


def find_network(name: str) -> Network:
    """The catalogue's network of that name; :class:`InputError` names the known ones."""
    if name not in NETWORKS:
        raise InputError(f"unknown network {name!r}; known: {', '.join(NETWORKS)}")
    return NETWORKS[name]
