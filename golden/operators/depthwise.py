"""Depthwise k x k convolution, no padding: one kernel a channel."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from siammixer.golden.accumulator import sum_type
from siammixer.ir.operators import DepthwiseConvolution
from siammixer.ir.weights import OperatorWeights

OPERATOR = DepthwiseConvolution


def accumulate(x: np.ndarray, operator: DepthwiseConvolution, values: OperatorWeights) -> np.ndarray:
    """INT8 (h, w, channels) -> exact integers (h', w', channels) in float; weight (channels, k, k).

    A whole row of outputs at once, all channels of all its pixels: tap (a, b) of output row i is a run of
    input row i * stride + a, begun b pixels in, times the tap's weights repeated along the row. With a
    stride, every stride-th column is gathered first, so that the runs are runs again.
    """
    k, stride = operator.kernel, operator.stride
    exact = sum_type(values)
    height, width = ((side - k) // stride + 1 for side in x.shape[:2])
    channels = x.shape[2]
    weight = values.weight.transpose(2, 1, 0).astype(exact)  # (b, a, channels)
    result = np.zeros((height, width * channels), exact)
    for phase in range(min(stride, k)):
        rows = x[:, phase::stride].astype(exact, order="C").reshape(x.shape[0], -1)
        taps = np.tile(weight[phase::stride], width)
        runs = sliding_window_view(rows, (k, width * channels))[::stride, ::channels][
            :, : len(taps)
        ]  # (h', b, a, run)
        result += np.einsum("hban,ban->hn", runs, taps)
    result += np.tile(values.bias.astype(exact), width)
    return result.reshape(height, width, channels)
