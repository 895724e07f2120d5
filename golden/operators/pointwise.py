"""1 x 1 convolution: every pixel's channels through one matrix."""

from __future__ import annotations

import numpy as np

from siammixer.golden.accumulator import multiply
from siammixer.ir.operators import PointwiseConvolution
from siammixer.ir.weights import OperatorWeights

OPERATOR = PointwiseConvolution


def accumulate(x: np.ndarray, operator: PointwiseConvolution, values: OperatorWeights) -> np.ndarray:
    """INT8 (h, w, in) -> exact integers (h, w, out) in float; weight (out, in)."""
    height, width, channels = x.shape
    return multiply(x.reshape(height * width, channels), values).reshape(height, width, -1)
