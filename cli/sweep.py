"""``siammixer sweep``: what arrays, patch grids and networks give, predicted; some of it simulated."""

from __future__ import annotations

import math
from argparse import Namespace

from siammixer.arch.accelerator import LANES
from siammixer.cli.options import bare_command, listed, network_help
from siammixer.ir.errors import InputError
from siammixer.ir.named import DEFAULT_NETWORK


def add(commands) -> None:
    """Adds the command's parser."""
    example = (
        "siammixer sweep --network siammixer,siammixer-local --lanes 8,16 --grids 4x4,8x8 --clock "
        "90 --csv sweep.csv --picture sweep.png"
    )
    parser = bare_command(
        commands, "sweep", "predict speed and area over arrays, patch grids and networks", example
    )
    parser.add_argument(
        "--network", metavar="A,B", default=DEFAULT_NETWORK, help=f"one or several of {network_help()}"
    )
    parser.add_argument(
        "--widths",
        metavar="F,F",
        default="1",
        help="channels of the networks, times so much (default 1); none but 1 is trained",
    )
    lanes = ",".join(map(str, LANES))
    parser.add_argument(
        "--lanes",
        metavar="N,N",
        default=lanes,
        help=f"arrays, of nine multipliers a lane: {', '.join(map(str, LANES))} (default: all)",
    )
    parser.add_argument(
        "--grids",
        metavar="RxC,RxC",
        default="1x4,2x2,4x4,8x8,16x1",
        help="patch grids (default 1x4,2x2,4x4,8x8,16x1)",
    )
    parser.add_argument(
        "--clock",
        metavar="MHZ",
        type=float,
        default=90.0,
        help="clock that frames a second are reckoned with (default 90)",
    )
    parser.add_argument(
        "--simulate",
        metavar="N",
        type=int,
        default=0,
        help="simulate N of them too, and compare bits and cycles (minutes each)",
    )
    parser.add_argument("--json", metavar="FILE", help="write all figures there")
    parser.add_argument("--csv", metavar="FILE", help="write a table there")
    parser.add_argument(
        "--picture",
        metavar="FILE",
        help="draw frames a second against multipliers and memory there (.png, .svg or .pdf)",
    )


def run(arguments: Namespace) -> int:
    """Predicts every combination, simulates some, and reports them."""
    from siammixer.report.outputs import PICTURE_SUFFIXES, output_file, write_json
    from siammixer.report.sweep_text import print_points, sweep_json, write_csv

    combinations = read_combinations(arguments)
    with (
        output_file(arguments.json) as json_file,
        output_file(arguments.csv) as csv_file,
        output_file(arguments.picture, PICTURE_SUFFIXES) as picture_file,
    ):
        points = swept(*combinations, arguments)
        print_points(points, arguments.clock)
        if json_file:
            write_json(json_file, sweep_json(points, arguments.clock))
        if csv_file:
            write_csv(csv_file, points)
        if picture_file:
            from siammixer.report.sweep_picture import draw

            draw(points, arguments.clock, picture_file)
    return int(any(point.simulated not in (None, "equal") for point in points))


def read_combinations(arguments: Namespace) -> tuple[list, list, list]:
    """Returns the networks, counts of lanes and grids that the options name."""
    from siammixer.ir.named import open_network
    from siammixer.ir.patches import Grid
    from siammixer.ir.widths import width_variant

    networks = [
        width_variant(open_network(name), width)
        for name in listed(arguments.network)
        for width in _widths(arguments.widths)
    ]
    lanes, grids = _lanes(arguments.lanes), [Grid.parse(text) for text in listed(arguments.grids)]
    if not 0 < arguments.clock < math.inf:
        raise InputError(f"--clock must be a number of MHz above 0, not {arguments.clock:g}")
    if arguments.simulate < 0:
        raise InputError(f"--simulate must be at least 0, not {arguments.simulate}")
    return networks, lanes, grids


def swept(networks: list, lanes: list, grids: list, arguments: Namespace) -> list:
    """Returns the points of the sweep, with as many of them simulated as ``--simulate`` asks for."""
    from siammixer.compiler.analysis.sweep import sweep
    from siammixer.report.tables import progress, progress_bar

    with progress_bar("predicting", len(networks) * len(lanes) * len(grids)) as tell:
        points = sweep(networks, lanes, grids, 1e6 * arguments.clock, tell=tell)
    if not arguments.simulate:
        return points
    from siammixer.verify.sweep import simulated

    with progress("simulating") as tell:
        return simulated(points, arguments.simulate, tell)


def _lanes(text: str) -> list[int]:
    counts = listed(text)
    for count in counts:
        if count not in map(str, LANES):
            raise InputError(f"--lanes must be some of {', '.join(map(str, LANES))}, not {count!r}")
    return [int(count) for count in counts]


def _widths(text: str) -> list[float]:
    try:
        widths = [float(width) for width in listed(text)]
    except ValueError:
        widths = [0.0]
    if not all(0.1 <= width <= 4 for width in widths):
        raise InputError(f"--widths must be numbers of 0.1 to 4 such as 0.5,1, not {text!r}")
    return widths
