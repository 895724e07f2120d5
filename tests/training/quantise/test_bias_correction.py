"""Corrected biases bring the mean of the integers to the float network's, behind the template too."""

import copy

import numpy as np
import pytest
import torch

from siammixer.golden.network import run
from siammixer.ir.catalogue import NETWORKS
from siammixer.training.model.fold import fold
from siammixer.training.model.model import to_input
from siammixer.training.quantise.bias_correction import bias_corrected
from siammixer.training.quantise.qat import QuantisedSiamMixer
from siammixer.training.quantise.quantise import calibrated, quantise_operator

NETWORK = NETWORKS["tiny"]


@pytest.mark.parametrize("name", ["E", "H.correlation", "H.similarity", "H.embedding", "H.mix", "H.box"])
def test_the_mean_is_the_float_networks(tiny, pairs, name):
    """A coarse embedding shifts the means; every layer takes back its own share."""
    exact = copy.deepcopy(tiny).double()
    _, exponents = calibrated(tiny, pairs)
    exponents |= {"E": exponents["E"] + 2, "template": exponents["template"] + 2}
    folded = fold(exact)
    with torch.inference_mode():
        template, search = (to_input(torch.from_numpy(x)).double() for x in (pairs.template, pairs.search))
        expected = exact.tensors(search, "search", exact.embed(template, "template"))[name].mean((0, 2, 3))

    def shift(layers) -> float:
        weights = QuantisedSiamMixer(NETWORK, layers, exponents).weights()
        found = []
        for before, crop in zip(pairs.template, pairs.search, strict=True):
            known = run(NETWORK, weights, before, "template")["template"]
            found.append(run(NETWORK, weights, crop, "search", known)[name].mean((0, 1)))
        return float(np.linalg.norm(np.mean(found, 0) * 2.0 ** exponents[name] - expected.numpy()))

    corrected = bias_corrected(exact, folded, exponents, pairs, quantise_operator)
    assert corrected.keys() == folded.keys()
    assert shift(corrected) < 0.9 * shift(folded)
