from dataclasses import replace

import numpy as np
import pytest

from siammixer.golden.accumulator import (
    accumulator_bits,
    correlation_bound,
    exact_type,
    multiply,
    require,
    sum_type,
)
from siammixer.golden.network import accumulate
from siammixer.golden.random_weights import random_weights
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.numerics import signed_bits
from siammixer.ir.weights import OperatorWeights, accumulator_bound


def test_float32_only_below_the_first_integer_it_cannot_hold():
    assert exact_type(2**24 - 1) is np.float32
    assert exact_type(2**24) is np.float64


OWN = [operator for operator in NETWORKS["tiny"].weighted() if len(operator.inputs) == 1]


@pytest.mark.parametrize("operator", OWN, ids=lambda operator: operator.name)
def test_the_bound_is_what_the_worst_input_reaches(operator):
    values = random_weights(NETWORKS["tiny"], 3).operators[operator.name]
    worst = OperatorWeights(weight=-abs(values.weight), bias=abs(values.bias), multiplier=values.multiplier)
    lowest = np.full((1, worst.weight[0].size), -128, np.int8)
    np.testing.assert_array_equal(multiply(lowest, worst)[0], accumulator_bound(operator, values))


def test_the_bound_of_a_correlation_is_what_the_worst_template_reaches():
    operator = NETWORKS["tiny"].operator("H.correlation")
    values = random_weights(NETWORKS["tiny"], 3).operators[operator.name]
    worst = replace(values, bias=abs(values.bias))
    lowest = np.full(operator.in_shape, -128, np.int8)
    found = accumulate(lowest, operator, worst, lowest[:3, :3])
    np.testing.assert_array_equal(found.max(axis=(0, 1)), accumulator_bound(operator, values))


@pytest.mark.parametrize("bias", [2**24 - 1 - 9 * 16256, -(2**24 - 1 - 9 * 16256)])
def test_the_type_of_sums_holds_the_largest_of_any_weights(bias):
    weight = np.zeros((2, 3, 3), np.int8)
    for change, wanted in ((0, np.float32), (int(np.sign(bias)), np.float64)):
        values = OperatorWeights(
            weight=weight, bias=np.array([0, bias + change], np.int32), multiplier=np.ones(2, np.int32)
        )
        assert sum_type(values) is wanted


def test_the_type_of_sums_is_float32_where_a_network_has_reasonable_biases():
    for network in NETWORKS.values():
        assert {sum_type(values) for values in random_weights(network, 0).operators.values()} == {np.float32}


@pytest.mark.parametrize("name", NETWORKS)
def test_bits_hold_the_bound_of_every_layer(name):
    network = NETWORKS[name]
    weights = random_weights(network, 1)
    bits = accumulator_bits(network, weights)
    assert list(bits) == [operator.name for operator in network.weighted()] + ["response"]
    for operator in network.weighted():
        bound = int(accumulator_bound(operator, weights.operators[operator.name]).max())
        assert 2 ** (bits[operator.name] - 2) <= bound < 2 ** (bits[operator.name] - 1)


def test_the_response_needs_the_bits_of_its_map_or_of_the_correlation():
    for head, wanted in ((NETWORKS["tiny"].head_layers, 8), ((), signed_bits(correlation_bound(9 * 16)))):
        network = replace(NETWORKS["tiny"], name="other", head_layers=head)
        assert accumulator_bits(network, random_weights(network, 1))["response"] == wanted


def test_bits_of_a_wide_correlation():
    assert correlation_bound(3200) == 25 * 128 * 2**14
    assert signed_bits(correlation_bound(3200)) == 27


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 3), np.int8), r"x must be int8 \(2, 3, channels\), not int8 \(2, 3\)"),
        (np.zeros((2, 4, 1), np.int8), r"not int8 \(2, 4, 1\)"),
        (np.zeros((2, 3, 1), np.uint8), r"not uint8 \(2, 3, 1\)"),
        ([1, 2], "not list"),
        (None, "not NoneType"),
    ],
)
def test_wrong_arrays_are_refused_by_name(array, message):
    with pytest.raises(InputError, match=message):
        require(array, "x", np.int8, (2, 3, "channels"))
    require(np.zeros((2, 3, 9), np.int8), "x", np.int8, (2, 3, "channels"))
