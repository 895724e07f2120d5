"""1 x 1 convolution: one matrix multiplies the channels of every pixel."""

from __future__ import annotations

import numpy as np

from siammixer.golden.accumulator import multiply
from siammixer.ir.operators import PointwiseConvolution
from siammixer.ir.weights import OperatorWeights

OPERATOR = PointwiseConvolution


def accumulate(x: np.ndarray, operator: PointwiseConvolution, values: OperatorWeights) -> np.ndarray:
    """Accumulators of a map INT8 (h, w, in) with the weight (out, in).

    They are exact integers (h, w, out) in float, with the bias added.
    """
    height, width, channels = x.shape
    return multiply(x.reshape(height * width, channels), values).reshape(height, width, -1)
