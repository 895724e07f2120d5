"""``siammixer asic``: area, timing and energy in a standard-cell process, before layout."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from siammixer.cli.options import accelerator_option, command


def add(commands) -> None:
    """Adds the command's parser."""
    parser = command(
        commands,
        "asic",
        "measure area, clock and SRAM energy in an ASIC process, before layout",
        "siammixer asic --accelerator tiny --network tiny --liberty typical.lib slow.lib --json asic.json",
    )
    accelerator_option(parser)
    parser.add_argument(
        "--liberty",
        metavar="FILE",
        nargs="+",
        required=True,
        help="liberty files of the standard cells, of one or several corners; the first is mapped for",
    )
    parser.add_argument(
        "--sram",
        metavar="FILE",
        nargs="+",
        default=[],
        help="liberty files of SRAM macros, one macro each, in the same corners (default: none, all memories "
        "are flip-flops)",
    )
    parser.add_argument(
        "--out", metavar="DIR", help="netlist and logs go there (default: build/asic/ACCELERATOR)"
    )
    parser.add_argument("--json", metavar="FILE", help="write the report there")


def run(arguments: Namespace) -> int:
    """Maps the accelerator and reports it."""
    from siammixer.arch.named import open_accelerator
    from siammixer.boards.asic.process import read_process
    from siammixer.compiler.compile import compile_branch
    from siammixer.ir.named import open_network
    from siammixer.report.asic_text import print_report, report_json
    from siammixer.report.outputs import output_file, output_folder, write_json

    accelerator, network = open_accelerator(arguments.accelerator), open_network(arguments.network)
    plan = compile_branch(network, accelerator, None, "search")
    process = read_process(*([Path(name) for name in names] for names in (arguments.liberty, arguments.sram)))
    wanted = f"build/asic/{accelerator.name}" if arguments.out is None else arguments.out
    with output_folder(wanted, parents=True) as folder, output_file(arguments.json) as json_file:
        mapping, timing = measured(accelerator, process, folder)
        print_report(mapping, timing, plan)
        if json_file:
            write_json(json_file, report_json(mapping, timing, plan))
    return 0


def measured(accelerator, process, folder: Path):
    """The mapping of the core without its trace, and each corner's longest path, where OpenSTA is there."""
    from siammixer.boards.asic.synthesis import NAME, map_design
    from siammixer.boards.asic.timing import longest_path, opensta
    from siammixer.report.tables import progress
    from siammixer.rtl.accelerator import SiamMixer
    from siammixer.rtl.technology.asic import ASIC
    from siammixer.sim.verilog import verilog

    with progress("elaborating") as tell:
        text = verilog(SiamMixer(accelerator, ASIC, trace=False), NAME)
        tell("yosys: mapping to cells and macros (minutes)")
        mapping = map_design(text, process, folder)
        timing = []
        for corner in process.corners if opensta() else ():
            tell(f"opensta: {corner.name}")
            timing.append(longest_path(mapping, corner, folder))
    return mapping, timing
