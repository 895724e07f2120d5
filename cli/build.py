"""``siammixer build``: a bitstream for a board, and what it reaches."""

from __future__ import annotations

import re
from argparse import Namespace
from dataclasses import replace
from fractions import Fraction

from siammixer.arch.accelerator import CAMERA_ACCELERATOR, DEFAULT_ACCELERATOR
from siammixer.boards.names import BOARDS, TOPS
from siammixer.cli.options import accelerator_help, command, report_options
from siammixer.ir.errors import InputError


def add(commands) -> None:
    """Adds the command's parser."""
    parser = command(
        commands,
        "build",
        "make a bitstream for a board, with a report",
        "siammixer build ulx3s-85f --clock 90 --json build.json",
    )
    parser.add_argument("board", metavar="BOARD", help=", ".join(BOARDS))
    parser.add_argument(
        "--top",
        choices=TOPS,
        default="link",
        help="what stands around the core: link (default), a serial line to a host, or camera, the whole "
        "tracker behind an OV7670",
    )
    parser.add_argument(
        "--accelerator",
        metavar="A",
        help=f"{accelerator_help()}; with --top camera the default is {CAMERA_ACCELERATOR}",
    )
    parser.add_argument(
        "--clock",
        metavar="MHZ",
        help="clock of the tracker; the board's PLL must be able to make it (default: the board's)",
    )
    parser.add_argument(
        "--baud",
        metavar="N",
        type=int,
        help="speed of the serial line, with --top link; the clock must be able to make it (default: the "
        "board's)",
    )
    parser.add_argument(
        "--seed",
        metavar="N",
        type=int,
        help="of place and route: another one, another result (default: the board's)",
    )
    parser.add_argument(
        "--out", metavar="DIR", help="bitstream, netlist and logs go there (default: build/boards/BOARD/A)"
    )
    report_options(parser, "resources and the multipliers' use over time")


def run(arguments: Namespace) -> int:
    """Builds the bitstream and reports it."""
    from siammixer.report.build_text import print_report, report_json
    from siammixer.report.outputs import PICTURE_SUFFIXES, output_file, output_folder, write_json

    board, accelerator, network, clock_mhz, design = read_design(arguments)
    wanted = f"build/boards/{board.name}/{accelerator.name}" if arguments.out is None else arguments.out
    with (
        output_folder(wanted, parents=True) as folder,
        output_file(arguments.json) as json_file,
        output_file(arguments.picture, PICTURE_SUFFIXES) as picture_file,
    ):
        built, performance = built_in(folder, board, accelerator, network, clock_mhz, design)
        print_report(built, performance)
        if json_file:
            write_json(json_file, report_json(built, performance))
        if picture_file:
            from siammixer.report.build_picture import draw

            draw(built, performance, picture_file)
    return 0 if built.met else 1


def read_design(arguments: Namespace):
    """The board, accelerator, network, clock (MHz) and, with ``--top camera``, the tracker that the options
    name, if they go together.
    """
    from siammixer.arch.fabric import strip_grid
    from siammixer.arch.named import open_accelerator
    from siammixer.boards.camera_top import BAUD
    from siammixer.boards.catalogue import find_board
    from siammixer.boards.fit import check_fit
    from siammixer.boards.pll import find_dividers
    from siammixer.ir.named import open_network
    from siammixer.rtl.link.uart import bit_cycles

    board = find_board(arguments.board)
    if arguments.baud is not None:
        board = replace(board, baud=arguments.baud)
    camera = board.camera if arguments.top == "camera" else None
    if arguments.top == "camera":
        if camera is None:
            raise InputError(f"board {board.name} has no pins for a camera; --top must be link")
        if arguments.baud is not None:
            raise InputError(f"--baud is for --top link; the camera's lines of text are sent at {BAUD}")
    name = arguments.accelerator or (DEFAULT_ACCELERATOR if camera is None else CAMERA_ACCELERATOR)
    accelerator, network = open_accelerator(name), open_network(arguments.network)
    default_mhz = board.clock_mhz if camera is None else camera.clock_mhz
    clock_mhz = default_mhz if arguments.clock is None else clock_of(arguments.clock)
    if arguments.seed is not None:
        if not 0 <= arguments.seed < 2**31:
            raise InputError(f"--seed must be 0..{2**31 - 1}, not {arguments.seed}")
        board = replace(board, seed=arguments.seed)
    design = None if camera is None else camera_design(network, accelerator)
    check_fit(
        board,
        accelerator,
        network,
        None if design is None else strip_grid(accelerator),
        camera=design is not None,
    )
    find_dividers(board.input_mhz, clock_mhz)
    bit_cycles(float(clock_mhz * 10**6), board.baud if design is None else BAUD)
    return board, accelerator, network, clock_mhz, design


def camera_design(network, accelerator):
    """The tracker of a network behind a camera of 640 x 480 pixels."""
    from siammixer.arch.fabric import FabricDesign
    from siammixer.arch.ov7670 import HEIGHT, WIDTH
    from siammixer.tracking.settings import Settings

    return FabricDesign.of(network, accelerator, Settings().shares(), frame_width=WIDTH, frame_height=HEIGHT)


def built_in(folder, board, accelerator, network, clock_mhz, design):
    """The build in a folder, and what the network reaches on it."""
    from siammixer.boards.camera_performance import CameraPerformance
    from siammixer.boards.flow import build
    from siammixer.boards.performance import Performance
    from siammixer.report.build_text import stages

    with stages(folder) as tell:
        built = build(
            board,
            accelerator,
            clock_mhz=clock_mhz,
            seed=board.seed,
            folder=folder,
            progress=tell,
            design=design,
        )
    if design is not None:
        return built, CameraPerformance.of(network, design, built.clock_mhz, float(board.input_mhz * 10**6))
    performance = Performance(
        network=network,
        accelerator=accelerator,
        clock_mhz=built.clock_mhz,
        baud=board.baud,
    )
    return built, performance


def clock_of(text: str) -> Fraction:
    """Returns the clock that ``--clock`` names, in MHz: 90, 112.5 or 400/3.

    Exponents are refused: a few characters could name a number without end.
    """
    if not re.fullmatch(r"[+-]?\d{1,9}(\.\d{1,9}|/0*[1-9]\d{0,8})?", text):
        raise InputError(f"--clock must be a number of MHz such as 90, 112.5 or 400/3, not {text!r}")
    clock = Fraction(text)
    if clock <= 0:
        raise InputError(f"--clock must be above 0 MHz, not {text}")
    return clock
