"""The commands read video, weights and hardware here, all in the same way."""

from __future__ import annotations

import sys
from argparse import Namespace
from functools import cache
from typing import TYPE_CHECKING

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.named import open_accelerator
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.patches import Grid

if TYPE_CHECKING:
    from siammixer.ir.weights import Weights
    from siammixer.tracking.pair import Pair

RANDOM = "random"


def read_hardware(arguments: Namespace) -> tuple[Accelerator, Grid | None]:
    """Returns the accelerator and grid that ``--accelerator`` and ``--grid`` name; a grid of None stands for
    the accelerator's own.
    """
    grid = Grid.parse(arguments.grid) if arguments.grid is not None else None
    return open_accelerator(arguments.accelerator), grid


def read_inputs(arguments: Namespace, network: Network) -> tuple[Weights, Pair]:
    """Returns the weights and crops that ``--weights``, ``--sequence``, ``--as-stored`` and ``--frame`` ask
    for; what the user should know of the frames is told on standard error."""
    from siammixer.tracking.clip import Clip
    from siammixer.tracking.pair import take_pair
    from siammixer.tracking.sequence import FolderSequence

    weights = open_weights(network, arguments.weights)
    sequence = (
        Clip()
        if arguments.sequence is None
        else FolderSequence(arguments.sequence, upright=not arguments.as_stored)
    )
    pair = take_pair(sequence, network, arguments.frame)
    for note in sequence.notes:
        print(f"{sequence.name}: {note}", file=sys.stderr)
    return weights, pair


def open_weights(network: Network, text: str | None) -> Weights:
    """Returns the weights that ``--weights`` names.

    Parameters
    ----------
    text
        A weights file; "random" or "random:SEED" for seeded random ones; None for the shipped ones.

    Raises
    ------
    InputError
        If the file is not one for this network, or none is shipped for it.
    """
    from siammixer.ir.weights import load_weights

    if text is not None and text.partition(":")[0] == RANDOM:
        seed = text.partition(":")[2] if ":" in text else "1"
        if not (seed.isascii() and seed.isdecimal()):
            raise InputError(
                f"--weights must be FILE, {RANDOM} or {RANDOM}:SEED such as {RANDOM}:7, not {text!r}"
            )
        return _random(network, int(seed))
    if text is None and NETWORKS.get(network.name) != network:
        raise InputError(
            f"network {network.name} has no shipped weights: name a weights file with --weights FILE, or "
            f"take seeded random ones with --weights {RANDOM}"
        )
    return load_weights(network, text)


@cache
def _random(network: Network, seed: int) -> Weights:
    from siammixer.golden.random_weights import random_weights

    return random_weights(network, seed)
