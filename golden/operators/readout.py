"""Read-out: the values of a map become the response."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from siammixer.ir.operators import MapReadout
from siammixer.ir.weights import Weights

OPERATOR = MapReadout


def execute(operator: MapReadout, inputs: Sequence[np.ndarray], weights: Weights) -> np.ndarray:
    """The map INT8 (h, w, channels) as INT32."""
    return inputs[0].astype(np.int32)
