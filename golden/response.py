"""The response as the memory that the host reads holds it, and its peak."""

from __future__ import annotations

import numpy as np

from siammixer.ir.operator import Shape


def cells(response: np.ndarray) -> np.ndarray:
    """INT32 (channels * h * w,): a response (h, w, channels), channel after channel, each row by row."""
    return response.transpose(2, 0, 1).reshape(-1)


def from_cells(words: np.ndarray, shape: Shape) -> np.ndarray:
    """The response of ``shape`` (h, w, channels) whose :func:`cells` are ``words``."""
    height, width, channels = shape
    return words.reshape(channels, height, width).transpose(1, 2, 0)


def peak(words: np.ndarray) -> tuple[int, int]:
    """(cell, value) of the largest of the :func:`cells` of one response or of several. The first of equal
    cells counts.
    """
    cell = int(np.argmax(words))
    return cell, int(words[cell])
