"""Runs a branch of the network: every tensor by name, on the whole image or patch by patch."""

from __future__ import annotations

import numpy as np

from siammixer.golden.accumulator import require
from siammixer.golden.operators import IMPLEMENTATIONS
from siammixer.golden.requantise import requantise
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.operators import TEMPLATE, Operator, RequantisedOperator
from siammixer.ir.patches import Grid, patches
from siammixer.ir.weights import OperatorWeights, Weights


def pixels(image: np.ndarray) -> np.ndarray:
    """A crop uint8 (h, w, 3) as the network's input, INT8."""
    return (image ^ 0x80).view(np.int8)


def accumulate(
    x: np.ndarray, operator: RequantisedOperator, values: OperatorWeights, *others: np.ndarray
) -> np.ndarray:
    """Accumulators of a requantised operator: exact integers in float, outputs last.

    Parameters
    ----------
    x, others
        Its inputs, INT8.
    """
    return IMPLEMENTATIONS[type(operator)].accumulate(x, operator, values, *others)


def weighted(
    operator: RequantisedOperator, x: np.ndarray, values: OperatorWeights, *others: np.ndarray
) -> np.ndarray:
    """A requantised operator on an INT8 map (h, w, channels) -> INT8 (h', w', out)."""
    result = requantise(accumulate(x, operator, values, *others), values.multiplier, operator.relu)
    restore = getattr(IMPLEMENTATIONS[type(operator)], "restore", None)
    return restore(result, operator) if restore else result


def execute(operator: Operator, inputs: list[np.ndarray], weights: Weights) -> np.ndarray:
    """One operator on INT8 maps, whole or patches of them; "response" gives INT32, all else INT8."""
    if isinstance(operator, RequantisedOperator):
        x, *others = inputs
        return weighted(operator, x, weights.operators[operator.name], *others)
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
        INT8 (t, t, channels): the tensor "template" of the template branch; for the search branch only.
    grid
        Runs the patch stage patch by patch; None runs it on the whole image. The bits are the same.

    Returns
    -------
    dict
        INT8 (h, w, channels) by operator name, "image" first; "response" is INT32 (r, r, 1).

    Raises
    ------
    InputError
        Where an input's shape or dtype, the branch, the grid or the weights do not fit the network.
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
    """The patch operators' whole maps, each patch computed from its own pixels and nothing else."""
    operators = [operator for operator in network.operators(branch) if operator.patch]
    maps = {operator.name: np.zeros(operator.out_shape, np.int8) for operator in operators}
    for patch in patches(network, branch, grid):
        local = {"image": image[patch.regions["image"].window]}
        for operator in operators:
            local[operator.name] = execute(operator, [local[name] for name in operator.inputs], weights)
            maps[operator.name][patch.regions[operator.name].window] = local[operator.name]
    return maps
