"""Golden as an engine of the tracker (:mod:`siammixer.tracking.engine`)."""

from __future__ import annotations

import numpy as np

from siammixer.golden.accumulator import require_search
from siammixer.golden.network import run
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.patches import Grid, patches
from siammixer.ir.weights import Weights

_LARGEST_TEMPORARY = 2**24


class GoldenEngine:
    """The bit-exact network, computed on the processor one crop after the other.

    Parameters
    ----------
    network, weights
        The network to run and its integers.
    grid
        With a grid, the patch stage runs patch by patch. None runs it on the whole crop, which is faster. The
        bits are the same.

    Raises
    ------
    InputError
        The weights belong to another network, or the grid does not suit the network.
    """

    name = "golden"

    def __init__(self, network: Network, weights: Weights, grid: Grid | None = None):
        weights.require(network)
        if grid is not None:
            for branch in BRANCHES:
                patches(network, branch, grid)
        self.network, self.weights, self.grid = network, weights, grid
        self._template: np.ndarray | None = None
        # glibc gives large arrays back to the system, and pays to fetch their pages again, until one of
        # their size has been freed once. Measured: a quarter of a search pass.
        np.empty(_LARGEST_TEMPORARY, np.uint8)

    def set_template(self, crop: np.ndarray) -> None:
        """Keeps the template of a crop uint8 (template_side, template_side, 3) RGB; :class:`InputError` for
        any other array.
        """
        self._template = run(self.network, self.weights, crop, "template", grid=self.grid)["template"]

    def responses(self, crops: np.ndarray) -> np.ndarray:
        """INT32 (n, r, r): responses of search crops uint8 (n, search_side, search_side, 3) RGB to the
        template.

        Raises
        ------
        InputError
            The crops have another type or shape, or no template is set.
        """
        response, name = self.network.response_side, self.network.correlation.name
        require_search(self.network, crops, self._template is not None)
        result = np.empty((len(crops), response, response), np.int32)
        for index, crop in enumerate(crops):
            tensors = run(self.network, self.weights, crop, "search", self._template, self.grid)
            result[index] = tensors[name][..., 0]
        return result

    def close(self) -> None:
        """Forgets the template; there is nothing else to release."""
        self._template = None
