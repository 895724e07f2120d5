"""Linear maps stand beside a network with a box head in training, and are left out when it is used."""

from __future__ import annotations

from torch import Tensor, nn

from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.operators import Operator

EXTENTS = 2
"""The logarithms of width and height by themselves, not over the template's."""


def response_operator(network: Network) -> Operator:
    """The operator of the head that answers; :class:`InputError` where the network has no head."""
    if not network.head_layers:
        raise InputError(f"a network that learns boxes must have a head, which {network.name} has not")
    return network.operator(network.responses("search")[0].inputs[0])


class Beside(nn.Module):
    """Two linear maps: from the last mixer's output to a teacher's features, and from the head's last hidden
    map to how large a target is by itself.

    Parameters
    ----------
    features
        Channels of the teacher's features; 0 without a teacher that gives any.
    """

    def __init__(self, network: Network, features: int):
        super().__init__()
        answer = response_operator(network)
        self.mixed, self.hidden = network.operator(network.embedding).inputs[0], answer.inputs[0]
        shapes = network.tensors()
        self.project = nn.Conv2d(shapes[self.mixed][2], features, 1) if features else None
        self.extent = nn.Conv2d(shapes[self.hidden][2], EXTENTS, 1)
        nn.init.normal_(self.extent.weight, std=0.01)
        nn.init.zeros_(self.extent.bias)

    def extents(self, tensors: dict[str, Tensor]) -> Tensor:
        """(n, 2, r, r), natural logarithms over a usual size."""
        return self.extent(tensors[self.hidden])

    def features(self, tensors: dict[str, Tensor]) -> Tensor:
        """(n, features, f, f) at every second cell of the embedding."""
        return self.project(tensors[self.mixed])[:, :, ::2, ::2]
