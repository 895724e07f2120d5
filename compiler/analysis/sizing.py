"""The smallest accelerator that runs a network: its memories are no larger than the program needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from siammixer.arch.accelerator import LIMITS, Accelerator
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.program import BranchProgram
from siammixer.ir.errors import InputError
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.patches import Grid

MAP_STEP_WORDS = 64
# Memories whose depth is a power of two, or the largest.
_POWERS = ("program_words", "constants", "line_width", "line_width_5", "pixel_width", "response_words")

LARGEST: dict[str, Any] = {field: LIMITS[field][1] for field in ("map_words", "weight_words", *_POWERS)}
"""The largest value of each size that a memory's depth is."""

_LEAST = 16


def smallest(network: Network, lanes: int, grid: Grid, tolerance: float = 0.01) -> Accelerator:
    """The accelerator with ``lanes`` lanes and the smallest memories that both branches of a network fit.

    Parameters
    ----------
    grid
        The patch grid, which becomes the accelerator's own.
    tolerance
        Share of the cycles. A larger feature-map memory holds more hidden words at a time and saves steps;
        memory that would save less than this share is left out.

    Raises
    ------
    InputError
        Not even the largest memories suffice; the message names the layer and the limit.
    """
    largest = Accelerator(
        name=f"of {lanes} lanes", lanes=lanes, patch_grid=(grid.rows, grid.columns), **LARGEST
    )
    fastest = plans(network, largest)
    found = replace(largest, weight_words=max(_LEAST, *(plan.weight_layout.end for plan in fastest)))
    allowed = (1 + tolerance) * _cycles(fastest)
    steps = range(MAP_STEP_WORDS, LARGEST["map_words"] + 1, MAP_STEP_WORDS)
    found = _least(network, found, "map_words", steps, allowed)
    allowed = _cycles(plans(network, found))
    for field in _POWERS:
        powers = [1 << bit for bit in range(4, LARGEST[field].bit_length()) if 1 << bit < LARGEST[field]]
        found = _least(network, found, field, [*powers, LARGEST[field]], allowed)
    return found


def plans(network: Network, accelerator: Accelerator, grid: Grid | None = None) -> list[BranchProgram]:
    """The programs of the template branch and the search branch, without residual shifts."""
    return [compile_branch(network, accelerator, grid, branch) for branch in BRANCHES]


def _cycles(both: Sequence[BranchProgram]) -> int:
    return sum(plan.predicted_cycles for plan in both)


def _least(
    network: Network, accelerator: Accelerator, field: str, values: Sequence[int], allowed: float
) -> Accelerator:
    """The accelerator with the first of the ascending ``values`` that takes no more cycles than ``allowed``.

    The last value must suffice.
    """

    def with_size(value: int) -> Accelerator:
        change: dict[str, Any] = {field: value}
        return replace(accelerator, **change)

    def suffices(value: int) -> bool:
        try:
            return _cycles(plans(network, with_size(value))) <= allowed
        except InputError:
            return False

    return with_size(_first(values, suffices))


def _first(values: Sequence[int], suffices: Callable[[int], bool]) -> int:
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(values[middle]) else (middle + 1, high)
    return values[low]
