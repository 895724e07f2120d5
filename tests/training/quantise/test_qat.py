"""Training runs the network that the hardware runs: QAT against golden, whole arrays, and that it learns."""

import dataclasses

import numpy as np
import pytest
import torch
from torch.nn import functional

from siammixer.golden.network import accumulate, run, weighted
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import NETWORKS, find_network
from siammixer.ir.errors import InputError
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.operators import Operator
from siammixer.ir.weights import SHIPPED, load_weights
from siammixer.training.data.loader import Batch
from siammixer.training.loop.loss import batch_loss
from siammixer.training.model.dequantise import real_operators
from siammixer.training.model.fold import Folded
from siammixer.training.model.model import SiamMixer, centre, to_input
from siammixer.training.quantise.operators import arithmetic
from siammixer.training.quantise.qat import QuantisedOperator, QuantisedSiamMixer, quantised_model
from siammixer.training.quantise.quantise import quantise

TINY = NETWORKS["tiny"]


def shipped(name: str) -> QuantisedSiamMixer:
    weights = load_weights(find_network(name))
    return QuantisedSiamMixer(weights.network, real_operators(weights), weights.exponents)


def random_batch(network: Network, seed: int, templates: int = 2, searches: int = 2) -> Batch:
    images = [random_image(network.search_side, seed + k) for k in range(templates * (searches + 1))]
    crops = torch.from_numpy(np.stack(images))
    target = np.random.default_rng(seed).uniform(-2, 2, (templates, searches, 2)) * network.stride
    return Batch(
        crops[:templates],
        crops[templates:].unflatten(0, (templates, searches)),
        torch.from_numpy(target.astype(np.float32)),
    )


def trained(model: QuantisedSiamMixer, batch: Batch, steps: int, rate: float) -> list[float]:
    """The losses of some steps of Adam."""
    optimiser = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], rate)
    losses = []
    for _ in range(steps):
        loss = batch_loss(model, batch)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


def real_operator(
    operator: Operator, reals: list[torch.Tensor], weight: torch.Tensor, bias: torch.Tensor
) -> torch.Tensor:
    """``weight . x + bias`` in plain torch, in the layouts of siammixer.ir.operators."""
    x, *others = reals
    match operator.kind:
        case "depthwise correlation":
            (template,) = others
            one_by_one = [
                functional.conv2d(maps[None], kernels[:, None], groups=len(maps))
                for maps, kernels in zip(x, template, strict=True)
            ]
            return torch.cat(one_by_one) * weight[:, 0, None, None] + bias[:, None, None]
        case "centre pointwise":
            x = centre(x, operator.out_shape[0])
            return torch.einsum("oi,nihw->nohw", weight, x) + bias[:, None, None]
        case "convolution":
            return functional.conv2d(x, weight.permute(0, 3, 1, 2), bias, operator.stride)
        case "depthwise":
            return functional.conv2d(x, weight[:, None], bias, operator.stride, groups=x.shape[1])
        case "pointwise":
            return torch.einsum("oi,nihw->nohw", weight, x) + bias[:, None, None]
    return (torch.einsum("oi,nci->nco", weight, x.flatten(2)) + bias).unflatten(2, operator.out_shape[:2])


def assert_equals_golden(model: QuantisedSiamMixer, seed: int) -> None:
    """Every tensor of both branches and the response, of two crops in one batch."""
    network, weights = model.network, model.weights()
    templates, searches = (
        np.stack([random_image(network.side(branch), seed + k) for k in range(2)]) for branch in BRANCHES
    )
    with torch.inference_mode():
        template = model.tensors(to_input(torch.from_numpy(templates)), "template")
        search = model.tensors(to_input(torch.from_numpy(searches)), "search", template["template"])
    scales = {name: 2.0**exponent for name, exponent in weights.exponents.items()}
    for operator in network.responses("search"):
        scales[operator.name] = float(np.prod([scales[name] for name in operator.inputs]))
    for k in range(2):
        golden_template = run(network, weights, templates[k], "template")
        golden_search = run(network, weights, searches[k], "search", template=golden_template["template"])
        for found, expected in ((template, golden_template), (search, golden_search)):
            assert found.keys() == expected.keys()
            for name, values in expected.items():
                assert np.array_equal(found[name][k].permute(1, 2, 0).numpy(), values * scales[name]), name


@pytest.mark.parametrize("name", [name for name in NETWORKS if (SHIPPED / f"{name}.npz").is_file()])
def test_every_tensor_equals_golden_with_the_shipped_weights(name):
    assert_equals_golden(shipped(name), seed=1)


@pytest.mark.parametrize("seed", range(4))
def test_every_tensor_equals_golden_with_random_weights(seed):
    weights = random_weights(TINY, seed)
    assert_equals_golden(QuantisedSiamMixer(TINY, real_operators(weights), weights.exponents), seed)


def test_the_name_of_the_output_is_the_networks(monkeypatch):
    """In golden's integers and in float, whose responses are those of its own tensors."""
    monkeypatch.setattr("siammixer.ir.network.RESPONSE", "likeness")
    network = dataclasses.replace(TINY, name="renamed")
    weights = random_weights(network, 3)
    model = QuantisedSiamMixer(network, real_operators(weights), weights.exponents)
    assert_equals_golden(model, 3)
    template, search = (
        to_input(torch.from_numpy(random_image(network.side(branch), 3)[np.newaxis])) for branch in BRANCHES
    )
    for one in (model, SiamMixer(network).eval()):
        with torch.inference_mode():
            tensors = one.tensors(search, "search", one.embed(template, "template"))
            assert torch.equal(tensors["likeness"], tensors["H.box"].to(tensors["likeness"].dtype))


@pytest.mark.parametrize("name, size, steps", [("tiny", 2, 4), ("siammixer", 2, 2)])
def test_every_tensor_equals_golden_after_training(name, size, steps):
    model = shipped(name)
    before = model.weights().fingerprint
    trained(model, random_batch(model.network, 5, size, 1), steps, rate=1e-3)
    assert model.weights().fingerprint != before
    assert_equals_golden(model, seed=2)


def test_partial_sums_beyond_float32_are_exact_too():
    """Half of 64,000 products add up to far more than 2**24, the other half takes nearly all of it away
    again; a unit is half an output.
    """
    operator = dataclasses.replace(TINY.operator("E"), in_shape=(6, 6, 64000), out_shape=(6, 6, 4))
    exponents = {operator.inputs[0]: 0, operator.name: -6}
    scale = 2.0 ** (16 - 6 - 17)  # of multiplier 2**16
    rng = np.random.default_rng(3)
    weight = rng.integers(115, 128, (4, 64000)) * np.repeat([1, -1], 32000)
    weight[:, 0] = 127
    x = np.tile(rng.integers(90, 127, 64000, dtype=np.int8), (6, 6, 1))
    bias = -(weight @ x[0, 0].astype(int))
    x[..., 1:] += rng.random((6, 6, 63999)) < 1e-5
    module = QuantisedOperator(operator, Folded(weight * scale, bias * scale), exponents)
    integers = module.integers()
    assert np.abs(integers.weight[:, :32000].astype(int) @ x[0, 0, :32000]).min() > 2**28
    assert arithmetic(operator).limit() >= 2**24 > np.abs(accumulate(x, operator, integers)).max()
    expected = weighted(operator, x, integers)
    assert np.unique(expected[np.abs(expected) < 127]).size > 3
    found = module(torch.from_numpy(x.astype(np.float32)).permute(2, 0, 1)[None])
    assert np.array_equal(found[0].permute(1, 2, 0).detach().numpy(), expected)


def test_it_starts_as_the_quantised_float_network(tiny, pairs):
    assert quantised_model(tiny, pairs).weights().fingerprint == quantise(tiny, pairs).fingerprint


@pytest.mark.parametrize("name", [operator.name for operator in TINY.operators("search")[:-1]])
def test_gradients_are_those_of_the_clamped_real_operator(name):
    """Against autograd of the same operator without rounding, on the reals that the integers stand for (not
    where a value lies on the clamp).
    """
    operator, model = TINY.operator(name), shipped("tiny")
    generator = torch.Generator().manual_seed(7)
    shapes = {
        source: (TINY.tensors() | {"template": TINY.template_shape})[source] for source in operator.inputs
    }
    maps = [
        torch.randint(-90, 91, (2, c, h, w), generator=generator).float().requires_grad_()
        for h, w, c in shapes.values()
    ]
    reals = [
        x.double() * 2.0 ** model.exponents[source] for x, source in zip(maps, operator.inputs, strict=True)
    ]
    if operator.kind == "add":
        masters, parameters = [], []
        y = centre(reals[0], operator.out_shape[0]) + reals[1]
    else:
        folded = real_operators(model.weights())[name]
        parameters = [torch.from_numpy(array).requires_grad_() for array in (folded.weight, folded.bias)]
        masters = [model[name].weight, model[name].bias]
        y = real_operator(operator, reals, *parameters)
    y = y * 2.0 ** -model.exponents[name]
    low, high = 0 if getattr(operator, "relu", False) else -128, 127
    upstream = (
        torch.randn(y.shape, generator=generator) * ((y - low).abs() > 1e-6) * ((y - high).abs() > 1e-6)
    )
    expected = torch.autograd.grad(y.clamp(low, high), (*maps, *parameters), upstream.double())
    found = torch.autograd.grad(model.execute(operator, *maps), (*maps, *masters), upstream)
    for one, other in zip(found, expected, strict=True):
        assert one.abs().max() > 0
        torch.testing.assert_close(one, other.float(), rtol=1e-3, atol=1e-4 * float(other.abs().max()))


@pytest.mark.parametrize("freeze", [False, True])
def test_gradients_reach_every_trainable_weight(freeze):
    weights = load_weights(TINY)
    model = QuantisedSiamMixer(TINY, real_operators(weights), weights.exponents, freeze_patch=freeze)
    batch_loss(model, random_batch(TINY, 4)).backward()
    for name, parameter in model.named_parameters():
        frozen = freeze and any(
            o.patch and name.startswith(f"weighted.{o.name.replace('.', '/')}.") for o in TINY.weighted()
        )
        # The dense correlation's loss does not reach the head.
        without = frozen or name.startswith("weighted.H/")
        assert parameter.requires_grad != frozen, name
        assert parameter.grad is None if without else parameter.grad.any(), name


def test_a_frozen_patch_stage_changes_nothing_but_its_own_gradients():
    weights, batch = load_weights(TINY), random_batch(TINY, 4)
    free, frozen = (
        QuantisedSiamMixer(TINY, real_operators(weights), weights.exponents, freeze_patch=freeze)
        for freeze in (False, True)
    )
    for model in (free, frozen):
        batch_loss(model, batch).backward()
    for name, parameter in frozen.named_parameters():
        if parameter.requires_grad and not name.startswith("weighted.H/"):
            torch.testing.assert_close(parameter.grad, dict(free.named_parameters())[name].grad)
    before = frozen.weights()
    trained(frozen, batch, 2, rate=1e-2)
    for operator in TINY.weighted():
        same = np.array_equal(
            frozen.weights().operators[operator.name].weight, before.operators[operator.name].weight
        )
        assert same == (operator.patch or operator.name.startswith("H.")), operator.name


def test_training_lowers_the_loss():
    losses = trained(shipped("tiny"), random_batch(TINY, 6), 30, rate=2e-3)
    assert losses[-1] < 0.7 * losses[0]


def test_a_saved_state_brings_its_exponents_back(tmp_path, tiny, pairs):
    model = shipped("tiny")
    trained(model, random_batch(TINY, 6), 2, rate=2e-3)
    torch.save(model.state_dict(), tmp_path / "state.pt")
    other = quantised_model(tiny, pairs)
    assert other.exponents != model.exponents
    other.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    assert other.weights().fingerprint == model.weights().fingerprint
    assert_equals_golden(other, seed=3)


def test_exponents_without_shifts_are_refused():
    weights = load_weights(TINY)
    with pytest.raises(InputError, match=r"exponents of M1\.local need shifts"):
        QuantisedSiamMixer(TINY, real_operators(weights), weights.exponents | {"M1.local": 20})
