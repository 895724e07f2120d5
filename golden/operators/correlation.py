"""Cross-correlation of the search map with the stored template, and the peak of the response."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from siammixer.golden.accumulator import correlation_bound, exact_type
from siammixer.ir.operators import Correlation
from siammixer.ir.weights import Weights

OPERATOR = Correlation


def execute(operator: Correlation, inputs: Sequence[np.ndarray], weights: Weights) -> np.ndarray:
    """The response INT32 (h', w', 1) of the embedding to the template. A correlation has no parameters."""
    return correlate(*inputs)


def correlate(x: np.ndarray, template: np.ndarray) -> np.ndarray:
    """The response INT32 (h', w', 1) of a map INT8 (h, w, channels) to a template INT8 (t, t, channels).

    Response (i, j) is the sum of template times map over the cells and channels of the template, with the
    template's corner at (i, j). The sum over channels is a matrix product. The cells are added as INT32.
    """
    height, width, channels = x.shape
    tokens = template.shape[0]
    assert correlation_bound(template.size) < 2**31
    exact = exact_type(correlation_bound(channels))
    cells = x.reshape(-1, channels).astype(exact) @ template.reshape(-1, channels).T.astype(exact)
    cells = cells.astype(np.int32).reshape(height, width, tokens, tokens)
    rows, columns = height - tokens + 1, width - tokens + 1
    response = np.zeros((rows, columns), np.int32)
    for row in range(tokens):
        for column in range(tokens):
            response += cells[row : row + rows, column : column + columns, row, column]
    return response[:, :, np.newaxis]
