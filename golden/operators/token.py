"""Token mixing: one matrix over all tokens (pixels) of a map, the same for every channel."""

from __future__ import annotations

import numpy as np

from siammixer.golden.accumulator import multiply
from siammixer.ir.operators import TokenMixing
from siammixer.ir.weights import OperatorWeights

OPERATOR = TokenMixing


def accumulate(x: np.ndarray, operator: TokenMixing, values: OperatorWeights) -> np.ndarray:
    """INT8 (h, w, channels) -> exact integers (channels, output tokens) in float; weight (out, h * w).

    Tokens come last, as the outputs do everywhere: bias and multiplier are per output token.
    :func:`restore` puts them back where a map has them.
    """
    return multiply(x.reshape(-1, x.shape[2]).T, values)


def restore(y: np.ndarray, operator: TokenMixing) -> np.ndarray:
    """(channels, output tokens) -> the map (h', w', channels)."""
    height, width, _ = operator.out_shape
    return np.ascontiguousarray(y.T).reshape(height, width, -1)
