"""Folding changes nothing but the number of operations."""

import copy

import torch
from torch.nn import functional

from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.network import Network
from siammixer.training.model.fold import fold
from siammixer.training.model.model import centre, to_input
from siammixer.training.model.operators import correlate_channels


def folded_tensors(
    network: Network, folded, image: torch.Tensor, template: torch.Tensor
) -> dict[str, torch.Tensor]:
    """The search branch with plain weights and biases, float64, in the layouts of siammixer.ir.operators."""
    tensors = {"image": image, "template": template}
    for operator in network.operators("search"):
        x = tensors[operator.inputs[0]]
        if operator.name not in folded and operator.kind != "add":
            continue
        if operator.kind == "add":
            y = tensors[operator.inputs[1]]
            tensors[operator.name] = centre(x, y.shape[2]) + y
            continue
        weight, bias = (
            torch.from_numpy(array) for array in (folded[operator.name].weight, folded[operator.name].bias)
        )
        match operator.kind:
            case "convolution":
                y = functional.conv2d(x, weight.permute(0, 3, 1, 2), bias, operator.stride)
            case "depthwise":
                y = functional.conv2d(x, weight[:, None], bias, operator.stride, groups=x.shape[1])
            case "depthwise correlation":
                gain = weight[:, 0, None, None]
                y = correlate_channels(x, template) * gain + bias[:, None, None]
            case "pointwise" | "centre pointwise":
                x = centre(x, operator.out_shape[0])
                y = torch.einsum("oi,nihw->nohw", weight, x) + bias[:, None, None]
            case "token":
                y = torch.einsum("oi,nci->nco", weight, x.flatten(2)) + bias
                y = y.unflatten(2, operator.out_shape[:2])
        tensors[operator.name] = y.relu() if operator.relu else y
    return tensors


def test_folded_network_equals_the_evaluated_module(tiny, pairs):
    image = to_input(torch.from_numpy(pairs.search[:2])).double()
    network = NETWORKS["tiny"]
    model = copy.deepcopy(tiny).double()
    with torch.inference_mode():
        template = model.embed(to_input(torch.from_numpy(pairs.template[:2])).double(), "template")
        expected = model.tensors(image, "search", template)
    actual = folded_tensors(network, fold(tiny), image, template)
    for name in network.tensors():
        torch.testing.assert_close(actual[name], expected[name], rtol=1e-10, atol=1e-10)


def test_folded_arrays_have_the_spec_shapes(tiny):
    folded = fold(tiny)
    for operator in NETWORKS["tiny"].weighted():
        own = operator.weight_shape if operator.weight_bytes else (operator.outputs, 1)
        assert folded[operator.name].weight.shape == own
        assert folded[operator.name].bias.shape == (operator.outputs,)
