"""The PyTorch twin of a :class:`siammixer.ir.network.Network`, built by walking its operators.

Shapes, strides and the order of execution all come from ``Network.operators``; maps are
(batch, channels, height, width) float tensors here, where the spec writes (height, width, channels).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from siammixer.ir import numerics
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.operators import Operator
from siammixer.ir.patches import Grid
from siammixer.training.data.tiles import Tiles, patch_tiles, slide

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "hardswish": functional.hardswish,
    "elu": functional.elu,
    "leakyrelu": functional.leaky_relu,
}
"""What may stand where the spec has ReLU. Integers know ReLU only: the others are for comparisons in float.
"""


def to_input(image: Tensor) -> Tensor:
    """Crops as the network sees them: (n, h, w, 3) uint8 RGB -> (n, 3, h, w) float in [-1, 1)."""
    scale = 2.0**numerics.PIXEL_EXPONENT
    return (image.permute(0, 3, 1, 2).float() - numerics.PIXEL_OFFSET) * scale


def correlate(search: Tensor, template: Tensor) -> Tensor:
    """Response of each search map to its own template: (n, c, h, w) and (n, c, t, t) -> (n, 1, r, r)."""
    count, channels, height, width = search.shape
    response = functional.conv2d(search.reshape(1, count * channels, height, width), template, groups=count)
    return response.transpose(0, 1)


class WeightedOperator(nn.Module):
    """One operator that owns weights: the linear part without bias, BatchNorm, and the activation where the
    spec has ReLU.

    Pointwise operators are Conv1d over the tokens, token operators Linear over the tokens of each
    channel; BatchNorm is per output channel, or per output token for a token operator, so that it
    always folds into the rows of the weight matrix.

    Parameters
    ----------
    activation
        A name of :data:`ACTIVATIONS`.
    tiles
        Where a kernel may not see across: see :func:`slide`. None lets it see the whole map.
    """

    def __init__(self, operator: Operator, activation: str = "relu", tiles: Tiles | None = None):
        super().__init__()
        self.operator, self.activation, self.tiles = operator, activation, tiles
        channels = operator.in_shape[2]
        match operator.kind:
            case "convolution":
                self.linear: nn.Module = nn.Conv2d(
                    channels, operator.outputs, operator.kernel, operator.stride, bias=False
                )
            case "depthwise":
                self.linear = nn.Conv2d(
                    channels, channels, operator.kernel, operator.stride, groups=channels, bias=False
                )
            case "pointwise":
                self.linear = nn.Conv1d(channels, operator.outputs, 1, bias=False)
            case "token":
                self.linear = nn.Linear(operator.reduction, operator.outputs, bias=False)
        nn.init.kaiming_normal_(self.linear.weight, nonlinearity="relu" if operator.relu else "linear")
        self.norm = (
            nn.BatchNorm1d(operator.outputs)
            if operator.kind in ("pointwise", "token")
            else nn.BatchNorm2d(operator.outputs)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(n, c, h, w) -> (n, c', h', w')."""
        operator = self.operator
        if operator.kind == "token":
            y = self.norm(self.linear(x.flatten(2)).transpose(1, 2)).transpose(1, 2)
            y = y.unflatten(2, operator.out_shape[:2])
        elif operator.kind == "pointwise":
            y = self.norm(self.linear(x.flatten(2))).unflatten(2, x.shape[2:])
        elif operator.stride > 1 and operator.kind == "depthwise":
            # In bfloat16 the backward pass of exactly this kind is five times slower than in float32.
            with torch.autocast(x.device.type, enabled=False):
                y = self.norm(
                    slide(self.linear, x.to(self.linear.weight.dtype), operator, self.tiles).to(x.dtype)
                )
        else:
            y = self.norm(slide(self.linear, x, operator, self.tiles))
        return ACTIVATIONS[self.activation](y) if operator.relu else y


class SiamMixer(nn.Module):
    """Both branches of a network with one set of weights.

    Parameters
    ----------
    network
        The description; the module holds one :class:`WeightedOperator` per ``network.weighted()``.
    activation
        A name of :data:`ACTIVATIONS`; only "relu" can be quantised.
    patches
        The patches are independent: their kernels see no pixel of a neighbour (for comparisons). None: as
        the spec has it.
    """

    def __init__(self, network: Network, activation: str = "relu", patches: Grid | None = None):
        super().__init__()
        if activation not in ACTIVATIONS:
            raise InputError(f"activation must be one of {', '.join(ACTIVATIONS)}, not {activation!r}")
        self.network, self.activation, self.patches = network, activation, patches
        tiles = patch_tiles(network, patches) if patches is not None else {}
        # ModuleDict forbids dots in keys.
        self.weighted = nn.ModuleDict(
            {_key(o): WeightedOperator(o, activation, tiles.get(o.name)) for o in network.weighted()}
        )
        for operator in network.weighted():
            # A token mixer begins as the identity: training lets in only what helps, because at full
            # strength it makes the features depend on the position (design note: hybrid).
            if operator.kind == "token" and not operator.relu:
                nn.init.zeros_(self[operator.name].norm.weight)
        # The loss wants logits of ordinary size; the tracker and the INT8 network use the raw response.
        self.gain = nn.Parameter(torch.tensor(1.0))
        self.offset = nn.Parameter(torch.tensor(-2.0))

    def __getitem__(self, name: str) -> WeightedOperator:
        """The module of a weighted operator, by the operator's name."""
        return self.weighted[name.replace(".", "/")]

    def tensors(self, image: Tensor, branch: str, template: Tensor | None = None) -> dict[str, Tensor]:
        """Every tensor of a branch by the spec's name.

        Parameters
        ----------
        image
            (n, 3, side, side) float, from :func:`to_input`.
        template
            (n, c, t, t); without it the search branch ends at the embedding.
        """
        return self.after({"image": image}, branch, template)

    def after(
        self, given: dict[str, Tensor], branch: str, template: Tensor | None = None
    ) -> dict[str, Tensor]:
        """The given tensors, and all that :meth:`tensors` computes after the last of them."""
        result = dict(given)
        names = ["image", *(operator.name for operator in self.network.operators(branch))]
        for operator in self.network.operators(branch)[names.index(list(given)[-1]) :]:
            x = result[operator.inputs[0]]
            match operator.kind:
                case "add":
                    y = result[operator.inputs[1]]
                    result[operator.name] = centre(x, y.shape[2]) + y
                case "template":
                    result[operator.name] = self.template_of(x)
                case "correlation":
                    if template is not None:
                        result[operator.name] = correlate(x, template)
                case _:
                    result[operator.name] = self[operator.name](x)
        return result

    def embed(self, image: Tensor, branch: str) -> Tensor:
        """The template (n, c, t, t) of the template branch, the embedding (n, c, h, w) of the
        search branch."""
        return list(self.tensors(image, branch).values())[-1]

    def template_of(self, embedding: Tensor) -> Tensor:
        """The centre (n, c, t, t) of embeddings (n, c, h, w)."""
        return centre(embedding, self.network.template_tokens)

    def forward(self, template_crop: Tensor, search_crop: Tensor) -> Tensor:
        """Response (n, 1, r, r) of float crops (n, 3, side, side)."""
        return correlate(self.embed(search_crop, "search"), self.embed(template_crop, "template"))

    def logits(self, response: Tensor) -> Tensor:
        """The response scaled to unit features, with a learnt gain and offset (used by the loss only)."""
        reduction = self.network.operators("search")[-1].reduction
        return response * (self.gain / reduction**0.5) + self.offset


def centre(x: Tensor, side: int) -> Tensor:
    """The centre ``side`` x ``side`` cells of (n, c, h, w); h - side is even by construction of the spec."""
    edge = (x.shape[2] - side) // 2
    return x[:, :, edge : edge + side, edge : edge + side]


def _key(operator: Operator) -> str:
    return operator.name.replace(".", "/")
