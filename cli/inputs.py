"""What the commands that take video have in common."""

from __future__ import annotations

from argparse import Namespace

from spec.accelerator import Accelerator, find_accelerator
from spec.network import Network
from spec.patches import Grid
from spec.weights import Weights, load_weights
from tracking.clip import Clip
from tracking.pair import Pair, take_pair
from tracking.sequence import FolderSequence


def read_hardware(arguments: Namespace) -> tuple[Accelerator, Grid | None]:
    """What ``--accelerator`` and ``--grid`` name; None stands for the accelerator's own grid."""
    return find_accelerator(arguments.accelerator), Grid.parse(arguments.grid) if arguments.grid is not None else None


def read_inputs(arguments: Namespace, network: Network) -> tuple[Weights, Pair]:
    """Weights and crops that ``--weights``, ``--sequence`` and ``--frame`` ask for."""
    weights = load_weights(network, arguments.weights)
    sequence = FolderSequence(arguments.sequence) if arguments.sequence is not None else Clip()
    return weights, take_pair(sequence, network, arguments.frame)
