"""Equalised channels compute the same, and every multiplier of the channel-wise correlation is one that
exists.
"""

import copy
import dataclasses

import numpy as np
import pytest
import torch

from siammixer.golden.network import run
from siammixer.ir import numerics
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.training.model.model import SiamMixer, to_input
from siammixer.training.quantise import quantise as quantising
from siammixer.training.quantise.equalise import MULTIPLIER, equalise
from siammixer.training.quantise.quantise import quantise

NETWORK = NETWORKS["tiny"]


@pytest.fixture
def uneven(tiny, pairs):
    """A tiny network whose embedding's channels differ a hundredfold, and with them the correlation's gains
    ten thousandfold.
    """
    sizes = torch.logspace(-1, 1, 16)
    with torch.no_grad():
        for parameter in (tiny["E"].norm.weight, tiny["E"].norm.bias):
            parameter.mul_(sizes)
        tiny["H.embedding"].linear.weight.div_(sizes[:, None])
        tiny["H.correlation"].norm.running_mean.mul_(sizes**2)
        tiny["H.correlation"].norm.running_var.mul_(sizes**4)
    return tiny


def answer(model: SiamMixer, pairs, name: str = "H.box") -> torch.Tensor:
    template, search = (
        to_input(torch.from_numpy(crops)).double() for crops in (pairs.template, pairs.search)
    )
    with torch.inference_mode():
        return model.tensors(search, "search", model.embed(template, "template"))[name]


def test_the_network_computes_the_same(uneven, pairs):
    model = copy.deepcopy(uneven).double()
    before, embedding = answer(model, pairs), answer(model, pairs, "E")
    factors = equalise(model, -4)
    torch.testing.assert_close(answer(model, pairs), before, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(answer(model, pairs, "E"), embedding * factors[:, None, None])
    assert factors.max() > 20 * factors.min() and abs(float(factors.log2().mean())) <= 0.5


def test_every_multiplier_is_the_wanted_one(uneven, pairs):
    found = quantise(uneven, pairs).operators["H.correlation"].multiplier
    assert (np.log2(found / MULTIPLIER) % 1 == 0).all() and len(np.unique(found)) == 1
    assert found.min() >= numerics.SATURATING_MULTIPLIER_MIN


def test_the_integers_answer_better_than_without(uneven, pairs, monkeypatch):
    expected = answer(copy.deepcopy(uneven).double(), pairs, "H.correlation")

    def error() -> float:
        weights = quantise(uneven, pairs)
        found = []
        for template, search in zip(pairs.template, pairs.search, strict=True):
            known = run(NETWORK, weights, template, "template")["template"]
            found.append(run(NETWORK, weights, search, "search", known)["H.correlation"])
        real = (
            torch.from_numpy(np.stack(found)).permute(0, 3, 1, 2) * 2.0 ** weights.exponents["H.correlation"]
        )
        return float((real - expected).norm() / expected.norm())

    equalised = error()
    monkeypatch.setattr(quantising, "correlated", lambda model: None)
    assert equalised < 0.5 * error()


def test_a_channel_without_gain_stays_harmless(uneven, pairs):
    with torch.no_grad():
        uneven["H.correlation"].norm.weight[3] = 0
    weights = quantise(uneven, pairs)
    known = run(NETWORK, weights, pairs.template[0], "template")["template"]
    assert run(NETWORK, weights, pairs.search[0], "search", known)["H.correlation"].any()
    assert weights.operators["H.correlation"].multiplier.min() >= numerics.SATURATING_MULTIPLIER_MIN


def test_a_network_without_a_head_is_refused():
    with pytest.raises(InputError, match=r"must have a head, .*, not as bare"):
        equalise(SiamMixer(dataclasses.replace(NETWORK, name="bare", head_layers=())), -4)


def test_an_embedding_that_is_a_sum_stays_as_it_is(pairs):
    """It is refused here, and quantised without: there is no BatchNorm that could scale it alone."""
    network = dataclasses.replace(NETWORK, name="summed", mixer_layers=NETWORK.mixer_layers[:-1])
    assert network.operator(network.embedding).kind == "add"
    model = SiamMixer(network).eval()
    with pytest.raises(InputError, match="no residual as its embedding, not as summed"):
        equalise(model, -4)
    weights = quantise(model, pairs)
    known = run(network, weights, pairs.template[0], "template")["template"]
    assert run(network, weights, pairs.search[0], "search", known)["H.correlation"].any()
