"""How often the response peaks on the target."""

from __future__ import annotations

import numpy as np

from network.pairs import HIT_PIXELS, pixels
from spec.network import Network


def peak(network: Network, response: np.ndarray) -> np.ndarray:
    """Displacement (n, 2), as (dx, dy) pixels from the search centre, of the first largest cell of responses (n, r, r)."""
    count, side, _ = response.shape
    row, column = np.divmod(response.reshape(count, -1).argmax(axis=1), side)
    return (np.stack([column, row], axis=1) - (side - 1) / 2) * network.stride


def response_hits(network: Network, response: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Whether each response (n, r, r) peaks within 16 px of its target (n, 2); bool (n,).

    The 16 px are of a 127-pixel exemplar and scale with the network's.
    """
    return np.linalg.norm(peak(network, response) - target, axis=1) <= pixels(network, HIT_PIXELS)
