"""Cross-correlation of the search map with the stored template, channel by channel."""

from __future__ import annotations

import numpy as np

from siammixer.golden.accumulator import exact_type
from siammixer.golden.operators.depthwise import slide
from siammixer.ir.operators import DepthwiseCorrelation
from siammixer.ir.weights import OperatorWeights, accumulator_bound

OPERATOR = DepthwiseCorrelation


def accumulate(
    x: np.ndarray, operator: DepthwiseCorrelation, values: OperatorWeights, template: np.ndarray
) -> np.ndarray:
    """Accumulators of a map INT8 (h, w, channels) and a template INT8 (t, t, channels).

    They are exact integers (h', w', channels) in float, with the bias added.
    """
    exact = exact_type(int(accumulator_bound(operator, values).max()))
    return slide(x, template.transpose(2, 0, 1), values.bias, 1, exact)
