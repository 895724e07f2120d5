"""Dense k x k convolution of the RGB crop, no padding."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from golden.accumulator import multiply
from spec.network import Operator
from spec.weights import OperatorWeights


def accumulate(x: np.ndarray, operator: Operator, values: OperatorWeights) -> np.ndarray:
    """INT8 (h, w, in) -> exact integers (h', w', out) in float; weight (out, k, k, in)."""
    k, stride = operator.kernel, operator.stride
    windows = sliding_window_view(x, (k, k), axis=(0, 1))[::stride, ::stride]  # (h', w', in, k, k)
    height, width = windows.shape[:2]
    rows = windows.transpose(0, 1, 3, 4, 2).reshape(height * width, -1)
    return multiply(rows, values).reshape(height, width, -1)
