import numpy as np
import pytest

from siammixer.golden.network import accumulate, run
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.numerics import MULTIPLIER_MAX


@pytest.mark.parametrize("name", NETWORKS)
def test_the_same_seed_gives_the_same_weights(name):
    network = NETWORKS[name]
    assert (
        random_weights(network, 3).fingerprint
        == random_weights(network, 3).fingerprint
        != random_weights(network, 4).fingerprint
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_activations_are_neither_dead_nor_saturated_and_ranges_are_used(name):
    network = NETWORKS[name]
    weights = random_weights(network, 2)
    tensors = run(network, weights, random_image(network.template_side, 1), "template")
    tensors |= run(network, weights, random_image(network.search_side, 2), "search", tensors["template"])
    for operator in network.weighted():
        tensor, values = tensors[operator.name], weights.operators[operator.name]
        assert 10 < tensor.std() < 75 and (tensor == 0).mean() < 0.75
        assert 0 < (tensor == 127).mean() < 0.2
        assert values.multiplier.max() == MULTIPLIER_MAX
        if values.weight.size:  # a correlation has none, and larger sums where both factors are features
            assert values.multiplier.min() < 128 and np.abs(values.weight.astype(int)).max() == 127
    for operator in network.operators("search"):
        if operator.kind == "add":
            assert 10 < tensors[operator.name].std() < 90


def test_ties_occur():
    network = NETWORKS["siammixer"]
    weights = random_weights(network, 2)
    tensors = run(network, weights, random_image(255, 1), "template")
    operator = network.operator("M1.channel.branch")
    values = weights.operators[operator.name]
    products = accumulate(tensors["M1.channel.hidden"], operator, values).astype(np.int64) * values.multiplier
    ties = products[products % 2**17 == 2**16]
    assert (ties > 0).sum() > 10 and (ties < 0).sum() > 10
