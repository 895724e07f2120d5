"""Independent patches, for comparison: kernels that see nothing of the neighbouring patch, where golden's
see a halo.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional

from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.operators import Operator
from siammixer.ir.patches import Grid


@dataclass(frozen=True)
class Tiles:
    """First rows and first columns of the tiles of an operator's result; they cover it without overlap."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]


def slide(linear: Callable[[Tensor], Tensor], x: Tensor, operator: Operator, tiles: Tiles | None) -> Tensor:
    """Applies ``linear`` to a map (n, c, h, w), tile by tile: a tile's kernels read zeros where the next
    tile's part of the map begins.
    """
    if tiles is None or not operator.slides:
        return linear(x)
    height, width = operator.out_shape[:2]
    rows = [
        torch.cat(
            [linear(_tile(x, operator, span_y, span_x)) for span_x in pairwise((*tiles.columns, width))], 3
        )
        for span_y in pairwise((*tiles.rows, height))
    ]
    return torch.cat(rows, 2)


def _tile(x: Tensor, operator: Operator, rows: tuple[int, int], columns: tuple[int, int]) -> Tensor:
    """Cuts out the part of a map that the kernels of a tile read, zero where it belongs to the next tile."""
    result = x
    for axis, (first, end) in ((2, rows), (3, columns)):
        last = end == operator.out_shape[axis - 2]
        begin, stop = first * operator.stride, x.shape[axis] if last else end * operator.stride
        missing = 0 if last else (end - 1) * operator.stride + operator.kernel - stop
        result = result.narrow(axis, begin, stop - begin)
        result = functional.pad(result, (0, missing) if axis == 3 else (0, 0, 0, missing))
    return result


def patch_tiles(network: Network, grid: Grid) -> dict[str, Tiles]:
    """Returns the tiles of every operator of the patch stage, by name: the last map's, evenly cut into
    ``grid``, traced back through the strides.
    """
    patch = [operator for operator in network.operators("search") if operator.patch]
    sides = patch[-1].out_shape[:2]
    if grid.rows > sides[0] or grid.columns > sides[1]:
        raise InputError(
            f"grid of independent patches must have at most {sides[0]}x{sides[1]} patches, not {grid}"
        )
    rows, columns = (
        [side * index // count for index in range(count)]
        for side, count in zip(sides, (grid.rows, grid.columns), strict=True)
    )
    result, scale = {}, 1
    for operator in reversed(patch):
        result[operator.name] = Tiles(
            tuple(row * scale for row in rows), tuple(column * scale for column in columns)
        )
        scale *= getattr(operator, "stride", 1)
    return result
