"""1 x 1 convolution of the centre of a map."""

from __future__ import annotations

import numpy as np

from siammixer.golden.accumulator import multiply
from siammixer.golden.operators.residual import centre
from siammixer.ir.operators import CentrePointwise
from siammixer.ir.weights import OperatorWeights

OPERATOR = CentrePointwise


def accumulate(x: np.ndarray, operator: CentrePointwise, values: OperatorWeights) -> np.ndarray:
    """Accumulators of the centre of a map INT8 (h, w, in) with the weight (out, in).

    They are exact integers (h', w', out) in float, with the bias added.
    """
    height, width, _ = operator.out_shape
    return multiply(centre(x, height, width).reshape(height * width, -1), values).reshape(height, width, -1)
