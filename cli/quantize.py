"""``siammixer quantize``: a weights file of a trained checkpoint."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from siammixer.cli.options import command
from siammixer.ir.errors import InputError

if TYPE_CHECKING:
    from siammixer.ir.network import Network
    from siammixer.ir.weights import Weights


def add(commands) -> None:
    """Adds the command's parser."""
    example = "siammixer quantize --checkpoint run/best.pt --data crops/train --out siammixer.npz"
    parser = command(commands, "quantize", "write the weights file of a trained checkpoint", example)
    parser.add_argument(
        "--checkpoint", metavar="FILE", required=True, help="as siammixer train writes it, of either stage"
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        help="folder of training crops to calibrate on, for a checkpoint of the stages float and distil",
    )
    parser.add_argument("--out", metavar="FILE", required=True, help="the weights file to write (.npz)")


def run(arguments: Namespace) -> int:
    """Writes the weights file and prints what it holds."""
    from siammixer.ir.files import write_draft
    from siammixer.ir.named import open_network
    from siammixer.ir.weights import load_weights
    from siammixer.report.outputs import output_file
    from siammixer.report.tables import console

    network = open_network(arguments.network)
    if arguments.out is None or not arguments.out:
        raise InputError("--out must name a file to write")
    with output_file(arguments.out, (".npz",)) as out:
        weights = quantised(network, arguments)
        write_draft(out, weights.archive())
        load_weights(network, out)  # before it takes its place: the file is one that every command reads
    text = (
        f"{arguments.out}: {network.name}, fingerprint {weights.fingerprint}, "
        f"{network.parameter_bytes:,} B of parameters"
    )
    console().print(text, markup=False, soft_wrap=True)
    return 0


def quantised(network: Network, arguments: Namespace) -> Weights:
    """Returns the integers of a checkpoint: those it was trained in, or, of a float checkpoint, those that
    the crops suggest.
    """
    from siammixer.training.loop.checkpoint import load_checkpoint, load_quantised
    from siammixer.training.quantise.quantise import quantised_checkpoint

    state = load_checkpoint(network, arguments.checkpoint)
    if state["variant"] is not None:
        raise InputError(
            f"{arguments.checkpoint}: variant {state['variant']} cannot be quantised: the catalogue and "
            "the hardware do not know it"
        )
    if state["stage"] == "qat":
        return load_quantised(network, arguments.checkpoint).weights()
    if arguments.data is None:
        raise InputError(
            "--data must name a folder of training crops to calibrate on, for a checkpoint of the stages "
            "float and distil"
        )
    return quantised_checkpoint(network, arguments.checkpoint, arguments.data)
