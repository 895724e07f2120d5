"""The patch grid: which region of every map a patch computes.

All patches of a grid have the same size, so that one program loop runs them. Where the patches do not divide
a map evenly, the last patch of a row or column is moved inwards and recomputes what it overlaps. Each patch
reads its halo again, so its result equals that of the whole image to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass

from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.regions import Region


@dataclass(frozen=True)
class Grid:
    """A grid of ``rows`` x ``columns`` patches; 1 x 1 is the whole image, N x 1 gives full-width strips."""

    rows: int
    columns: int

    def __post_init__(self) -> None:
        if self.rows < 1 or self.columns < 1:
            raise InputError(f"grid must be at least 1x1, not {self}")

    def __str__(self) -> str:
        return f"{self.rows}x{self.columns}"

    @classmethod
    def parse(cls, text: str) -> Grid:
        """The grid that "RxC" describes, for example "4x4"; :class:`InputError` for any other text."""
        rows, cross, columns = text.lower().partition("x")
        if not (cross and rows.isdecimal() and columns.isdecimal()):
            raise InputError(f"grid must be ROWSxCOLUMNS such as 4x4, not {text!r}")
        return cls(int(rows), int(columns))


@dataclass(frozen=True)
class Patch:
    """Regions that one patch computes, by tensor name. "image", the part of the crop that it reads, comes
    first.
    """

    regions: dict[str, Region]


def split(side: int, parts: int) -> tuple[int, list[int]]:
    """Size of the parts of one axis, and the start of each, in cells.

    Raises
    ------
    InputError
        A part would be empty, because fewer parts of that size already cover the axis.
    """
    size = -(-side // parts)
    if (parts - 1) * size >= side:
        raise InputError(
            f"{parts} patches do not divide a map of {side}: patches of {size} need only {-(-side // size)}"
        )
    return size, [min(index * size, side - size) for index in range(parts)]


def patches(network: Network, branch: str, grid: Grid) -> list[Patch]:
    """The patches of a grid in order of execution, row by row.

    The list is empty for a network without patch layers.

    Raises
    ------
    InputError
        The grid does not suit the network.
    """
    operators = [operator for operator in network.operators(branch) if operator.patch]
    if not operators:
        return []
    height, width, _ = operators[-1].out_shape
    try:
        patch_height, tops = split(height, grid.rows)
        patch_width, lefts = split(width, grid.columns)
    except InputError as error:
        raise InputError(
            f"grid {grid} does not suit network {network.name}, {branch} branch: {error}"
        ) from None
    result = []
    for top in tops:
        for left in lefts:
            backwards = {operators[-1].name: Region(top, left, patch_height, patch_width)}
            for operator in reversed(operators):
                backwards |= operator.regions_read(backwards[operator.name])
            result.append(Patch(dict(reversed(backwards.items()))))
    return result
