"""``siammixer export``: the network as ONNX, the accelerator as Verilog, the core or the whole tracker as an
IP in a folder, the image of a board's flash.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from siammixer.arch.accelerator import CAMERA_ACCELERATOR, DEFAULT_ACCELERATOR
from siammixer.cli.options import command, hardware_options, weights_option
from siammixer.delivery.names import BUSES, CORES, PREFIX, TRACKER_PREFIX, check_prefix
from siammixer.ir.errors import InputError

if TYPE_CHECKING:
    from siammixer.arch.accelerator import Accelerator
    from siammixer.delivery.job import Job
    from siammixer.delivery.tracker_job import TrackerJob
    from siammixer.ir.network import Network
    from siammixer.ir.patches import Grid
    from siammixer.ir.weights import Weights


def add(commands) -> None:
    """Adds the command's parser."""
    parser = command(
        commands,
        "export",
        "write the network as ONNX, the accelerator as Verilog, core or tracker as an IP, or a flash image",
        "siammixer export --bundle ip --network tiny --accelerator tiny --prefix eye",
    )
    hardware_options(parser)
    parser.set_defaults(accelerator=None)
    weights_option(parser)
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--onnx", metavar="FILE", help="write the quantised network, both branches, there")
    target.add_argument("--verilog", metavar="FILE", help="write the accelerator there")
    target.add_argument(
        "--bundle",
        metavar="DIR",
        help="write a folder for FPGA and ASIC tools: Verilog, memory images, a self-checking test "
        "bench for Icarus and Verilator, FuseSoC and Vivado files",
    )
    target.add_argument(
        "--flash",
        metavar="IMAGE",
        help="write the image of a board's flash from which the core loads itself: weights and both programs "
        f"(default accelerator: {CAMERA_ACCELERATOR}, as of siammixer build --top camera)",
    )
    parser.add_argument(
        "--opset",
        metavar="N",
        type=int,
        help="version of ONNX's operators (default: the lowest, 12); all give the same bits",
    )
    parser.add_argument(
        "--outputs-only",
        action="store_true",
        help="only the results as outputs of the graphs, not every tensor between",
    )
    parser.add_argument(
        "--core",
        choices=CORES,
        help="bundle: the core that computes the network in crops that a host sends (network, default), or "
        f"the whole tracker, video in and boxes out (tracker; default accelerator: {CAMERA_ACCELERATOR})",
    )
    parser.add_argument(
        "--bus",
        choices=BUSES,
        help="bundle: behind AXI (axi, default), or the ports of the network's core itself (stream)",
    )
    parser.add_argument(
        "--prefix",
        metavar="P",
        help=f"bundle: every module and file begins with it (default {PREFIX}, of the tracker "
        f"{TRACKER_PREFIX})",
    )
    parser.add_argument(
        "--trace",
        action="store_true",
        help="bundle of the network's core: with the ports for verification",
    )


def run(arguments: Namespace) -> int:
    """Writes what was asked for; every name is checked, also one that the output does not depend on."""
    from siammixer.cli.inputs import open_weights, read_hardware
    from siammixer.ir.named import open_network

    given = {"--opset": arguments.opset, "--outputs-only": arguments.outputs_only or None}
    bundle = {"--core": arguments.core, "--bus": arguments.bus, "--prefix": arguments.prefix}
    bundle["--trace"] = arguments.trace or None
    for options, output, wanted in (
        ({"--grid": arguments.grid}, "--flash", arguments.flash),
        (given, "--onnx", arguments.onnx),
        (bundle, "--bundle", arguments.bundle),
    ):
        for option, value in options.items():
            if value is not None and wanted is None:
                raise InputError(f"{option} is an option of {output}")
    tracks = arguments.core == "tracker"
    if tracks:
        check_tracker_options(arguments)
    if arguments.accelerator is None:
        camera = tracks or arguments.flash is not None
        arguments.accelerator = CAMERA_ACCELERATOR if camera else DEFAULT_ACCELERATOR
    (accelerator, grid), network = read_hardware(arguments), open_network(arguments.network)
    if arguments.flash is not None:
        return export_flash(network, accelerator, grid, arguments)
    if arguments.bundle is not None:
        return export_bundle(accelerator, network, arguments)
    if arguments.onnx is not None:
        return export_onnx(network, open_weights(network, arguments.weights), arguments)
    if arguments.weights is not None:
        open_weights(network, arguments.weights)
    return export_verilog(accelerator, arguments.verilog)


def export_onnx(network: Network, weights: Weights, arguments: Namespace) -> int:
    """Writes both branches and prints the files' names."""
    from siammixer.verify.onnx.compare import save_onnx
    from siammixer.verify.onnx.export import OPSET, OPSETS

    opset = OPSET if arguments.opset is None else arguments.opset
    if opset not in OPSETS:
        raise InputError(f"--opset must be {OPSETS[0]}..{OPSETS[-1]}, not {opset}")
    every = not arguments.outputs_only
    for written in save_onnx(arguments.onnx, network, weights, opset=opset, every_tensor=every):
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


def check_tracker_options(arguments: Namespace) -> None:
    """:class:`InputError` where an option is only for the network's core."""
    if arguments.bus not in (None, "axi"):
        raise InputError(f"--bus must be axi with --core tracker, not {arguments.bus}: it has no other ports")
    if arguments.trace:
        raise InputError("--trace is for --core network: the tracker has no ports for verification")


def export_bundle(accelerator: Accelerator, network: Network, arguments: Namespace) -> int:
    """Writes the folder and prints its name."""
    from siammixer.delivery.bundle import check_folder, write_bundle
    from siammixer.report.tables import progress

    default = TRACKER_PREFIX if arguments.core == "tracker" else PREFIX
    prefix = check_prefix(default if arguments.prefix is None else arguments.prefix)
    check_folder(arguments.bundle)
    job = bundle_job(accelerator, network, prefix, arguments)
    with progress("exporting") as tell:
        write_bundle(job, arguments.bundle, tell)
    print(arguments.bundle)
    return 0


def bundle_job(
    accelerator: Accelerator, network: Network, prefix: str, arguments: Namespace
) -> Job | TrackerJob:
    """The job of the bundle.

    Raises
    ------
    InputError
        The network, its weights and the accelerator do not suit each other, or this core.
    """
    from siammixer.cli.inputs import open_weights
    from siammixer.delivery.job import Job
    from siammixer.delivery.tracker_job import TrackerJob

    weights = open_weights(network, arguments.weights)
    if arguments.core == "tracker":
        return TrackerJob(network=network, weights=weights, accelerator=accelerator, prefix=prefix)
    return Job(
        network=network,
        weights=weights,
        accelerator=accelerator,
        prefix=prefix,
        bus=arguments.bus or BUSES[0],
        trace=arguments.trace,
    )


def export_flash(network: Network, accelerator: Accelerator, grid: Grid | None, arguments: Namespace) -> int:
    """Writes the image and prints its name, its size, and the command that puts it into the flash."""
    from siammixer.arch.fabric import strip_grid
    from siammixer.arch.flash import ADDRESS
    from siammixer.cli.inputs import open_weights
    from siammixer.delivery.flash import check_name, flash_command, write_flash_image
    from siammixer.ir.files import is_stream
    from siammixer.report.outputs import output_file

    path = arguments.flash
    check_name(path)
    with output_file(path) as file:
        weights = open_weights(network, arguments.weights)
        size = write_flash_image(file, network, accelerator, grid, weights)
    # An image on the standard output ends with its last byte.
    out = sys.stderr if is_stream(path) else sys.stdout
    print(f"{path}: {size:,} bytes, for address {ADDRESS:#x} of the flash", file=out)
    print(f"to write it there on the ULX3S: {flash_command(path)}", file=out)
    strips = strip_grid(accelerator)
    own = "{}x{}".format(*accelerator.patch_grid)
    if str(grid or own) != str(strips):
        print(f"the tracker behind a camera (build --top camera) needs --grid {strips}", file=sys.stderr)
    return 0
