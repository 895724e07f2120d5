"""Depthwise k x k convolution without padding: one kernel per channel."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from siammixer.golden.accumulator import sum_type
from siammixer.ir.operators import DepthwiseConvolution
from siammixer.ir.weights import OperatorWeights

OPERATOR = DepthwiseConvolution


def accumulate(x: np.ndarray, operator: DepthwiseConvolution, values: OperatorWeights) -> np.ndarray:
    """Accumulators of a map INT8 (h, w, channels) with the weight (channels, k, k).

    They are exact integers (h', w', channels) in float, with the bias added.
    """
    return slide(x, values.weight, values.bias, operator.stride, sum_type(values))


def slide(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int, exact: type[np.floating]
) -> np.ndarray:
    """Slides one kernel per channel, INT8 (channels, k, k), over a map INT8 (h, w, channels) and adds the
    bias (channels,).

    The function computes a whole row of outputs at once, all channels of all its pixels. Tap (a, b) of output
    row i is a run of input row i * stride + a that begins at pixel b, times the tap's weights repeated along
    the row. With a stride, every stride-th column is gathered first, so that the runs are contiguous.

    Parameters
    ----------
    exact
        The float type of the result, which must hold every sum exactly.
    """
    k, channels = weight.shape[1], x.shape[2]
    height, width = ((side - k) // stride + 1 for side in x.shape[:2])
    taps_of_columns = weight.transpose(2, 1, 0).astype(exact)  # (b, a, channels)
    result = np.zeros((height, width * channels), exact)
    for phase in range(min(stride, k)):
        rows = x[:, phase::stride].astype(exact, order="C").reshape(x.shape[0], -1)
        taps = np.tile(taps_of_columns[phase::stride], width)
        windows = sliding_window_view(rows, (k, width * channels))[::stride, ::channels]
        runs = windows[:, : len(taps)]  # (h', b, a, run)
        result += np.einsum("hban,ban->hn", runs, taps)
    result += np.tile(bias.astype(exact), width)
    return result.reshape(height, width, channels)
