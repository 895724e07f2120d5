"""``siammixer export``: the network as ONNX, the accelerator as Verilog."""

from __future__ import annotations

from argparse import Namespace

from siammixer.arch.accelerator import find_accelerator
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import load_weights
from siammixer.report.outputs import output_file


def run(arguments: Namespace) -> int:
    """Writes what was asked for; every name is checked, also one that the output does not depend on."""
    find_accelerator(arguments.accelerator)
    network = find_network(arguments.network)
    if arguments.weights is not None:
        load_weights(network, arguments.weights)
    return export_onnx(arguments) if arguments.onnx else export_verilog(arguments)


def export_onnx(arguments: Namespace) -> int:
    from siammixer.verify.onnx.compare import save_onnx

    network = find_network(arguments.network)
    weights = load_weights(network, arguments.weights)
    with output_file(arguments.onnx):  # refuses early; save_onnx itself writes whole files
        pass
    for path in save_onnx(arguments.onnx, network, weights):
        print(path)
    return 0


def export_verilog(arguments: Namespace) -> int:
    from siammixer.rtl.accelerator import SiamMixer
    from siammixer.sim.verilog import verilog

    accelerator = find_accelerator(arguments.accelerator)
    with output_file(arguments.verilog) as file:
        file.write_text(verilog(SiamMixer(accelerator), "siammixer"))
    print(arguments.verilog)
    return 0
