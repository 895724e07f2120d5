"""The catalogue of networks: the one place where their layers and sizes are written down.

Widths, depths and input sizes are ours; the paper's layer table is not known here.
"""

from __future__ import annotations

from siammixer.ir.box_map import BOX_CHANNELS
from siammixer.ir.errors import InputError
from siammixer.ir.layers import (
    ChannelMLP,
    Convolution,
    Depthwise,
    Layer,
    Pointwise,
    TemplateSimilarity,
    TokenMLP,
)
from siammixer.ir.network import Network

_PATCH_STAGE = (
    Convolution(name="P1", channels=32),
    Depthwise(name="P2.dw", stride=2),
    Pointwise(name="P2.pw", channels=64),
    Depthwise(name="P3.dw", stride=2),
    Pointwise(name="P3.pw", channels=96),
)
_WIDTH, _EMBEDDING = 144, 96
"""Channels of the mixers, a multiple of the array's nine taps and sixteen lanes, and of the embedding."""
_LOCAL_HIDDEN = 192
"""Hidden channels where no layer mixes all positions: about as many parameters."""


def _box_head(channels: int) -> tuple[Layer, ...]:
    """A score and a box at each cell, from the similarity of embedding and template."""
    return (
        TemplateSimilarity(name="H", channels=channels),
        Depthwise(name="H.local"),
        Pointwise(name="H.mix", channels=channels),
        Pointwise(name="H.box", channels=BOX_CHANNELS, relu=False),
    )


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
                Depthwise(name="D1.dw"),
                Pointwise(name="D1.pw", channels=_WIDTH),
                Depthwise(name="M1.local", kernel=5, residual=True),
                ChannelMLP(name="M1.channel", hidden=_WIDTH),
                Depthwise(name="M2.local", kernel=3, residual=True),
                ChannelMLP(name="M2.channel", hidden=_WIDTH),
                Depthwise(name="M3.local", kernel=3, residual=True),
                TokenMLP(name="M3.token", hidden=48),
                ChannelMLP(name="M3.channel", hidden=_WIDTH),
                Pointwise(name="E", channels=_EMBEDDING, relu=False),
            ),
            head_layers=_box_head(_EMBEDDING),
        ),
        Network(
            name="siammixer-local",
            search_side=255,
            template_side=127,
            exemplar_side=127,
            template_tokens=5,
            patch_layers=_PATCH_STAGE,
            mixer_layers=(
                Depthwise(name="D1.dw"),
                Pointwise(name="D1.pw", channels=_WIDTH),
                Depthwise(name="M1.local", kernel=5, residual=True),
                ChannelMLP(name="M1.channel", hidden=_LOCAL_HIDDEN),
                Depthwise(name="M2.local", kernel=3, residual=True),
                ChannelMLP(name="M2.channel", hidden=_LOCAL_HIDDEN),
                Depthwise(name="M3.local", kernel=3, residual=True),
                ChannelMLP(name="M3.channel", hidden=_LOCAL_HIDDEN),
                Pointwise(name="E", channels=_EMBEDDING, relu=False),
            ),
            head_layers=_box_head(_EMBEDDING),
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
            head_layers=_box_head(16),
        ),
    )
}


def find_network(name: str) -> Network:
    """The catalogue's network of that name; :class:`InputError` names the known ones."""
    if name not in NETWORKS:
        raise InputError(f"unknown network {name!r}; known: {', '.join(NETWORKS)}")
    return NETWORKS[name]
