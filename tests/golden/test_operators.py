"""Each operator against loops over Python integers, on small shapes with edge values."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from siammixer.golden.network import accumulate, weighted
from siammixer.golden.operators.correlation import correlate
from siammixer.golden.operators.residual import add, centre
from siammixer.ir.errors import InputError
from siammixer.ir.operators import (
    DenseConvolution,
    DepthwiseConvolution,
    Operator,
    PointwiseConvolution,
    TokenMixing,
)
from siammixer.ir.weights import Alignment, OperatorWeights

SEEDS = range(3)


def make(kind, in_shape, out_shape, **fields) -> Operator:
    return kind(name="X", inputs=("image",), in_shape=in_shape, out_shape=out_shape, **fields)


OPERATORS = {
    "convolution 3 stride 2": make(DenseConvolution, (9, 7, 3), (4, 3, 5), kernel=3, stride=2, relu=True),
    "convolution 3 stride 1": make(DenseConvolution, (5, 6, 3), (3, 4, 4), kernel=3),
    "depthwise 3 stride 2": make(DepthwiseConvolution, (9, 7, 5), (4, 3, 5), kernel=3, stride=2, relu=True),
    "depthwise 5 stride 1": make(DepthwiseConvolution, (7, 6, 4), (3, 2, 4), kernel=5, relu=True),
    "pointwise": make(PointwiseConvolution, (3, 4, 6), (3, 4, 5)),
    "pointwise relu": make(PointwiseConvolution, (3, 4, 6), (3, 4, 5), relu=True),
    "token to hidden": make(TokenMixing, (3, 4, 2), (5, 1, 2), relu=True),
    "token from hidden": make(TokenMixing, (5, 1, 2), (3, 4, 2)),
}


def edgy(random: np.random.Generator, shape, low: int) -> np.ndarray:
    """INT8 of which half are at the ends of the range."""
    values = random.integers(low, 128, shape)
    ends = random.choice([low, 127, -1, 0, 1], shape)
    return np.where(random.random(shape) < 0.5, ends, values).astype(np.int8)


def make_weights(operator: Operator, seed: int) -> OperatorWeights:
    random = np.random.default_rng(seed)
    weight = edgy(random, operator.weight_shape, -127)
    bias = random.integers(-20000, 20000, operator.outputs).astype(np.int32)
    multiplier = np.array([131071, 1024, 128, 300, 64])[np.arange(operator.outputs) % 5].astype(np.int32)
    return OperatorWeights(weight=weight, bias=bias, multiplier=multiplier)


def naive(x: np.ndarray, operator: Operator, values: OperatorWeights) -> dict[tuple[int, int, int], int]:
    """Accumulators by (row, column, channel) of the output."""
    w = values.weight.tolist()
    k, stride = getattr(operator, "kernel", 1), getattr(operator, "stride", 1)
    height, width, channels = operator.out_shape
    x, result = x.tolist(), {}
    for row, column, channel in product(range(height), range(width), range(channels)):
        if operator.kind == "token":
            output = row * width + column
            tokens = [cell[channel] for line in x for cell in line]
            terms = [w[output][token] * value for token, value in enumerate(tokens)]
        elif operator.kind == "depthwise":
            output = channel
            terms = [
                w[channel][a][b] * x[row * stride + a][column * stride + b][channel]
                for a in range(k)
                for b in range(k)
            ]
        elif operator.kind == "convolution":
            output = channel
            cells = product(range(k), range(k), range(operator.in_shape[2]))
            terms = [w[channel][a][b][c] * x[row * stride + a][column * stride + b][c] for a, b, c in cells]
        else:
            output = channel
            terms = [w[channel][c] * value for c, value in enumerate(x[row][column])]
        result[row, column, channel] = sum(terms) + int(values.bias[output])
    return result


def tensor(elements: dict, shape) -> np.ndarray:
    return np.array([elements[place] for place in np.ndindex(shape)]).reshape(shape)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", OPERATORS)
def test_weighted_operator_equals_loops(name, seed):
    operator, values = OPERATORS[name], make_weights(OPERATORS[name], seed)
    x = edgy(np.random.default_rng(seed + 100), operator.in_shape, -128)
    accumulators = naive(x, operator, values)
    wanted = {}
    for place, value in accumulators.items():
        output = place[0] * operator.out_shape[1] + place[1] if operator.kind == "token" else place[2]
        scaled = round(Fraction(value * int(values.multiplier[output]), 2**17))
        wanted[place] = min(max(scaled, 0 if operator.relu else -128), 127)
    found = weighted(operator, x, values)
    assert found.dtype == np.int8
    np.testing.assert_array_equal(found, tensor(wanted, operator.out_shape))


@pytest.mark.parametrize("name", OPERATORS)
def test_accumulators_are_exact_beyond_float32_and_int32(name):
    operator, values = OPERATORS[name], make_weights(OPERATORS[name], 0)
    bias = np.array([2**31 - 1, -(2**31), 2**24 + 1])[np.arange(operator.outputs) % 3].astype(np.int32)
    values = OperatorWeights(weight=values.weight, bias=bias, multiplier=values.multiplier)
    x = edgy(np.random.default_rng(7), operator.in_shape, -128)
    wanted = tensor(naive(x, operator, values), operator.out_shape)
    found = accumulate(x, operator, values)
    if operator.kind == "token":
        found = found.T.reshape(operator.out_shape)
    np.testing.assert_array_equal(found.astype(np.int64), wanted)


@pytest.mark.parametrize("seed", SEEDS)
def test_residual_equals_loops(seed):
    random = np.random.default_rng(seed)
    for left_x, left_y, right in product((0, 1, 7), (0, 3, 7), range(9)):
        x, y = edgy(random, (6, 5, 3), -128), edgy(random, (4, 3, 3), -128)
        found = add(x, y, Alignment(left_x=left_x, left_y=left_y, right=right))
        for row, column, channel in np.ndindex(y.shape):
            total = (
                int(x[row + 1, column + 1, channel]) * 2**left_x + int(y[row, column, channel]) * 2**left_y
            )
            assert found[row, column, channel] == min(max(round(Fraction(total, 2**right)), -128), 127)


def test_residual_of_every_pair_of_values():
    x, y = np.mgrid[-128:128, -128:128].astype(np.int8)[..., np.newaxis]
    for shifts in (
        Alignment(left_x=0, left_y=0, right=1),
        Alignment(left_x=7, left_y=7, right=8),
        Alignment(left_x=1, left_y=0, right=2),
    ):
        total = (x.astype(np.int64) << shifts.left_x) + (y.astype(np.int64) << shifts.left_y)
        wanted = np.clip(np.rint(total / 2**shifts.right), -128, 127)
        np.testing.assert_array_equal(add(x, y, shifts), wanted)


def test_centre_with_unequal_margins_is_refused():
    with pytest.raises(InputError, match="equal margins"):
        centre(np.zeros((6, 6, 1), np.int8), 3, 4)


@pytest.mark.parametrize("seed", SEEDS)
def test_correlation_equals_loops(seed):
    random = np.random.default_rng(seed)
    x, template = edgy(random, (6, 5, 4), -128), edgy(random, (3, 3, 4), -128)
    response = correlate(x, template)
    assert response.dtype == np.int32 and response.shape == (4, 3, 1)
    for row, column in np.ndindex(4, 3):
        terms = (
            int(template[a, b, c]) * int(x[row + a, column + b, c]) for a, b, c in np.ndindex(template.shape)
        )
        assert response[row, column, 0] == sum(terms)


@pytest.mark.parametrize("channels", [128, 1024, 2048])
def test_correlation_of_the_lowest_values_is_exact(channels):
    x, template = np.full((6, 6, channels), -128, np.int8), np.full((5, 5, channels), -128, np.int8)
    x[5, 5, 0] = -127
    assert correlate(x, template).ravel().tolist() == [25 * channels * 2**14] * 3 + [
        25 * channels * 2**14 - 128
    ]
