"""1 x 1 convolution: every pixel's channels through one matrix."""

from __future__ import annotations

import numpy as np

from siammixer.golden.accumulator import multiply
from siammixer.ir.network import Operator
from siammixer.ir.weights import OperatorWeights


def accumulate(x: np.ndarray, operator: Operator, values: OperatorWeights) -> np.ndarray:
    """INT8 (h, w, in) -> exact integers (h, w, out) in float; weight (out, in)."""
    height, width, channels = x.shape
    return multiply(x.reshape(height * width, channels), values).reshape(height, width, -1)
