"""golden beside a core: the tensors that the core's runs must give."""

from __future__ import annotations

import numpy as np

from siammixer.golden.network import run as run_golden
from siammixer.ir.network import Network
from siammixer.ir.operators import TEMPLATE
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights


class Reference:
    """golden, which keeps a template as a core does: that of the latest run of a branch that makes one.

    Parameters
    ----------
    network, weights
        What runs.
    grid
        With a grid, golden computes the patch stage patch by patch. The bits are the same.
    """

    def __init__(self, network: Network, weights: Weights, grid: Grid | None = None):
        self._network, self._weights, self._grid = network, weights, grid
        self.template: np.ndarray | None = None
        """INT8 (rows, columns, channels); None before a branch made one."""

    def tensors(self, branch: str, crop: np.ndarray) -> dict[str, np.ndarray]:
        """Every tensor of a branch on its crop uint8 (side, side, 3) RGB: see
        :func:`siammixer.golden.network.run`.

        Raises
        ------
        InputError
            Where the crop has another type or shape, or the branch needs a template and there is none.
        """
        operators = self._network.operators(branch)
        template = self.template if any(TEMPLATE in operator.inputs for operator in operators) else None
        tensors = run_golden(self._network, self._weights, crop, branch, template=template, grid=self._grid)
        self.template = tensors.get(TEMPLATE, self.template)
        return tensors
