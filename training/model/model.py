"""The PyTorch twin of a :class:`siammixer.ir.network.Network`, built by walking its operators.

Shapes, strides and the order of execution all come from ``Network.operators``; maps are
(batch, channels, height, width) float tensors here, where the network has (height, width, channels).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from siammixer.ir import numerics
from siammixer.ir.errors import InputError
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.operators import IMAGE, TEMPLATE, Operator
from siammixer.ir.patches import Grid
from siammixer.ir.result import Result
from siammixer.training.data.tiles import patch_tiles
from siammixer.training.model.operators import (
    ACTIVATIONS,
    FUNCTIONS,
    WeightedOperator,
    centre,
    float_operator,
)


def to_input(image: Tensor) -> Tensor:
    """Crops as the network sees them: (n, h, w, 3) uint8 RGB -> (n, 3, h, w) float in [-1, 1)."""
    scale = 2.0**numerics.PIXEL_EXPONENT
    return (image.permute(0, 3, 1, 2).float() - numerics.PIXEL_OFFSET) * scale


class SiamMixer(nn.Module):
    """Both branches of a network with one set of weights.

    Parameters
    ----------
    network
        The description; the module holds one :class:`WeightedOperator` per ``network.weighted()``.
    activation
        A name of :data:`ACTIVATIONS`; only "relu" can be quantised.
    patches
        The patches are independent: their kernels see no pixel of a neighbour (for comparisons). None: with
        their halos, as golden.
    """

    def __init__(self, network: Network, activation: str = "relu", patches: Grid | None = None):
        super().__init__()
        if activation not in ACTIVATIONS:
            raise InputError(f"activation must be one of {', '.join(ACTIVATIONS)}, not {activation!r}")
        self.network, self.activation, self.patches = network, activation, patches
        tiles = patch_tiles(network, patches) if patches is not None else {}
        # ModuleDict forbids dots in keys.
        self.weighted = nn.ModuleDict(
            {_key(o): float_operator(o, activation, tiles.get(o.name)) for o in network.weighted()}
        )
        # The loss wants logits of ordinary size; the tracker and the INT8 network use the raw response.
        self.gain = nn.Parameter(torch.tensor(1.0))
        self.offset = nn.Parameter(torch.tensor(-2.0))

    def __getitem__(self, name: str) -> WeightedOperator:
        """The module of a weighted operator, by the operator's name."""
        return self.weighted[name.replace(".", "/")]

    def tensors(self, image: Tensor, branch: str, template: Tensor | None = None) -> dict[str, Tensor]:
        """Every tensor of a branch by its operator's name.

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
        stored = {} if template is None else {TEMPLATE: template}
        names = [IMAGE, *(operator.name for operator in self.network.operators(branch))]
        for operator in self.network.operators(branch)[names.index(list(given)[-1]) :]:
            known = result | stored if branch == "search" else result
            if all(name in known for name in operator.inputs):
                inputs = [known[name] for name in operator.inputs]
                result[operator.name] = self.execute(operator, inputs)
        return result

    def execute(self, operator: Operator, inputs: list[Tensor]) -> Tensor:
        """One operator on its inputs."""
        if operator.result is Result.REQUANTISED:
            return self[operator.name](*inputs)
        return FUNCTIONS[type(operator)](operator, *inputs)

    def embed(self, image: Tensor, branch: str) -> Tensor:
        """The template (n, c, t, t) of the template branch, the embedding (n, c, h, w) of the
        search branch."""
        name = TEMPLATE if branch == "template" else self.network.embedding
        return self.tensors(image, branch)[name]

    def template_of(self, embedding: Tensor) -> Tensor:
        """The centre (n, c, t, t) of embeddings (n, c, h, w)."""
        return centre(embedding, self.network.template_tokens)

    def forward(self, template_crop: Tensor, search_crop: Tensor) -> Tensor:
        """Response (n, 1, r, r) of float crops (n, 3, side, side)."""
        before, frame = BRANCHES
        inputs = [self.embed(search_crop, frame), self.embed(template_crop, before)]
        return self.execute(self.network.correlation, inputs)

    def logits(self, response: Tensor) -> Tensor:
        """The response scaled to unit features, with a learnt gain and offset (used by the loss only)."""
        reduction = self.network.correlation.reduction
        return response * (self.gain / reduction**0.5) + self.offset


def _key(operator: Operator) -> str:
    return operator.name.replace(".", "/")
