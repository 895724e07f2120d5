"""Whole branches against the definition in INT64: every accumulator and every tensor, for golden computes in
floating point.
"""

from dataclasses import replace

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from siammixer.golden.network import accumulate, pixels, run
from siammixer.golden.operators.residual import centre
from siammixer.golden.random_weights import random_image, random_weights
from siammixer.golden.requantise import requantise_integer, round_half_even
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.layers import TemplateCorrelation
from siammixer.ir.weights import OperatorWeights, Weights, load_weights

SUMS = {
    "convolution": "hwcab,oabc->hwo",
    "depthwise": "hwcab,cab->hwc",
    "pointwise": "hwcab,oc->hwo",
    "correlation": "hwcab,abc->hw",
    "depthwise correlation": "hwcab,abc->hwc",
    "centre pointwise": "hwcab,oc->hwo",
}


def sums(x, operator, weight):
    """Sums of products by the formulas of docs/numerics.md, INT64, outputs last."""
    x, weight = x.astype(np.int64), weight.astype(np.int64)
    if operator.kind == "token":
        return x.reshape(-1, x.shape[2]).T @ weight.T
    k, stride = getattr(operator, "kernel", 1), getattr(operator, "stride", 1)
    if operator.kind == "centre pointwise":
        x = centre(x, *operator.out_shape[:2])
    windows = sliding_window_view(x, (k, k), axis=(0, 1))[::stride, ::stride]
    return np.einsum(SUMS[operator.kind], windows, weight)


def moved(operator, inputs, weights):
    """The result of an operator without weights, in INT64."""
    x = inputs[0].astype(np.int64)
    if operator.kind == "correlation":
        return sums(x, operator, inputs[1])[..., np.newaxis]
    if operator.kind == "read-out":
        return x
    if operator.kind == "template":
        return centre(x, *operator.out_shape[:2])
    y, shifts = inputs[1].astype(np.int64), weights.alignment(operator)
    total = (centre(x, *y.shape[:2]) << shifts.left_x) + (y << shifts.left_y)
    return np.clip(round_half_even(total, shifts.right), -128, 127)


def extreme(network, seed):
    """Weights of the largest magnitude, biases up to the ends of INT32: every second operator leaves
    float32.
    """
    random, usual = np.random.default_rng(seed), random_weights(network, seed)
    operators = {}
    for index, operator in enumerate(network.weighted()):
        weight = random.choice([-127, 127], operator.weight_shape).astype(np.int8)
        bias = random.integers(-(2**16), 2**16, operator.outputs)
        if index % 2:
            products = operator.products_bound(weight)[::3]
            bias[::3] = random.choice([-1, 1], len(bias[::3])) * (2**31 - 1 - products)
            bias[1::3] += random.choice([-1, 1], len(bias[1::3])) * 2**24
        multiplier = random.integers(128, 256, operator.outputs)
        operators[operator.name] = OperatorWeights(
            weight=weight, bias=bias.astype(np.int32), multiplier=multiplier.astype(np.int32)
        )
    return Weights(network, operators, usual.exponents)


WEIGHTS = {
    "shipped": load_weights,
    "random 21": lambda network: random_weights(network, 21),
    "random 22": lambda network: random_weights(network, 22),
    "extreme 23": lambda network: extreme(network, 23),
}


DESCRIBED = {
    **NETWORKS,
    "without a head": replace(NETWORKS["tiny"], name="headless", head_layers=()),
    "with one layer": replace(
        NETWORKS["tiny"], name="one", head_layers=(TemplateCorrelation(name="T", relu=False),)
    ),
}
CASES = [
    (name, kind)
    for name in DESCRIBED
    for kind in WEIGHTS
    if kind != "shipped" or name in ("siammixer", "tiny")
]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_every_tensor_is_the_definitions(name, kind):
    network = DESCRIBED[name]
    weights, template = WEIGHTS[kind](network), None
    for branch in ("template", "search"):
        image = random_image(network.side(branch), 24)
        found = run(network, weights, image, branch, template)
        np.testing.assert_array_equal(found["image"], pixels(image))
        for operator in network.operators(branch):
            inputs = [template if source == "template" else found[source] for source in operator.inputs]
            if operator.name in weights.operators:
                values = weights.operators[operator.name]
                factors = inputs[1] if len(inputs) == 2 else values.weight  # the template, if it has one
                wanted = sums(inputs[0], operator, factors) + values.bias
                np.testing.assert_array_equal(
                    accumulate(inputs[0], operator, values, *inputs[1:]),
                    wanted,
                    err_msg=f"{branch} {operator.name}",
                )
                wanted = requantise_integer(wanted, values.multiplier, operator.relu)
                wanted = wanted.T.reshape(operator.out_shape) if operator.kind == "token" else wanted
            else:
                wanted = moved(operator, inputs, weights)
            np.testing.assert_array_equal(found[operator.name], wanted, err_msg=f"{branch} {operator.name}")
        template = found.get("template")
