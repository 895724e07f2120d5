"""Networks with a head: the similarity of embedding and template, layers behind it, and the read-out of the
last map as the response, on every engine to the bit.
"""

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.lib.stride_tricks import sliding_window_view

from siammixer.arch.accelerator import find_accelerator
from siammixer.compiler.compile import compile_branch, compile_network
from siammixer.driver.planner import plan_branches
from siammixer.driver.session import Session
from siammixer.golden.engine import GoldenEngine
from siammixer.golden.memory import measure
from siammixer.golden.network import run
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.golden.response import cells
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.ir.layers import ChannelMLP, Depthwise, Pointwise, TemplateCorrelation, TemplateSimilarity
from siammixer.ir.weights import Weights
from siammixer.sim.engine import RtlEngine
from siammixer.sim.frame import simulate_frames
from siammixer.sim.native import Simulator
from siammixer.sim.simulators import native_simulator
from siammixer.training.data.pairs import Pairs
from siammixer.training.model.dequantise import real_operators
from siammixer.training.model.model import SiamMixer, to_input
from siammixer.training.quantise.qat import QuantisedSiamMixer
from siammixer.training.quantise.quantise import quantise
from siammixer.verify.onnx.compare import confirm

BASE = find_network("tiny")
# Room for responses of several words of channels.
TINY = replace(find_accelerator("tiny"), name="tiny-head", map_words=2048, response_words=1200)
CORRELATION = TemplateCorrelation(name="H.correlation")
HEADS = {
    "alone": (CORRELATION,),
    "signed": (TemplateCorrelation(name="H.correlation", relu=False),),
    "with layers behind it": (
        CORRELATION,
        Pointwise(name="H.wide", channels=24),
        Depthwise(name="H.window"),
        Pointwise(name="H.box", channels=5, relu=False),
    ),
    "with a residual": (CORRELATION, Depthwise(name="H.local", residual=True)),
    "similarity": (TemplateSimilarity(name="H", channels=16),),
    "narrow similarity": (TemplateSimilarity(name="H", channels=3),),
    "similarity of a word less one": (TemplateSimilarity(name="H", channels=7), Depthwise(name="H.local")),
    "box": BASE.head_layers,
}
OUTPUTS = {"H.correlation", "H.similarity", "H.embedding"}


WIDE = (Depthwise(name="D1"), Pointwise(name="D2", channels=64), ChannelMLP(name="D3", hidden=64))


def network(head):
    return replace(BASE, name="tiny-head", head_layers=HEADS[head])


def golden_crops(net, seed):
    return [random_image(net.search_side, seed + k) for k in range(2)]


def golden(net, weights, seed):
    crops = golden_crops(net, seed)
    template = run(net, weights, crops[0], "template")
    return crops, template, run(net, weights, crops[1], "search", template["template"])


def test_it_is_the_response_before_its_sum_over_channels():
    net = network("signed")
    weights = random_weights(net, 4)
    _, template, search = golden(net, weights, 4)
    windows = sliding_window_view(search["E"].astype(np.int64), (3, 3), axis=(0, 1))
    products = np.einsum("hwcab,abc->hwc", windows, template["template"].astype(np.int64))
    headless = replace(BASE, name="headless", head_layers=())
    operators = {operator.name: weights.operators[operator.name] for operator in headless.weighted()}
    exponents = {
        name: weights.exponents[name] for name in (*headless.tensors(), "template") if name != "response"
    }
    summed = run(
        headless,
        Weights(headless, operators, exponents),
        golden_crops(net, 4)[1],
        "search",
        template["template"],
    )
    np.testing.assert_array_equal(products.sum(2, keepdims=True), summed["response"])
    values = weights.operators["H.correlation"]
    real = (products + values.bias) * values.multiplier / 2**17
    np.testing.assert_array_equal(search["H.correlation"], np.clip(np.rint(real), -128, 127))
    np.testing.assert_array_equal(search["response"], search["H.correlation"])
    assert (search["response"].dtype, net.outputs("search")) == (np.int32, ("response",))


@pytest.mark.parametrize("head", HEADS)
def test_both_outside_evaluators_agree(head):
    net = network(head)
    crops = [random_image(net.search_side, seed) for seed in (5, 6)]
    assert [row for row in confirm(net, random_weights(net, 5), *crops) if not row.equal] == []


@pytest.mark.parametrize("head", HEADS)
def test_the_accelerator_agrees_and_takes_the_predicted_cycles(head):
    net = network(head)
    crops = [random_image(net.search_side, seed) for seed in (1, 2, 3)]
    for report in simulate_frames(net, random_weights(net, 3), TINY, None, crops[0], crops[1:]):
        assert report.mismatch is None
    steps = [step.name for step in compile_network(net, TINY)["search"].steps]
    channels = net.response_shape[2]
    assert steps[-channels:] == ["response"] * channels
    assert steps[-channels - 1] == HEADS[head][-1].name


@pytest.mark.parametrize("head", HEADS)
def test_the_harness_in_cpp_agrees(head):
    net = network(head)
    weights = random_weights(net, 12)
    crops = golden_crops(net, 12)
    engines = [GoldenEngine(net, weights), RtlEngine(net, weights, TINY)]
    with closing(engines[1]):
        for engine in engines:
            engine.set_template(crops[0])
        found, wanted = (engine.responses(np.array(crops)) for engine in engines)
    assert found.shape == (2, *net.response_shape)
    np.testing.assert_array_equal(found, wanted)


def test_what_earlier_runs_left_in_the_memories_changes_nothing():
    """The read-out reads words around its map that no step of the frame has written."""
    net, wide = network("box"), replace(BASE, name="wide", head_layers=(), mixer_layers=WIDE)
    weights = random_weights(net, 13)
    with closing(Simulator(native_simulator(TINY, lambda _: None))) as core:
        found = []
        for seed in (None, 1, 2):
            if seed is not None:
                plans = plan_branches(wide, TINY, None, others := random_weights(wide, seed))
                assert plans["search"].map_words > 0.9 * TINY.map_words
                dirty = Session(plans, others, core)
                for branch in ("template", "search"):
                    dirty.run(branch, random_image(wide.side(branch), seed))
            session = Session(plan_branches(net, TINY, None, weights), weights, core)
            crops = golden_crops(net, 13)
            session.run("template", crops[0])
            found.append(session.run("search", crops[1]).response)
    wanted = cells(golden(net, weights, 13)[2]["response"])
    for response in found:
        np.testing.assert_array_equal(response, wanted)


@pytest.mark.parametrize("head", HEADS)
def test_training_computes_goldens_integers(head):
    net = network(head)
    usual = random_weights(net, 7)
    model = QuantisedSiamMixer(net, real_operators(usual), usual.exponents)
    weights = model.weights()
    crops, _, search = golden(net, weights, 7)
    images = [to_input(torch.from_numpy(crop[None])) for crop in crops]
    with torch.inference_mode():
        kept = model.tensors(images[0], "template")["template"]
        found = model.tensors(images[1], "search", kept)
    for name in {layer.name for layer in HEADS[head]} | OUTPUTS & set(search):
        values = found[name][0].permute(1, 2, 0).numpy() / 2.0 ** weights.exponents[name]
        np.testing.assert_array_equal(values, search[name])


def test_its_gradients_are_those_of_the_real_operator():
    net = network("signed")
    weights = random_weights(net, 8)
    model = QuantisedSiamMixer(net, real_operators(weights), weights.exponents)
    generator = torch.Generator().manual_seed(8)
    x, template = (
        torch.randint(-60, 61, (2, 16, side, side), generator=generator).float().requires_grad_()
        for side in (9, 3)
    )
    module, operator = model["H.correlation"], net.operator("H.correlation")
    scale, out = 2.0 ** weights.exponents["E"], 2.0 ** -weights.exponents["H.correlation"]
    gain, bias = (one.detach().double().requires_grad_() for one in (module.weight, module.bias))
    products = torch.einsum(
        "nchwab,ncab->nchw", (x.double() * scale).unfold(2, 3, 1).unfold(3, 3, 1), template.double() * scale
    )
    y = (products * gain[:, :, None] + bias[:, None, None]) * out
    inside = ((y > -127) & (y < 126)).double()
    upstream = torch.randn(y.shape, generator=generator).double() * inside
    wanted = torch.autograd.grad(y, (x, template, gain, bias), upstream)
    found = torch.autograd.grad(
        model.execute(operator, x, template), (x, template, module.weight, module.bias), upstream.float()
    )
    for one, other in zip(found, wanted, strict=True):
        assert one.abs().max() > 0
        torch.testing.assert_close(one, other.float(), rtol=2e-2, atol=2e-2 * float(other.abs().max()))


@pytest.mark.parametrize("head", ["with layers behind it", "with a residual", "box"])
def test_a_float_model_becomes_integers_that_come_close(head):
    net = network(head)
    torch.manual_seed(9)
    model = SiamMixer(net).eval()
    crops = [np.stack([random_image(net.search_side, 10 * k + n) for n in range(6)]) for k in (1, 2)]
    with torch.no_grad():
        model.train()
        model.tensors(to_input(torch.from_numpy(crops[1])), "search", model.embed(*_inputs(crops[0])))
        model.eval()
    weights = quantise(model, Pairs(*crops, target=np.zeros((6, 2), np.int64)))
    template = run(net, weights, crops[0][0], "template")
    search = run(net, weights, crops[1][0], "search", template["template"])
    with torch.inference_mode():
        kept = model.embed(*_inputs(crops[0][:1]))
        real = model.tensors(to_input(torch.from_numpy(crops[1][:1])), "search", kept)
    for name in ("H.correlation", HEADS[head][-1].name):
        wanted = real[name][0].permute(1, 2, 0).numpy()
        found = search[name] * 2.0 ** weights.exponents[name]
        likeness = np.corrcoef(wanted.ravel(), found.ravel())[0, 1]
        if name in net.fixed_exponents:
            # The units of a response are wide for a model that is not trained: its values are few. Each map
            # that is added brings its own error.
            assert np.abs(wanted - found).max() < len(net.operator(name).inputs), name
            assert likeness > 0.85, name
            continue
        assert likeness > 0.9, name


def _inputs(crops):
    return to_input(torch.from_numpy(crops)), "template"


@pytest.mark.parametrize("head", HEADS)
def test_its_memory_is_measured_in_place(head):
    net = network(head)
    weights = random_weights(net, 11)
    crops, template, search = golden(net, weights, 11)
    measured = measure(net, weights, crops[1], "search", template["template"])
    for name in net.tensors():
        np.testing.assert_array_equal(measured.tensors[name], search[name])


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ({"mixer_layers": (*BASE.mixer_layers, CORRELATION)}, "must be the first of the head layers"),
        ({"head_layers": (Pointwise(name="H", channels=8),)}, "the first head layer must be a correlation"),
        ({"head_layers": (CORRELATION, TemplateCorrelation(name="H2"))}, "must be the first of the head"),
        ({"head_layers": (TemplateCorrelation(name="E"),)}, "layer names must be unique"),
        (
            {"mixer_layers": (*BASE.mixer_layers, TemplateSimilarity(name="S", channels=8))},
            "layer S: .* must be the first of the head layers",
        ),
    ],
)
def test_a_head_elsewhere_is_refused(layers, message):
    with pytest.raises(InputError, match=message):
        replace(BASE, **layers)


def test_a_head_that_does_not_fit_is_refused():
    net = replace(BASE, name="big", head_layers=(CORRELATION, Pointwise(name="H.big", channels=4096)))
    with pytest.raises(InputError, match=r"layer H\.big needs 512 blocks of 8 outputs, there are"):
        compile_branch(net, TINY)
    net = replace(BASE, name="wide", head_layers=(TemplateSimilarity(name="H", channels=17),))
    with pytest.raises(
        InputError, match="layer H: its result has 3 words a pixel; it overwrites the embedding, which has 2"
    ):
        compile_branch(net, TINY)
    with pytest.raises(InputError, match="layer response needs 125 response cells, there are 124"):
        compile_branch(BASE, replace(TINY, response_words=124))
    small = replace(BASE, name="small", mixer_layers=(Pointwise(name="E", channels=16, relu=False),))
    with pytest.raises(InputError, match=r"layer H needs \d+ words of feature-map memory, there are 800"):
        compile_branch(small, replace(TINY, map_words=800))
