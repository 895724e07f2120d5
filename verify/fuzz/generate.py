"""Random networks that fit a random accelerator.

They have every kind of layer, also behind the similarity, with sizes near the edges of words, groups and
memories.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from siammixer.arch.accelerator import Accelerator
from siammixer.compiler.compile import compile_branch
from siammixer.ir.errors import InputError
from siammixer.ir.layers import (
    ChannelMLP,
    Convolution,
    Depthwise,
    Layer,
    Pointwise,
    TemplateCorrelation,
    TokenMLP,
)
from siammixer.ir.network import BRANCHES
from siammixer.ir.patches import Grid
from siammixer.verify.fuzz.accelerators import POOL, fuzz_accelerator
from siammixer.verify.fuzz.case import IMAGES, STYLES, Case
from siammixer.verify.fuzz.weights import case_weights

ATTEMPTS = 500
LARGEST_CROP = 75
HEAD_SHARE = 0.25
STALLS = (0.0, 0.1, 0.5, 0.9)


def random_case(seed: int, accelerator: Accelerator | None = None) -> Case:
    """A random case that fits. The same seed gives the same case.

    Parameters
    ----------
    accelerator
        The case's accelerator; None draws one from siammixer.verify.fuzz.accelerators.

    Raises
    ------
    InputError
        No drawn network fits the accelerator.
    """
    random = np.random.default_rng((seed, 0))
    drawn = str(random.choice(list(POOL), p=list(POOL.values())))
    accelerator = accelerator or fuzz_accelerator(drawn)
    for _ in range(ATTEMPTS):
        case = _draft(seed, accelerator, random)
        if refusal(case) is None:
            return _with_head(case)
    raise InputError(
        f"accelerator {accelerator.name} must have room for small networks; none of {ATTEMPTS} that were "
        "drawn fits"
    )


def refusal(case: Case) -> str | None:
    """Why the case cannot run, or None."""
    try:
        network = case.network
        if max(network.search_side, network.template_side) > LARGEST_CROP:
            return f"crops must have at most {LARGEST_CROP} pixels a side"
        plans = [compile_branch(network, case.accelerator, case.grid, branch) for branch in BRANCHES]
        plans[0].weight_memory(case_weights(case))
    except InputError as error:
        return str(error)
    return None


def _draft(seed: int, accelerator: Accelerator, random: np.random.Generator) -> Case:
    """A case that may or may not fit."""
    patch, mixer = _patch_layers(accelerator.lanes, random), _mixer_layers(accelerator.lanes, random)
    tokens = int(random.choice((3, 5)))
    search = tokens + int(random.integers(0, 6))
    template = tokens + 2 * int(random.integers(0, 3))
    if any(isinstance(layer, TokenMLP) for layer in mixer):
        # Its weights are those of one number of tokens.
        search = template
    rows, columns = (int(random.choice((1, 1, 1, 2, 3, 4))) for _ in range(2))
    return Case(
        seed=seed,
        accelerator=accelerator,
        patch_layers=patch,
        mixer_layers=mixer,
        search_map=search,
        template_map=template,
        template_tokens=tokens,
        grid=Grid(rows, columns),
        style=str(random.choice(STYLES, p=(0.45, 0.45, 0.1))),
        image=str(random.choice(IMAGES, p=(0.5, 0.3, 0.05, 0.05, 0.1))),
        stall=float(random.choice(STALLS)),
    )


def _with_head(case: Case) -> Case:
    """The case with layers behind its similarity, one time in four. Layers that do not fit are left out."""
    random, lanes = np.random.default_rng((case.seed, 1)), case.accelerator.lanes
    if random.random() >= HEAD_SHARE:
        return case
    first = TemplateCorrelation(name="H0", relu=bool(random.random() < 0.5))
    behind = [_mixer_layer(f"H{index}", lanes, random) for index in range(1, int(random.integers(1, 5)))]
    for layer in (first, *behind):
        candidate = replace(case, head_layers=(*case.head_layers, layer))
        if refusal(candidate) is None:
            case = candidate
    return case


def _channels(lanes: int, random: np.random.Generator) -> int:
    """About the edges of words of ``lanes`` and groups of nine, or anything small."""
    edges = (1, 9, 10, lanes - 1, lanes, lanes + 1, 2 * lanes - 1, 2 * lanes, 2 * lanes + 1, 3 * lanes)
    return int(random.choice((*edges, *random.integers(1, 3 * lanes + 1, 4))))


def _kernel(random: np.random.Generator) -> int:
    return int(random.choice((3, 5)))


def _patch_layers(lanes: int, random: np.random.Generator) -> tuple[Layer, ...]:
    """The convolution of the pixels and up to three layers."""
    layers: list[Layer] = [
        Convolution(name="P0", channels=_channels(lanes, random), stride=int(random.choice((1, 2))))
    ]
    for index in range(1, int(random.integers(1, 5))):
        if random.random() < 0.6:
            layers.append(
                Depthwise(name=f"P{index}", kernel=_kernel(random), stride=int(random.choice((1, 2))))
            )
        else:
            layers.append(
                Pointwise(
                    name=f"P{index}", channels=_channels(lanes, random), relu=bool(random.random() < 0.7)
                )
            )
    return tuple(layers)


def _mixer_layers(lanes: int, random: np.random.Generator) -> tuple[Layer, ...]:
    """Up to five layers of every kind, in any order."""
    return tuple(_mixer_layer(f"M{index}", lanes, random) for index in range(int(random.integers(0, 6))))


def _mixer_layer(name: str, lanes: int, random: np.random.Generator) -> Layer:
    match random.choice(
        ("local", "depthwise", "pointwise", "channel", "token"), p=(0.2, 0.25, 0.2, 0.15, 0.2)
    ):
        case "local":
            return Depthwise(name=name, kernel=_kernel(random), residual=True)
        case "depthwise":
            return Depthwise(name=name, kernel=_kernel(random), stride=int(random.choice((1, 2))))
        case "channel":
            return ChannelMLP(name=name, hidden=_channels(lanes, random))
        case "token":
            return TokenMLP(name=name, hidden=_channels(lanes, random))
    return Pointwise(name=name, channels=_channels(lanes, random), relu=bool(random.random() < 0.5))
