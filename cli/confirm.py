"""``siammixer confirm``: golden against two evaluators that others wrote."""

from __future__ import annotations

from argparse import Namespace

from siammixer.cli.options import command, video_options


def add(commands) -> None:
    """Adds the command's parser."""
    parser = command(
        commands,
        "confirm",
        "compare golden with onnxruntime and the ONNX reference evaluator, tensor by tensor",
        "siammixer confirm --sequence Deer --frame 5 --json deer.json",
    )
    video_options(parser)
    parser.add_argument("--json", metavar="FILE", help="write the comparison there")


def run(arguments: Namespace) -> int:
    """Compares the frame's tensors and reports the differences."""
    from siammixer.cli.inputs import read_inputs
    from siammixer.ir.named import open_network
    from siammixer.report.confirmation import print_rows, rows_json
    from siammixer.report.outputs import output_file, write_json
    from siammixer.report.tables import progress
    from siammixer.verify.onnx.compare import confirm

    network = open_network(arguments.network)
    weights, pair = read_inputs(arguments, network)
    with output_file(arguments.json) as json_file:
        with progress("comparing"):
            rows = confirm(network, weights, pair.template, pair.search)
        print_rows(rows, pair)
        if json_file:
            write_json(json_file, rows_json(rows, weights, pair))
    return 0 if all(row.equal for row in rows) else 1
