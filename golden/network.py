"""Computes every tensor of a branch, on the whole image or patch by patch."""

from __future__ import annotations

from typing import cast

import numpy as np

from siammixer.golden.accumulator import require
from siammixer.golden.operators import IMPLEMENTATIONS
from siammixer.golden.requantise import requantise
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.operators import TEMPLATE, Operator, RequantisedOperator
from siammixer.ir.patches import Grid, patches
from siammixer.ir.result import Result
from siammixer.ir.weights import OperatorWeights, Weights


def pixels(image: np.ndarray) -> np.ndarray:
    """INT8 (h, w, 3): the network's input, which is a crop uint8 (h, w, 3) minus 128."""
    return (image ^ 0x80).view(np.int8)


def accumulate(
    x: np.ndarray, operator: RequantisedOperator, values: OperatorWeights, *others: np.ndarray
) -> np.ndarray:
    """Accumulators of a requantised operator: exact integers in float, with the outputs last.

    Parameters
    ----------
    x, others
        The operator's inputs, INT8.
    """
    return IMPLEMENTATIONS[type(operator)].accumulate(x, operator, values, *others)


def weighted(
    operator: RequantisedOperator, x: np.ndarray, values: OperatorWeights, *others: np.ndarray
) -> np.ndarray:
    """INT8 (h', w', out): the result of a requantised operator on a map INT8 (h, w, channels)."""
    result = requantise(accumulate(x, operator, values, *others), values.multiplier, operator.relu)
    restore = getattr(IMPLEMENTATIONS[type(operator)], "restore", None)
    return restore(result, operator) if restore else result


def execute(operator: Operator, inputs: list[np.ndarray], weights: Weights) -> np.ndarray:
    """The result of one operator on INT8 maps or on patches of them: INT32 for "response", otherwise INT8."""
    if operator.result is Result.REQUANTISED:
        x, *others = inputs
        return weighted(cast(RequantisedOperator, operator), x, weights.operators[operator.name], *others)
    return IMPLEMENTATIONS[type(operator)].execute(operator, inputs, weights)


def run(
    network: Network,
    weights: Weights,
    image: np.ndarray,
    branch: str,
    template: np.ndarray | None = None,
    grid: Grid | None = None,
) -> dict[str, np.ndarray]:
    """Every tensor of a branch.

    Parameters
    ----------
    image
        The crop, uint8 (side, side, 3), RGB.
    branch
        "template" or "search".
    template
        INT8 (t, t, channels): the tensor "template" of the template branch. Only the search branch takes it.
    grid
        With a grid, the patch stage runs patch by patch. None runs it on the whole image. The bits are the
        same.

    Returns
    -------
    dict
        INT8 (h, w, channels) by the operator's name, "image" first; "response" is INT32 (r, r, 1).

    Raises
    ------
    InputError
        The shape or dtype of an input, the branch, the grid or the weights do not fit the network.
    """
    side = network.side(branch)
    require(image, f"image of the {branch} branch", np.uint8, (side, side, 3))
    weights.require(network)
    tensors = {"image": pixels(image)}
    operators = network.operators(branch)
    given = {}
    if branch == "search":
        given[TEMPLATE] = require(template, "template", np.int8, network.template_shape)
    elif template is not None:
        raise InputError("template must be given to the search branch only")
    if grid is not None:
        tensors |= _patch_stage(network, weights, tensors["image"], branch, grid)
    for operator in operators:
        if operator.name not in tensors:
            tensors[operator.name] = execute(
                operator,
                [given[name] if name in given else tensors[name] for name in operator.inputs],
                weights,
            )
    return tensors


def _patch_stage(
    network: Network, weights: Weights, image: np.ndarray, branch: str, grid: Grid
) -> dict[str, np.ndarray]:
    """The whole maps of the patch operators. Each patch is computed from its own pixels and nothing else."""
    operators = [operator for operator in network.operators(branch) if operator.patch]
    maps = {operator.name: np.zeros(operator.out_shape, np.int8) for operator in operators}
    for patch in patches(network, branch, grid):
        local = {"image": image[patch.regions["image"].window]}
        for operator in operators:
            local[operator.name] = execute(operator, [local[name] for name in operator.inputs], weights)
            maps[operator.name][patch.regions[operator.name].window] = local[operator.name]
    return maps
