"""Depthwise k x k convolution, no padding: one kernel a channel."""

from __future__ import annotations

import numpy as np

from golden.accumulator import exact_type, fits
from spec.network import Operator
from spec.weights import OperatorWeights


def accumulate(x: np.ndarray, operator: Operator, values: OperatorWeights) -> np.ndarray:
    """INT8 (h, w, channels) -> exact integers (h', w', channels) in float; weight (channels, k, k)."""
    k, stride = operator.kernel, operator.stride
    bound = values.accumulator_bound()
    exact = exact_type(int(bound.max()))
    height, width = ((side - k) // stride + 1 for side in x.shape[:2])
    taps = np.ascontiguousarray(values.weight.transpose(1, 2, 0), exact)  # (k, k, channels)
    result = np.empty((height, width, x.shape[2]), exact)
    result[:] = values.bias
    x = x.astype(exact)
    product = np.empty_like(result)
    for row in range(k):
        for column in range(k):
            window = x[row : row + (height - 1) * stride + 1 : stride, column : column + (width - 1) * stride + 1 : stride]
            np.multiply(window, taps[row, column], out=product)
            result += product
    assert fits(result, bound)
    return result
