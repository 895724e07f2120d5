"""The template: the centre of the template branch's embedding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from siammixer.golden.operators.residual import centre
from siammixer.ir.operators import TemplateCut
from siammixer.ir.weights import Weights

OPERATOR = TemplateCut


def execute(operator: TemplateCut, inputs: Sequence[np.ndarray], weights: Weights) -> np.ndarray:
    """A copy of the centre, INT8 (t, t, channels), of the map INT8 (h, w, channels)."""
    return centre(inputs[0], *operator.out_shape[:2]).copy()
