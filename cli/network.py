"""``siammixer network``: what a network is made of and what it costs."""

from __future__ import annotations

from argparse import Namespace

from siammixer.cli.options import command, hardware_options


def add(commands) -> None:
    """Adds the command's parser."""
    parser = command(
        commands,
        "network",
        "show layers, shapes, bytes and multiply-accumulates of a network",
        "siammixer network --network tiny",
    )
    hardware_options(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON instead of tables")
    form.add_argument(
        "--toml", action="store_true", help="print the description as a file that --network takes"
    )


def run(arguments: Namespace) -> int:
    """Prints the description in the form asked for."""
    import json

    from siammixer.cli.inputs import read_hardware
    from siammixer.ir.named import open_network
    from siammixer.ir.network_file import network_toml
    from siammixer.report.network_text import describe, print_description

    network = open_network(arguments.network)
    if arguments.toml:
        print(network_toml(network), end="")
        return 0
    description = describe(network, *read_hardware(arguments))
    if arguments.json:
        print(json.dumps(description, indent=2))
    else:
        print_description(description)
    return 0
