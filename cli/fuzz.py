"""``siammixer fuzz``: random networks on golden, onnxruntime and the simulated accelerator."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from siammixer.cli.options import accelerator_help, bare_command
from siammixer.ir.errors import InputError

if TYPE_CHECKING:
    from siammixer.arch.accelerator import Accelerator
    from siammixer.verify.fuzz.case import Case


def add(commands) -> None:
    """Adds the command's parser."""
    parser = bare_command(
        commands,
        "fuzz",
        "compare golden, onnxruntime and the simulated accelerator on random networks",
        "siammixer fuzz --count 200 --seed 1 --json fuzz.json",
    )
    parser.add_argument("--count", metavar="N", type=int, default=24, help="how many networks (default 24)")
    parser.add_argument(
        "--seed", metavar="S", type=int, default=1, help="of the first; the next ones count up (default 1)"
    )
    parser.add_argument(
        "--accelerator",
        metavar="A",
        help=f"run all on random-SEED, {accelerator_help(None)} (default: several)",
    )
    parser.add_argument(
        "--replay",
        metavar="SEED|FILE",
        help="only the network of this seed, or those that failed in this report that --json wrote",
    )
    parser.add_argument("--json", metavar="FILE", help="write the report there")


def run(arguments: Namespace) -> int:
    """Runs the campaign and reports it."""
    from siammixer.report.campaign import campaign_json, print_campaign
    from siammixer.report.outputs import output_file, write_json
    from siammixer.report.tables import progress
    from siammixer.verify.fuzz.campaign import run_cases, run_seeds

    if arguments.count < 1 or arguments.seed < 0:
        raise InputError(
            f"--count must be at least 1 and --seed at least 0, not {arguments.count} and {arguments.seed}"
        )
    with output_file(arguments.json) as json_file:
        with progress("drawing networks") as tell:
            if arguments.replay:
                campaign = run_cases(_replayed(arguments), tell)
            else:
                seeds = range(arguments.seed, arguments.seed + arguments.count)
                campaign = run_seeds(seeds, _accelerator(arguments), tell)
        print_campaign(campaign, arguments.accelerator)
        if json_file:
            write_json(json_file, campaign_json(campaign, arguments.seed))
    return 1 if campaign.failures else 0


def _accelerator(arguments: Namespace) -> Accelerator | None:
    from siammixer.verify.fuzz.accelerators import fuzz_accelerator

    return fuzz_accelerator(arguments.accelerator) if arguments.accelerator else None


def _replayed(arguments: Namespace) -> list[Case]:
    """Returns the case of a seed, or those that failed in a report."""
    from siammixer.verify.fuzz.case import load_cases
    from siammixer.verify.fuzz.generate import random_case

    if arguments.replay.isdecimal():
        return [random_case(int(arguments.replay), _accelerator(arguments))]
    return load_cases(arguments.replay)
