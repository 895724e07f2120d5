"""Token mixing: one matrix over all tokens (pixels) of a map, the same for every channel."""

from __future__ import annotations

import numpy as np

from siammixer.golden.accumulator import multiply
from siammixer.ir.operators import TokenMixing
from siammixer.ir.weights import OperatorWeights

OPERATOR = TokenMixing


def accumulate(x: np.ndarray, operator: TokenMixing, values: OperatorWeights) -> np.ndarray:
    """Accumulators of a map INT8 (h, w, channels) with the weight (out, h * w).

    They are exact integers (channels, output tokens) in float, with the bias added. Tokens come last, because
    bias and multiplier are per output token. :func:`restore` brings them back into the order of a map.
    """
    return multiply(x.reshape(-1, x.shape[2]).T, values)


def restore(y: np.ndarray, operator: TokenMixing) -> np.ndarray:
    """The map (h', w', channels) of a result (channels, output tokens)."""
    height, width, _ = operator.out_shape
    return np.ascontiguousarray(y.T).reshape(height, width, -1)
