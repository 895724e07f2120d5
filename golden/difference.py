"""The first element in which another computation of a tensor differs from golden's."""

from __future__ import annotations

import numpy as np

AXES = ("row", "column", "channel")


def first_difference(
    name: str,
    golden: np.ndarray,
    found: np.ndarray,
    *,
    engine: str = "accelerator",
    axes: tuple[str, ...] = AXES,
    elements: np.ndarray | None = None,
) -> str | None:
    """One line that names the array, the place of the first element that differs, and both values; None
    where the arrays are equal.

    Parameters
    ----------
    name
        How the line calls the array: ``layer P1``.
    golden, found
        Arrays with one axis for each of ``axes``. Another shape or dtype of ``found`` is a difference too.
    engine
        How the line calls what computed ``found``.
    elements
        For values that stand in another order than golden's, or are a part of them: integers of ``found``'s
        shape, the flat index into ``golden`` of each value of ``found``. A negative one is padding, whose
        value must be 0. The first value that differs is then the first in ``found``'s order.
    """
    shape = golden.shape
    if elements is None:
        expected, places = golden, np.arange(golden.size)
    else:
        padded = np.append(golden.reshape(-1), golden.dtype.type(0))
        expected, places = padded[np.maximum(elements, -1)], elements.reshape(-1)
    if expected.shape != found.shape or expected.dtype != found.dtype:
        return f"{name}: golden {expected.dtype} {expected.shape}, {engine} {found.dtype} {found.shape}"
    wrong = np.flatnonzero(expected != found)
    if not len(wrong):
        return None
    first = int(wrong[0])
    values = f"golden {expected.reshape(-1)[first]}, {engine} {found.reshape(-1)[first]}"
    element = int(places[first])
    where = "padding channel" if element < 0 else place(element, shape, axes)
    return f"{name}, {where}: {values}"


def place(element: int, shape: tuple[int, ...], axes: tuple[str, ...] = AXES) -> str:
    """The index of a flat element in words: ``row 2, column 0, channel 7``."""
    index = np.unravel_index(int(element), shape)
    return ", ".join(f"{axis} {int(number)}" for axis, number in zip(axes, index, strict=True))
