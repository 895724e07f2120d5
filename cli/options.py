"""Options that several commands have; light, because ``--help`` loads nothing heavy."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable

from siammixer.arch.accelerator import ACCELERATORS, CAMERA_ACCELERATOR, DEFAULT_ACCELERATOR
from siammixer.arch.baud import BAUD, FAST_BAUD
from siammixer.arch.named import OWN_ACCELERATOR
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.named import DEFAULT_NETWORK, OWN_NETWORK
from siammixer.tracking.names import ENGINES

EXECUTED = "a FILE.py is executed"


def command(commands, name: str, summary: str, example: str) -> argparse.ArgumentParser:
    """Returns the parser of a command on one network."""
    parser = bare_command(commands, name, summary, example)
    parser.add_argument("--network", metavar="N", default=DEFAULT_NETWORK, help=network_help())
    return parser


def bare_command(commands, name: str, summary: str, example: str) -> argparse.ArgumentParser:
    """Returns the parser of a command without any option."""
    return commands.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.", epilog=f"Example: {example}"
    )


def network_help() -> str:
    """Returns the help of ``--network``: what it may name."""
    return f"{names(NETWORKS, DEFAULT_NETWORK)}, or your own: {OWN_NETWORK} ({EXECUTED})"


def accelerator_help(default: str | None = DEFAULT_ACCELERATOR) -> str:
    """Returns the help of ``--accelerator``: what it may name."""
    return f"{names(ACCELERATORS, default)}, or your own: {OWN_ACCELERATOR} ({EXECUTED})"


def names(catalogue: Iterable[str], default: str | None) -> str:
    """Returns the names of a catalogue, the default marked."""
    return ", ".join(f"{name} (default)" if name == default else name for name in catalogue)


def listed(text: str) -> list[str]:
    """Returns the names in a list with commas or semicolons, without spaces around them and one at the end;
    the text as it is where it has none.
    """
    return [name.strip() for name in re.split(r"[,;\uff0c\u3001]", text) if name.strip()] or [text]


def accelerator_option(parser: argparse.ArgumentParser) -> None:
    """Adds ``--accelerator``."""
    parser.add_argument("--accelerator", metavar="A", default=DEFAULT_ACCELERATOR, help=accelerator_help())


def hardware_options(parser: argparse.ArgumentParser) -> None:
    """Adds ``--accelerator`` and ``--grid``."""
    accelerator_option(parser)
    parser.add_argument(
        "--grid",
        metavar="RxC",
        help="patches that the shallow layers run in, rows x columns (default: the accelerator's)",
    )


def weights_option(parser: argparse.ArgumentParser) -> None:
    """Adds ``--weights``."""
    parser.add_argument(
        "--weights",
        metavar="FILE",
        help="weights file of the network, or random or random:SEED (default: the shipped one)",
    )


def video_options(parser: argparse.ArgumentParser) -> None:
    """Adds ``--sequence``, ``--as-stored``, ``--frame`` and ``--weights``."""
    parser.add_argument(
        "--sequence",
        metavar="DIR",
        help="OTB-style folder: img/*.jpg and groundtruth_rect.txt (default: a clip rendered here)",
    )
    stored_option(parser)
    parser.add_argument(
        "--frame",
        metavar="K",
        type=int,
        help="frame to search; the template is taken from frame 0 (default 10, or the last)",
    )
    weights_option(parser)


def stored_option(parser: argparse._ActionsContainer) -> None:
    """Adds ``--as-stored``."""
    parser.add_argument(
        "--as-stored",
        action="store_true",
        help="take pixels as they are stored (default: turned upright, as the file's orientation says)",
    )


def engine_options(parser: argparse.ArgumentParser) -> None:
    """Adds ``--engine`` and all that an engine may need."""
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default="golden",
        help="what computes it: golden (default), float, rtl (the simulated core), fabric (the core with "
        "crop and tracker, simulated, fed with video) or board",
    )
    weights_option(parser)
    parser.add_argument("--checkpoint", metavar="FILE", help="training checkpoint, for --engine float")
    parser.add_argument(
        "--accelerator",
        metavar="A",
        help=f"rtl, fabric (its default: {CAMERA_ACCELERATOR}) and board: {accelerator_help()}",
    )
    parser.add_argument("--port", metavar="PORT", help="serial port of the board, such as /dev/ttyUSB0")
    parser.add_argument(
        "--baud",
        metavar="N",
        type=int,
        help=f"of the board's serial line (default {BAUD}; ecpix5-85f: {FAST_BAUD})",
    )


def report_options(parser: argparse.ArgumentParser, picture: str) -> None:
    """Adds ``--json`` and ``--picture``, which shows what ``picture`` says."""
    parser.add_argument("--json", metavar="FILE", help="write the report there")
    parser.add_argument("--picture", metavar="FILE", help=f"draw {picture} there (.png, .svg or .pdf)")
