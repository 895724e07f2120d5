import dataclasses
from functools import partial

import numpy as np
import onnx
import pytest

from siammixer.golden.network import run
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.network import BRANCHES
from siammixer.ir.weights import Weights
from siammixer.verify.onnx import compare as module
from siammixer.verify.onnx.compare import compare, confirm, run_onnxruntime, run_reference, save_onnx
from siammixer.verify.onnx.export import OPSETS

CASES = [("tiny", seed) for seed in range(4)] + [("siammixer", 0), ("siammixer-local", 0)]
LONG = [(name, seed) for name in NETWORKS for seed in range(100, 106)]
# Crops at the ends of the pixels' range, where accumulators are largest.
FLAT = {"black": 0, "white": 255, "centre": 128}


def crops(network, seed):
    return random_image(network.template_side, 2 * seed), random_image(network.search_side, 2 * seed + 1)


@pytest.mark.parametrize(
    ("name", "seed"), CASES + [pytest.param(*case, marks=pytest.mark.long) for case in LONG]
)
def test_both_evaluators_give_golden_bits_on_every_tensor(name, seed):
    network = NETWORKS[name]
    rows = confirm(network, random_weights(network, seed), *crops(network, seed))
    assert [row for row in rows if not row.equal] == []
    assert [(row.branch, row.tensor) for row in rows] == [
        (branch, tensor)
        for branch in BRANCHES
        for tensor in ["image"] + [operator.name for operator in network.operators(branch)]
    ]
    assert sum(row.elements for row in rows if row.tensor == "image") == 3 * (
        network.template_side**2 + network.search_side**2
    )


@pytest.mark.parametrize("level", FLAT)
def test_flat_crops_give_golden_bits(level):
    network = NETWORKS["tiny"]
    crop = np.full((63, 63, 3), FLAT[level], np.uint8)
    assert all(row.equal for row in confirm(network, random_weights(network, 9), crop, crop))


def changed(weights: Weights, operator: str) -> Weights:
    """The same weights with every bias moved by one step of the result."""
    values = weights.operators[operator]
    bias = values.bias + 2**17 // values.multiplier + 1
    return Weights(
        weights.network,
        weights.operators | {operator: dataclasses.replace(values, bias=bias)},
        weights.exponents,
    )


@pytest.mark.parametrize("operator", ["P1", "M1.token.hidden", "E"])
def test_a_difference_is_found_where_it_begins(operator, monkeypatch):
    network = NETWORKS["tiny"]
    weights = random_weights(network, 1)
    original = module.export
    monkeypatch.setattr(
        module,
        "export",
        lambda network, weights, branch: original(network, changed(weights, operator), branch),
    )
    rows = confirm(network, weights, *crops(network, 1))
    first = next(row for row in rows if not row.equal)
    assert (first.branch, first.tensor) == ("template", operator)
    assert first.onnxruntime == first.reference > 0
    assert (
        first.first.startswith(f"{operator}, row ")
        and ": golden " in first.first
        and ", onnxruntime " in first.first
    )


def test_each_evaluator_correlates_with_its_own_template(monkeypatch):
    """Wrong in the template branch alone: of the search branch the correlation and what follows differ."""
    network = NETWORKS["tiny"]
    weights = random_weights(network, 1)
    original, wrong = module.export, changed(weights, "E")
    monkeypatch.setattr(
        module,
        "export",
        lambda network, weights, branch: original(
            network, wrong if branch == "template" else weights, branch
        ),
    )
    differing = [row for row in confirm(network, weights, *crops(network, 1)) if not row.equal]
    assert [(row.branch, row.tensor) for row in differing] == [
        ("template", "E"),
        ("template", "template"),
        ("search", "H.correlation"),
        ("search", "H.similarity"),
        *(("search", layer.name) for layer in network.head_layers),
        ("search", "response"),
    ]
    assert min(differing[-1].onnxruntime, differing[-1].reference) > 0


def test_the_first_difference_is_named_with_both_values():
    golden = np.zeros((2, 3, 4), np.int8)
    other = golden.copy()
    other[1, 2, 3], other[1, 0, 2] = 5, -7
    row = compare("search", "P1", golden, {"onnxruntime": other, "reference": golden})
    assert (row.onnxruntime, row.reference, row.elements) == (2, 0, 24)
    assert row.first == "P1, row 1, column 0, channel 2: golden 0, onnxruntime -7"


def test_another_shape_or_dtype_is_a_difference():
    golden = np.zeros((2, 3, 4), np.int8)
    row = compare("search", "P1", golden, {"onnxruntime": golden[:1], "reference": golden.astype(np.int32)})
    assert row.onnxruntime == row.reference == 24
    assert "golden int8 (2, 3, 4), onnxruntime int8 (1, 3, 4)" in row.first


def test_saved_files_run_as_a_tracker_would_use_them(tmp_path):
    network = NETWORKS["tiny"]
    weights, (template_crop, search_crop) = random_weights(network, 2), crops(network, 2)
    search, template = save_onnx(tmp_path / "tiny.onnx", network, weights)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny-template.onnx", "tiny.onnx"]
    golden = run(network, weights, template_crop, "template")["template"]
    response = run(network, weights, search_crop, "search", golden)["response"]
    for evaluate in (run_onnxruntime, run_reference):
        cut = evaluate(onnx.load(template), template_crop)["template"]
        np.testing.assert_array_equal(cut, golden)
        np.testing.assert_array_equal(evaluate(onnx.load(search), search_crop, cut)["response"], response)


def test_a_path_that_cannot_be_written_is_refused_and_nothing_is_left(tmp_path):
    network = NETWORKS["tiny"]
    weights = random_weights(network, 2)
    for path, reason in ((tmp_path / "missing" / "a.onnx", "cannot be written"), (tmp_path, "is a folder")):
        with pytest.raises(InputError, match=reason):
            save_onnx(path, network, weights)
    with pytest.raises(InputError, match="must be a file, beside which the template branch can lie"):
        save_onnx("/dev/null", network, weights)
    with pytest.raises(InputError, match=r"opset must be 12\.\.28, not 11"):
        save_onnx(tmp_path / "a.onnx", network, weights, opset=11)
    assert list(tmp_path.iterdir()) == []


def test_the_results_alone_are_the_same(tmp_path):
    network = NETWORKS["tiny"]
    weights, (template_crop, search_crop) = random_weights(network, 2), crops(network, 2)
    search, template = map(onnx.load, save_onnx(tmp_path / "tiny.onnx", network, weights, every_tensor=False))
    golden = run(network, weights, template_crop, "template")["template"]
    response = run(network, weights, search_crop, "search", golden)["response"]
    for evaluate in (run_onnxruntime, run_reference):
        found = evaluate(template, template_crop) | evaluate(search, search_crop, golden)
        assert found.keys() == {"template", "response"}
        np.testing.assert_array_equal(found["template"], golden)
        np.testing.assert_array_equal(found["response"], response)


@pytest.mark.parametrize(
    "opset",
    [
        opset if opset in (12, 14, 17, 19, 21) else pytest.param(opset, marks=pytest.mark.long)
        for opset in OPSETS
    ],
)
def test_every_opset_gives_golden_bits_on_every_tensor(opset, monkeypatch):
    """12 to 13, 14 to 18 and 19 on are written with other operators."""
    network = NETWORKS["tiny"]
    monkeypatch.setattr(module, "export", partial(module.export, opset=opset))
    rows = confirm(network, random_weights(network, 4), *crops(network, 4))
    assert rows and [row for row in rows if not row.equal] == []


def test_crops_of_another_size_are_refused():
    network = NETWORKS["tiny"]
    weights, (template_crop, search_crop) = random_weights(network, 2), crops(network, 2)
    with pytest.raises(InputError, match="image of the search branch must be uint8"):
        confirm(network, weights, template_crop, search_crop[1:])
