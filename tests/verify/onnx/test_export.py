from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from siammixer.golden.random_weights import random_weights
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.network import BRANCHES
from siammixer.verify.onnx.export import export


@pytest.mark.parametrize("branch", BRANCHES)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_tensor_is_an_output_under_its_own_name(name, branch):
    network = NETWORKS[name]
    weights = random_weights(network, 1)
    model = export(network, weights, branch)
    wanted = ["image"] + [operator.name for operator in network.operators(branch)]
    assert [output.name for output in model.graph.output] == wanted
    assert [value.name for value in model.graph.input] == (
        ["pixels", "template"] if branch == "search" else ["pixels"]
    )
    for output in model.graph.output:
        height, width, channels = (
            network.operator(output.name, branch).out_shape
            if output.name != "image"
            else (network.side(branch), network.side(branch), 3)
        )
        assert [size.dim_value for size in output.type.tensor_type.shape.dim] == [1, channels, height, width]
    properties = {entry.key: entry.value for entry in model.metadata_props}
    assert properties == {"network": name, "branch": branch, "weights_fingerprint": weights.fingerprint}


@pytest.mark.parametrize("head", ["of the catalogue", "none"])
@pytest.mark.parametrize("name", NETWORKS)
def test_only_standard_operators_and_both_quantised_kinds(name, head):
    network = NETWORKS[name] if head != "none" else replace(NETWORKS[name], head_layers=())
    model = export(network, random_weights(network, 1), "search")
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 12)]
    assert model.ir_version == 7  # ONNX 1.7, of 2020
    assert {node.domain for node in model.graph.node} == {""}
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.count("QLinearConv") == len(network.weighted())
    assert kinds.count("ConvInteger") == (head == "none")


@pytest.mark.parametrize("seed", range(3))
def test_scales_give_back_the_multipliers_exactly(seed):
    """x_scale * w_scale / y_scale, in float32 as an evaluator computes it, is M / 2**17."""
    network = NETWORKS["siammixer"]
    weights = random_weights(network, seed)
    model = export(network, weights, "search")
    constants = {constant.name: numpy_helper.to_array(constant) for constant in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "QLinearConv":
            x, w, y = (constants[node.input[index]] for index in (1, 4, 6))
            scale = x * w / y
            assert scale.dtype == np.float32
            operator = node.input[4].removesuffix("/weight_scale")
            np.testing.assert_array_equal(
                scale.astype(np.float64) * 2**17, weights.operators[operator].multiplier
            )


def test_the_model_is_one_that_onnx_can_write_and_read(tmp_path):
    network = NETWORKS["tiny"]
    model = export(network, random_weights(network, 1), "search")
    onnx.save(model, tmp_path / "tiny.onnx")
    onnx.checker.check_model(onnx.load(tmp_path / "tiny.onnx"), full_check=True)
