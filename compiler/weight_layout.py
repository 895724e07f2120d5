"""The third pass: it places a network's weights in the lanes' memories, the same for both branches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from siammixer.arch.accelerator import TAPS, Accelerator
from siammixer.arch.instruction import TAP_GROUPS
from siammixer.compiler.packing import PACKING, fixed_words, groups, pack_constants, pack_weights
from siammixer.compiler.writes import blocks
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.operators import Operator
from siammixer.ir.weights import Weights

TEMPLATE_BASE = 0
"""First word of the template in every lane."""


@dataclass(frozen=True, kw_only=True)
class WeightLayout:
    """Addresses in the lanes' weight memories; made by :func:`place_weights`.

    Parameters
    ----------
    weight, constant
        First word of the weights and first word of the biases and multipliers, by the operator's name.
    template_words
        Words of the template, from TEMPLATE_BASE on. The response's constants, all zero, follow.
    end
        Number of words that are used.
    """

    network: Network
    accelerator: Accelerator
    weight: Mapping[str, int]
    constant: Mapping[str, int]
    template_words: int
    end: int

    def memory(self, weights: Weights) -> np.ndarray:
        """INT8 (lanes, words, TAPS): the content of the weight memories, with zeros for the template.

        Raises
        ------
        InputError
            The weights are another network's, or an accumulator does not fit; the message names the layer and
            the limit.
        """
        if weights.network != self.network:
            raise InputError(f"weights are of network {weights.network.name}, not {self.network.name}")
        memory = np.zeros((self.accelerator.lanes, self.end, TAPS), np.int8)
        for operator in self.network.weighted():
            values = weights.operators[operator.name]
            for place, pack in ((self.weight, pack_weights), (self.constant, pack_constants)):
                words, base = pack(self.accelerator, operator, values), place[operator.name]
                memory[:, base : base + words.shape[1]] = words
        for response in self.network.responses("search"):
            words = fixed_words(self.accelerator, response)
            base = self.weight.get(response.name, 0)
            memory[:, base : base + words.shape[1]] = words
        return memory


def place_weights(network: Network, accelerator: Accelerator) -> WeightLayout:
    """Places the template first, then every operator's words in the order of the search branch, last what a
    read-out needs.

    Raises
    ------
    InputError
        The memories are too small; the message names the first layer that finds no room.
    """
    side, _, channels = network.template_shape
    columns = blocks(channels, accelerator.lanes)
    template_words = len(TAP_GROUPS[side]) * columns
    weight: dict[str, int] = {}
    # The response adds nothing to its sums: these constants are zero.
    constant = {network.response.name: TEMPLATE_BASE + template_words}
    position = template_words + columns
    for operator in (*network.weighted(), network.response):
        for place, size in _sizes(accelerator, operator, weight, constant):
            place[operator.name] = position
            position += size
        if position > accelerator.weight_words:
            raise InputError(
                f"network {network.name} does not fit accelerator {accelerator.name}: layer {operator.name} "
                f"needs {position} words of weight memory per lane (with the layers before it), there are "
                f"{accelerator.weight_words}"
            )
    return WeightLayout(
        network=network,
        accelerator=accelerator,
        weight=weight,
        constant=constant,
        template_words=template_words,
        end=position,
    )


def _sizes(
    accelerator: Accelerator, operator: Operator, weight: dict[str, int], constant: dict[str, int]
) -> Sequence[tuple[dict[str, int], int]]:
    """The words of an operator in the order of the memory: the table that their address belongs to, and how
    many they are.
    """
    if not operator.weight_shape:
        fixed = fixed_words(accelerator, operator).shape[1]
        return ((weight, fixed),) if fixed else ()
    packing, count = PACKING[type(operator)], blocks(operator.weight_shape[0], accelerator.lanes)
    own = count * groups(accelerator, operator) if packing.taps else 0
    parts = ((weight, own), (constant, count))
    return parts[::-1] if packing.constants_first else parts
