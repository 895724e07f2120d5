"""The response as the memory that the host reads holds it, and its peak."""

from __future__ import annotations

import numpy as np


def cells(response: np.ndarray) -> np.ndarray:
    """INT32 (channels * h * w,): a response (h, w, channels), channel after channel, each row by row."""
    return response.transpose(2, 0, 1).reshape(-1)


def peak(response: np.ndarray) -> tuple[int, int]:
    """(cell, value) of the largest cell of a response (h, w, channels), counted as in :func:`cells`. The
    first of equal cells counts.
    """
    found = cells(response)
    cell = int(np.argmax(found))
    return cell, int(found[cell])
