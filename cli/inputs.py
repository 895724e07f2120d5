"""What the commands that take video have in common."""

from __future__ import annotations

from argparse import Namespace

from siammixer.arch.accelerator import Accelerator, find_accelerator
from siammixer.ir.network import Network
from siammixer.ir.patches import Grid
from siammixer.ir.weights import Weights, load_weights
from siammixer.tracking.clip import Clip
from siammixer.tracking.pair import Pair, take_pair
from siammixer.tracking.sequence import FolderSequence


def read_hardware(arguments: Namespace) -> tuple[Accelerator, Grid | None]:
    """What ``--accelerator`` and ``--grid`` name; None stands for the accelerator's own grid."""
    return find_accelerator(arguments.accelerator), Grid.parse(
        arguments.grid
    ) if arguments.grid is not None else None


def read_inputs(arguments: Namespace, network: Network) -> tuple[Weights, Pair]:
    """Weights and crops that ``--weights``, ``--sequence`` and ``--frame`` ask for."""
    weights = load_weights(network, arguments.weights)
    sequence = FolderSequence(arguments.sequence) if arguments.sequence is not None else Clip()
    return weights, take_pair(sequence, network, arguments.frame)
