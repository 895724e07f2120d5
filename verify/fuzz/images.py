"""Crops for random networks."""

from __future__ import annotations

import numpy as np

from siammixer.golden.random_weights import random_image
from siammixer.ir.errors import InputError


def image(kind: str, side: int, seed: int) -> np.ndarray:
    """uint8 (side, side, 3): a crop of one of the kinds.

    "blobs" resembles a photograph, "noise" is uniform, "black" and "white" are one colour, and "checker"
    alternates black and white pixels. :class:`InputError` for any other kind.
    """
    match kind:
        case "blobs":
            return random_image(side, seed)
        case "noise":
            return np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
        case "black" | "white":
            return np.full((side, side, 3), 0 if kind == "black" else 255, np.uint8)
        case "checker":
            return np.broadcast_to(
                (np.indices((side, side)).sum(axis=0) + seed)[..., None] % 2 * 255, (side, side, 3)
            ).astype(np.uint8)
    raise InputError(f"image must be a kind that siammixer.verify.fuzz.images knows, not {kind!r}")
