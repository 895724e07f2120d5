"""``siammixer export``: the network as ONNX, the accelerator as Verilog."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from siammixer.cli.options import accelerator_option, command, weights_option

if TYPE_CHECKING:
    from siammixer.arch.accelerator import Accelerator
    from siammixer.ir.network import Network
    from siammixer.ir.weights import Weights


def add(commands) -> None:
    """Adds the command's parser."""
    parser = command(
        commands,
        "export",
        "write the network as ONNX or the accelerator as Verilog",
        "siammixer export --onnx siammixer.onnx",
    )
    accelerator_option(parser)
    weights_option(parser)
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--onnx", metavar="FILE", help="write the quantised network, both branches, there")
    target.add_argument("--verilog", metavar="FILE", help="write the accelerator there")


def run(arguments: Namespace) -> int:
    """Writes what was asked for; every name is checked, also one that the output does not depend on."""
    from siammixer.arch.named import open_accelerator
    from siammixer.cli.inputs import open_weights
    from siammixer.ir.named import open_network

    accelerator, network = open_accelerator(arguments.accelerator), open_network(arguments.network)
    if arguments.onnx:
        return export_onnx(network, open_weights(network, arguments.weights), arguments.onnx)
    if arguments.weights is not None:
        open_weights(network, arguments.weights)
    return export_verilog(accelerator, arguments.verilog)


def export_onnx(network: Network, weights: Weights, path: str) -> int:
    """Writes both branches beside ``path`` and prints the files' names."""
    from siammixer.report.outputs import output_file
    from siammixer.verify.onnx.compare import save_onnx

    with output_file(path):  # refuses early; save_onnx itself writes whole files
        pass
    for written in save_onnx(path, network, weights):
        print(written)
    return 0


def export_verilog(accelerator: Accelerator, path: str) -> int:
    """Writes the accelerator's Verilog and prints the file's name."""
    from siammixer.report.outputs import output_file, write_text
    from siammixer.rtl.accelerator import SiamMixer
    from siammixer.sim.verilog import verilog

    with output_file(path) as file:
        write_text(file, verilog(SiamMixer(accelerator), "siammixer"))
    print(path)
    return 0
