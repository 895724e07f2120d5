"""The floating-point type that training computes the embeddings in: a choice of the recipe, not of luck.

Two runs of one recipe are comparable only in one precision, so "auto" is replaced by the type it stands for
before a run begins, and the checkpoint keeps that type: a run goes on in the precision it was started in,
on whatever machine.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from siammixer.ir.errors import InputError
from siammixer.training.loop.recipe import Recipe

AUTOCAST = {"float32": None, "bfloat16": torch.bfloat16, "float16": torch.float16}
"""The type that autocast computes in, by the recipe's name; None leaves everything in float32."""


def fastest_precision(device: torch.device) -> str:
    """Returns the name of the fastest precision that trains well on a device.

    Half precision is faster on GPUs and on CPUs that multiply bfloat16; on other CPUs float32 is.
    """
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    multiplies_bfloat16 = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return "bfloat16" if multiplies_bfloat16 else "float32"


def with_precision(recipe: Recipe, device: torch.device, begun: dict | None = None) -> Recipe:
    """Returns the recipe with "auto" replaced by the precision it stands for.

    Parameters
    ----------
    begun
        The state of the recipe of the run that goes on, if one does: "auto" then stands for its precision.
        A checkpoint from before precisions were kept is taken to have the one that "auto" gives here.

    Raises
    ------
    InputError
        If the recipe asks for float16 on a CPU.
    """
    if recipe.precision == "float16" and device.type == "cpu":
        raise InputError("precision must be auto, float32 or bfloat16 on a CPU, not float16")
    if recipe.precision != "auto":
        return recipe
    if recipe.stage == "qat":
        return replace(recipe, precision="float32")
    return replace(recipe, precision=(begun or {}).get("precision") or fastest_precision(device))
