"""Depthwise k x k convolution, no padding: one kernel a channel."""

from __future__ import annotations

import numpy as np

from golden.accumulator import fits
from spec.network import Operator
from spec.weights import OperatorWeights


def accumulate(x: np.ndarray, operator: Operator, values: OperatorWeights) -> np.ndarray:
    """INT8 (h, w, channels) -> integers (h', w', channels); weight (channels, k, k).

    One tap after the other over the whole map. A product of INT8 and a weight in [-127, 127] fits
    INT16: measured on the default network that is 1.5 times as fast as float32, 2 times as
    row blocks and 4 to 8 times as a batched matrix product (einsum over windows wins only at 5 x 5).
    """
    k, stride = operator.kernel, operator.stride
    bound = values.accumulator_bound()
    height, width = ((side - k) // stride + 1 for side in x.shape[:2])
    taps = np.ascontiguousarray(values.weight.transpose(1, 2, 0), np.int16)  # (k, k, channels)
    result = np.empty((height, width, x.shape[2]), np.int32 if bound.max() < 2**31 else np.int64)
    result[:] = values.bias
    x = x.astype(np.int16)
    product = np.empty(result.shape, np.int16)
    for row in range(k):
        for column in range(k):
            window = x[row : row + (height - 1) * stride + 1 : stride, column : column + (width - 1) * stride + 1 : stride]
            np.multiply(window, taps[row, column], out=product)
            result += product
    assert fits(result, bound)
    return result
