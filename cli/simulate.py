"""``siammixer simulate``: one real frame through the simulated accelerator."""

from __future__ import annotations

from argparse import Namespace

from siammixer.cli.options import command, hardware_options, report_options, video_options
from siammixer.ir.network import BRANCHES


def add(commands) -> None:
    """Adds the command's parser."""
    parser = command(
        commands,
        "simulate",
        "run one frame through the simulated accelerator and compare every tensor with golden",
        "siammixer simulate --sequence Deer --frame 5 --grid 8x8 --json deer.json --picture deer.png",
    )
    hardware_options(parser)
    video_options(parser)
    report_options(parser, "crops, box, response and cycles")
    parser.add_argument(
        "--waves", metavar="FILE", help="record a waveform there, for GTKWave or Surfer (.fst or .vcd)"
    )
    parser.add_argument(
        "--wave-steps",
        metavar="A..B",
        help="record steps A to B only: names, numbers, or NAME@K for execution K, both from 0",
    )
    parser.add_argument("--wave-branch", choices=BRANCHES, help="record this branch (default: search)")


def run(arguments: Namespace) -> int:
    """Simulates the frame and reports it."""
    from siammixer.cli.inputs import read_hardware, read_inputs
    from siammixer.cli.waves import check_options, record_waves
    from siammixer.ir.named import open_network
    from siammixer.report.frame_text import print_report, report_json
    from siammixer.report.outputs import PICTURE_SUFFIXES, output_file, write_json
    from siammixer.report.tables import console, progress

    check_options(arguments)
    network, (accelerator, grid) = open_network(arguments.network), read_hardware(arguments)
    weights, pair = read_inputs(arguments, network)
    from siammixer.sim.frame import simulate_frame

    with (
        output_file(arguments.json) as json_file,
        output_file(arguments.picture, PICTURE_SUFFIXES) as picture_file,
    ):
        with progress("simulating") as tell:
            # First: where the accelerator fails, the waveform is what one wants to see.
            waves = record_waves(arguments, network, weights, accelerator, grid, pair, tell)
            report = simulate_frame(
                network, weights, accelerator, grid, pair.template, pair.search, progress=tell
            )
        print_report(report, pair)
        if waves:
            console().print(waves, soft_wrap=True)
        if json_file:
            write_json(json_file, report_json(report, pair))
        if picture_file:
            from siammixer.report.frame_picture import draw

            draw(report, pair, picture_file)
    return 0 if report.equal else 1
