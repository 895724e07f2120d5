"""Accumulators: exact integers in floating point, and the width that they need in hardware.

A sum of products of integers is exact in floating point, in any order of the additions, while no partial sum
can reach 2**24 (float32) or 2**53 (float64). No partial sum exceeds ``reduction * 128 * 127 + |bias|``, for
any weights and input. So the type follows from an operator's size and biases, and nothing is checked at run
time.
"""

from __future__ import annotations

import numpy as np

from siammixer.ir import numerics
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.weights import OperatorWeights, Weights, accumulator_bound

_EXACT_FLOAT32 = 2**24


def exact_type(bound: int) -> type[np.floating]:
    """The fastest float type in which every integer up to ``bound`` in magnitude is exact."""
    return np.float32 if bound < _EXACT_FLOAT32 else np.float64


def sum_type(values: OperatorWeights) -> type[np.floating]:
    """The fastest float type that holds every partial sum of an operator exactly, for every INT8 input."""
    products = values.weight[0].size * -numerics.ACTIVATION_MIN * numerics.WEIGHT_MAX
    return exact_type(products + int(np.abs(values.bias.astype(np.int64)).max()))


def multiply(rows: np.ndarray, values: OperatorWeights) -> np.ndarray:
    """``rows @ weight.T + bias``, computed exactly.

    Parameters
    ----------
    rows
        INT8, or integers in any float type, (pixels, reduction).
    values
        Weights and biases. The weight is flattened to (outputs, reduction).

    Returns
    -------
    np.ndarray
        Integers in float32 or float64, (pixels, outputs).
    """
    exact = sum_type(values)
    matrix = values.weight.reshape(len(values.bias), -1).T.astype(exact)
    result = rows.astype(exact, copy=False) @ matrix
    result += values.bias.astype(exact)
    return result


def correlation_bound(reduction: int) -> int:
    """Largest response of any INT8 map and template: both operands can be -128."""
    return reduction * numerics.ACTIVATION_MIN**2


def accumulator_bits(network: Network, weights: Weights) -> dict[str, int]:
    """Bits of a signed accumulator that no input can overflow, by the operator's name."""
    bits = {
        o.name: numerics.signed_bits(int(accumulator_bound(o, weights.operators[o.name]).max()))
        for o in network.weighted()
    }
    response = network.response
    # A response that sums nothing up is read from an INT8 map.
    widest = correlation_bound(response.reduction) if response.reduction else numerics.ACTIVATION_MAX
    return bits | {response.name: numerics.signed_bits(widest)}


def require_search(network: Network, crops: np.ndarray, has_template: bool) -> None:
    """Checks the search crops of an engine: uint8 (n, search_side, search_side, 3).

    Raises
    ------
    InputError
        The crops have another type or shape, or no template is set.
    """
    require(crops, "search crops", np.uint8, ("n", network.search_side, network.search_side, 3))
    if not has_template:
        raise InputError("a template must be set before responses are asked for")


def require(array: object, name: str, dtype: type, shape: tuple[int | str, ...]) -> np.ndarray:
    """The array itself, if it has this type and shape. A str in ``shape`` stands for any size.

    Raises
    ------
    InputError
        The type or the shape differs; the message names the array, what it is and what is accepted.
    """
    found = getattr(array, "dtype", None), getattr(array, "shape", ())
    agrees = len(found[1]) == len(shape) and all(
        isinstance(want, str) or want == size for want, size in zip(shape, found[1], strict=False)
    )
    if found[0] != dtype or not agrees:
        accepted = ", ".join(str(size) for size in shape)
        actual = (
            f"{found[0]} ({', '.join(str(size) for size in found[1])})"
            if found[0] is not None
            else type(array).__name__
        )
        raise InputError(f"{name} must be {np.dtype(dtype).name} ({accepted}), not {actual}")
    assert isinstance(array, np.ndarray)
    return array
