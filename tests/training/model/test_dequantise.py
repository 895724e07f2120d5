"""A float model out of integers: it answers as golden does, and norms recalibrated on data change nothing."""

import copy

import numpy as np
import pytest
import torch

from siammixer.golden.network import run
from siammixer.golden.random_weights import random_image
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.weights import SHIPPED, load_weights
from siammixer.training.loop.validate import golden_responses, score_maps
from siammixer.training.model.dequantise import calibrate_norms, float_model, real_operators
from siammixer.training.model.fold import fold
from siammixer.training.model.model import to_input
from siammixer.training.quantise.quantise import quantise_operator

TINY = NETWORKS["tiny"]


@pytest.fixture(scope="module", params=[name for name in NETWORKS if (SHIPPED / f"{name}.npz").is_file()])
def weights(request):
    return load_weights(NETWORKS[request.param])


def test_folding_gives_back_the_real_operators(weights):
    """But for float32's half unit of 2**-24, twice: the scale of BatchNorm and the bias."""
    folded = fold(float_model(weights))
    for name, expected in real_operators(weights).items():
        np.testing.assert_allclose(folded[name].weight, expected.weight, rtol=2**-22, atol=0)
        np.testing.assert_allclose(folded[name].bias, expected.bias, rtol=2**-22, atol=0)


def test_quantised_again_the_integers_are_the_same(weights):
    """Wherever the largest weight of an output is 127, as the quantiser leaves it but for multipliers of few
    bits.
    """
    folded, compared, outputs = fold(float_model(weights)), 0, 0
    for operator in weights.network.weighted():
        values = weights.operators[operator.name]
        again = quantise_operator(operator, folded[operator.name], weights.exponents)
        largest = np.abs(values.weight.reshape(operator.outputs, -1)).max(axis=1, initial=0)
        whole = (largest == 127) | (operator.weight_bytes == 0)
        compared, outputs = compared + whole.sum(), outputs + len(whole)
        for part in ("weight", "multiplier", "bias"):
            assert np.array_equal(getattr(again, part)[whole], getattr(values, part)[whole]), (
                operator.name,
                part,
            )
    assert compared > outputs / 2


def test_one_operator_differs_from_golden_by_one_rounding(weights):
    """Half a unit, where the input is golden's own and nothing is clamped; 2**-10 of a unit for float32's
    sums.
    """
    network, model = weights.network, float_model(weights)
    template = run(network, weights, random_image(network.template_side, 2), "template")["template"]
    tensors = run(network, weights, random_image(network.search_side, 1), "search", template)
    tensors["template"] = template
    for operator in network.weighted():
        inputs = [
            torch.from_numpy(tensors[name] * np.float32(2.0 ** weights.exponents[name])).permute(2, 0, 1)
            for name in operator.inputs
        ]
        expected = tensors[operator.name]
        with torch.inference_mode():
            found = (
                model[operator.name](*(x[None] for x in inputs))[0].permute(1, 2, 0).numpy()
                * 2.0 ** -weights.exponents[operator.name]
            )
        error = np.clip(found.reshape(expected.shape), -128, 127) - expected
        assert np.abs(error).max() <= 0.5 + 2**-10, operator.name


def test_responses_are_nearly_the_quantised_ones(pairs):
    weights = load_weights(TINY)
    expected, found = golden_responses(TINY, weights, pairs), score_maps(float_model(weights), pairs)
    for one, other in zip(expected, found, strict=True):
        assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.98


@pytest.fixture
def images(pairs) -> torch.Tensor:
    return to_input(torch.from_numpy(pairs.search))


@pytest.mark.parametrize("batches", [1, 3])
def test_calibrated_norms_change_nothing_in_evaluation(tiny, images, batches):
    before = copy.deepcopy(tiny)
    calibrate_norms(tiny, images.chunk(batches))
    with torch.inference_mode():
        template = before.template_of(before.embed(images.flip(0), "search"))
        expected, found = (model.tensors(images, "search", template) for model in (before, tiny))
    for name in TINY.tensors():
        torch.testing.assert_close(found[name], expected[name], rtol=1e-4, atol=1e-4)
    assert not torch.equal(tiny["P1"].norm.running_mean, before["P1"].norm.running_mean)


def test_training_mode_computes_the_same_function_after_calibration(images):
    model = float_model(load_weights(TINY))
    with torch.no_grad():
        expected = model.embed(images, "search")
        wrong = copy.deepcopy(model).train().embed(images, "search")
        calibrate_norms(model, [images])
        assert not model.training
        found = model.train().embed(images, "search")
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))
    assert (wrong - expected).norm() > 0.1 * expected.norm()
