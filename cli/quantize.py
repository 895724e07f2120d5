"""``siammixer quantize``: a weights file of a trained checkpoint."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from cli.outputs import output_file
from cli.tables import console
from spec.errors import SpecError
from spec.network import Network, find_network
from spec.weights import Weights, load_weights


def run(arguments: Namespace) -> int:
    network = find_network(arguments.network)
    if arguments.out is None or not arguments.out:
        raise SpecError("--out must name a file to write")
    with output_file(arguments.out, (".npz",)) as out:
        weights = quantised(network, arguments, out)
    text = f"{arguments.out}: {network.name}, fingerprint {weights.fingerprint}, {network.parameter_bytes:,} B of parameters"
    console().print(text, markup=False, soft_wrap=True)
    return 0


def quantised(network: Network, arguments: Namespace, out: Path) -> Weights:
    """Writes the integers of a checkpoint: those it was trained in, or, of a float checkpoint, those that the crops suggest."""
    from network.checkpoint import load_checkpoint, load_quantised
    from network.quantise import quantise_checkpoint

    state = load_checkpoint(network, arguments.checkpoint)
    if state["variant"] is not None:
        raise SpecError(f"{arguments.checkpoint}: variant {state['variant']} cannot be quantised: the catalogue and the hardware do not know it")
    if state["stage"] == "qat":
        load_quantised(network, arguments.checkpoint).weights().save(out)
        return load_weights(network, out)
    if arguments.data is None:
        raise SpecError("--data must name a folder of training crops to calibrate on, for a checkpoint of the stage float")
    return quantise_checkpoint(network, arguments.checkpoint, arguments.data, out)
