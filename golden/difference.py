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
    """
    if golden.shape != found.shape or golden.dtype != found.dtype:
        return f"{name}: golden {golden.dtype} {golden.shape}, {engine} {found.dtype} {found.shape}"
    wrong = np.flatnonzero(golden != found)
    if not len(wrong):
        return None
    first = int(wrong[0])
    values = f"golden {golden.reshape(-1)[first]}, {engine} {found.reshape(-1)[first]}"
    return f"{name}, {place(first, golden.shape, axes)}: {values}"


def place(element: int, shape: tuple[int, ...], axes: tuple[str, ...] = AXES) -> str:
    """The index of a flat element in words: ``row 2, column 0, channel 7``."""
    index = np.unravel_index(int(element), shape)
    return ", ".join(f"{axis} {int(number)}" for axis, number in zip(axes, index, strict=True))
