"""The quantised network is valid, follows the multiplier rule and answers as the float one."""

import copy
import dataclasses

import numpy as np
import pytest
import torch

from siammixer.golden.network import run
from siammixer.ir import numerics
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.weights import accumulator_bound, load_weights
from siammixer.training.data.pairs import validation_pairs
from siammixer.training.data.tracks import read_tracks
from siammixer.training.loop.checkpoint import save_checkpoint
from siammixer.training.loop.validate import golden_responses, score_maps
from siammixer.training.model.fold import Folded, fold
from siammixer.training.model.model import to_input
from siammixer.training.quantise.equalise import equalise
from siammixer.training.quantise.operators import arithmetic
from siammixer.training.quantise.quantise import (
    CALIBRATION_PAIRS,
    CALIBRATION_SEED,
    best_exponent,
    choose_exponents,
    quantise,
    quantise_checkpoint,
    quantise_operator,
    sample_tensors,
)

NETWORK = NETWORKS["tiny"]


@pytest.fixture
def weights(tiny, pairs):
    return quantise(tiny, pairs)


@pytest.fixture
def twin(tiny, pairs):
    """The float network that is quantised: with the embedding's channels in other sizes."""
    twin = copy.deepcopy(tiny).double()
    equalise(twin, best_exponent(sample_tensors(twin, pairs)["H.correlation"]))
    return twin


def test_file_round_trip(weights, tmp_path):
    weights.save(tmp_path / "tiny.npz")
    assert load_weights(NETWORK, tmp_path / "tiny.npz").fingerprint == weights.fingerprint


def test_multipliers_come_first_and_the_weights_follow_them(weights, twin):
    folds = fold(twin)
    for operator in NETWORK.weighted():
        if not operator.weight_bytes:
            continue
        folded = folds[operator.name]
        values = quantise_operator(operator, folded, weights.exponents)
        x, y = (2.0 ** weights.exponents[name] for name in (operator.inputs[0], operator.name))
        rows = folded.weight.reshape(operator.outputs, -1)
        expected = np.ceil(np.abs(rows).max(axis=1) / 127 * x / y * 2**17)
        assert (values.multiplier == np.clip(expected, 128, 2**17 - 1)).all()
        scale = values.multiplier / 2**17 * y / x
        assert (
            np.abs(values.weight.reshape(operator.outputs, -1) * scale[:, None] - rows).max(axis=1)
            <= scale / 2 * 1.0001
        ).all()
        assert (np.abs(values.bias * scale * x - folded.bias) <= scale * x / 2 * 1.0001).all()


@pytest.mark.parametrize("name", [name for name in NETWORK.tensors() if name != "image"])
def test_every_golden_tensor_is_close_to_its_float_twin(weights, twin, pairs, name):
    known = run(NETWORK, weights, pairs.template[0], "template")["template"]
    golden = run(NETWORK, weights, pairs.search[0], "search", known)[name]
    template, search = (
        to_input(torch.from_numpy(crops[:1])).double() for crops in (pairs.template, pairs.search)
    )
    with torch.inference_mode():
        tensors = twin.tensors(search, "search", twin.embed(template, "template"))
    expected = tensors[name][0].permute(1, 2, 0).numpy()
    error = golden * 2.0 ** weights.exponents[name] - expected
    # A channel-wise correlation multiplies two errors; the layers behind it hand them on.
    share = 0.15 if name.startswith("H") else 0.1
    assert np.linalg.norm(error) < share * np.linalg.norm(expected)


def test_int8_responses_correlate_with_float(weights, tiny, pairs):
    expected, found = score_maps(tiny, pairs), golden_responses(NETWORK, weights, pairs)
    for one, other in zip(expected, found, strict=True):
        assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.95


def test_dead_channels_stay_harmless(tiny, pairs):
    """BatchNorm of a channel that never fires divides by almost nothing; the token mixer may end with scale
    zero.
    """
    with torch.no_grad():
        tiny["P2.pw"].norm.running_var[3] = 0
        tiny["P2.pw"].linear.weight[3] = 0
        tiny["P2.pw"].norm.bias[3] = -1e6
        tiny["M1.token.branch"].norm.weight.zero_()
        tiny["M1.token.branch"].norm.bias.zero_()
    weights = quantise(tiny, pairs)
    for operator in NETWORK.weighted():
        values = weights.operators[operator.name]
        assert values.multiplier.min() >= numerics.SATURATING_MULTIPLIER_MIN
        assert accumulator_bound(operator, values).max() < 2**25
    assert not weights.operators["M1.token.branch"].weight.any()
    tensors = run(NETWORK, weights, pairs.template[0], "template")
    assert not tensors["P2.pw"][:, :, 3].any() and tensors["P2.pw"].any()


def test_clipping_a_bias_loses_nothing():
    operator = dataclasses.replace(NETWORK.operator("E"), in_shape=(1, 1, 2), out_shape=(1, 1, 1), relu=False)
    folded = Folded(np.array([[1.0, -0.5]]), np.array([1e9]))
    values = quantise_operator(operator, folded, {operator.inputs[0]: -4, operator.name: -4})
    smallest = int(values.bias[0]) - int(accumulator_bound(operator, values)[0] - abs(int(values.bias[0])))
    assert smallest * int(values.multiplier[0]) >= 127.5 * 2**17
    assert accumulator_bound(operator, values)[0] < 2**25


@pytest.mark.parametrize("name", ["P1", "P2.dw", "M1.token.hidden", "E"])
def test_the_accumulator_limit_is_reached_and_never_exceeded(name):
    """By the widest weights with the smallest multiplier and a bias that had to be clipped; a larger
    multiplier clips the bias sooner.
    """
    operator = NETWORK.operator(name)
    exponents = {operator.inputs[0]: -7, operator.name: -4}
    widest = numerics.WEIGHT_MAX * numerics.SATURATING_MULTIPLIER_MIN * 2.0 ** (-4 + 7 - 17)
    folded = Folded(np.full(operator.weight_shape, widest), np.full(operator.outputs, 1e9))
    assert (
        accumulator_bound(operator, quantise_operator(operator, folded, exponents))
        == arithmetic(operator).limit()
    ).all()
    larger = quantise_operator(operator, Folded(3 * folded.weight, folded.bias), exponents)
    assert (accumulator_bound(operator, larger) < arithmetic(operator).limit()).all()


def test_a_checkpoint_becomes_a_weights_file(tiny, crops, tmp_path):
    state = {
        "network": "tiny",
        "fingerprint": NETWORK.fingerprint,
        "stage": "distil",
        "step": 1,
        "hits": 0.0,
        "model": tiny.state_dict(),
        "optimiser": {},
    }
    save_checkpoint(tmp_path / "tiny.pt", state)
    weights = quantise_checkpoint(NETWORK, tmp_path / "tiny.pt", crops, tmp_path / "tiny.npz")
    assert load_weights(NETWORK, tmp_path / "tiny.npz").fingerprint == weights.fingerprint
    save_checkpoint(tmp_path / "trunk.pt", state | {"stage": "float"})
    with pytest.raises(InputError, match="must be of the stage distil, not float, which leaves the head"):
        quantise_checkpoint(NETWORK, tmp_path / "trunk.pt", crops, tmp_path / "tiny.npz")
    calibration = validation_pairs(NETWORK, read_tracks(crops), CALIBRATION_PAIRS, CALIBRATION_SEED)
    assert quantise(tiny, calibration).fingerprint == weights.fingerprint
    with pytest.raises(InputError, match=r"nowhere/tiny.npz: cannot be written \(No such file"):
        quantise_checkpoint(NETWORK, tmp_path / "tiny.pt", crops, tmp_path / "nowhere/tiny.npz")


def test_the_exponent_is_chosen_by_error_and_not_by_the_largest_value():
    rng = np.random.default_rng(6)
    values = rng.uniform(-1.2, 1.2, 100_000)
    assert best_exponent(values) == -6
    # One outlier of 3 in so many values costs less than one bit of all others.
    assert best_exponent(np.append(values, 3.0)) == -6
    assert best_exponent(np.zeros(5)) == numerics.PIXEL_EXPONENT


def test_residual_exponents_are_coarsened_until_the_shifts_exist(tiny, pairs):
    samples = sample_tensors(tiny, pairs)
    samples["M1.token.branch"] = samples["M1.token.branch"] * 1e-9
    samples["M1.local"] = samples["M1.local"] * 1e-3
    exponents = choose_exponents(NETWORK, fold(tiny), samples)
    for name in ("M1.local", "M1.token", "M1.channel"):
        x, y = (exponents[source] for source in NETWORK.operator(name).inputs)
        assert abs(x - y) <= numerics.ALIGN_LEFT_MAX
        assert 0 <= exponents[name] - min(x, y) <= numerics.ALIGN_RIGHT_MAX


def test_the_answers_exponent_is_fixed(weights, tiny, pairs):
    """The tracker's tables know one unit only: training may not choose another."""
    assert weights.exponents["H.box"] == 0
    samples = sample_tensors(tiny, pairs)
    samples["H.box"] = samples["H.box"] * 1e3
    assert choose_exponents(NETWORK, fold(tiny), samples)["H.box"] == 0
    large = fold(tiny)
    large["H.box"] = Folded(large["H.box"].weight * 1e6, large["H.box"].bias)
    with pytest.raises(InputError, match=r"exponent of H\.box must be 0, not"):
        choose_exponents(NETWORK, large, samples)
