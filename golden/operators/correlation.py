"""Cross-correlation of the search map with the stored template, and the peak of the response."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from siammixer.golden.accumulator import correlation_bound, exact_type
from siammixer.ir.operators import Correlation
from siammixer.ir.weights import Weights

OPERATOR = Correlation


def execute(operator: Correlation, inputs: Sequence[np.ndarray], weights: Weights) -> np.ndarray:
    """The response of the embedding to the template; it has no parameters of its own."""
    return correlate(*inputs)


def correlate(x: np.ndarray, template: np.ndarray) -> np.ndarray:
    """INT8 (h, w, channels) and INT8 (t, t, channels) -> the raw accumulators, INT32 (h', w', 1).

    Response (i, j) sums, over the template's cells and channels, template times the map from
    (i, j) on. One cell's sum over the channels is a matrix product; the cells are added as INT32.
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


def peak(response: np.ndarray) -> tuple[int, int, int]:
    """Row, column and value of the largest response (h, w, 1); of equal ones the first in raster order."""
    row, column = np.unravel_index(int(np.argmax(response)), response.shape[:2])
    return int(row), int(column), int(response[row, column, 0])
