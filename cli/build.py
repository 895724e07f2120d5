"""``siammixer build``: a bitstream for a board, and what it reaches."""

from __future__ import annotations

import re
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from siammixer.arch.accelerator import find_accelerator
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.report.outputs import PICTURE_SUFFIXES, output_file, output_folder, write_json
from siammixer.report.tables import console, table
from siammixer.tracking.tracker import Settings

if TYPE_CHECKING:
    from siammixer.boards.flow import Build
    from siammixer.boards.performance import Performance


def run(arguments: Namespace) -> int:
    from siammixer.boards.catalogue import find_board
    from siammixer.boards.fit import check_fit
    from siammixer.boards.flow import build
    from siammixer.boards.performance import Performance
    from siammixer.boards.pll import find_dividers

    board, accelerator, network = (
        find_board(arguments.board),
        find_accelerator(arguments.accelerator),
        find_network(arguments.network),
    )
    clock_mhz = board.clock_mhz if arguments.clock is None else clock_of(arguments.clock)
    if not 0 <= arguments.seed < 2**31:
        raise InputError(f"--seed must be 0..{2**31 - 1}, not {arguments.seed}")
    check_fit(board, accelerator, network)
    find_dividers(board.input_mhz, clock_mhz)
    wanted = f"build/boards/{board.name}/{accelerator.name}" if arguments.out is None else arguments.out
    with (
        output_folder(wanted, parents=True) as folder,
        output_file(arguments.json) as json_file,
        output_file(arguments.picture, PICTURE_SUFFIXES) as picture_file,
    ):
        with stages(folder) as tell:
            built = build(
                board, accelerator, clock_mhz=clock_mhz, seed=arguments.seed, folder=folder, progress=tell
            )
        performance = Performance(
            network=network,
            accelerator=accelerator,
            scales=Settings().scales,
            clock_mhz=built.clock_mhz,
            baud=board.baud,
        )
        print_report(built, performance)
        if json_file:
            write_json(json_file, report_json(built, performance))
        if picture_file:
            from siammixer.report.build_picture import draw

            draw(built, performance, picture_file)
    return 0 if built.met else 1


def clock_of(text: str) -> Fraction:
    """The clock that ``--clock`` names, in MHz: 90, 112.5 or 400/3. No exponents: a few characters could
    name a number without end.
    """
    if not re.fullmatch(r"[+-]?\d{1,9}(\.\d{1,9}|/0*[1-9]\d{0,8})?", text):
        raise InputError(f"--clock must be a number of MHz such as 90, 112.5 or 400/3, not {text!r}")
    clock = Fraction(text)
    if clock <= 0:
        raise InputError(f"--clock must be above 0 MHz, not {text}")
    return clock


@contextmanager
def stages(folder: Path) -> Iterator[Callable[[str], None]]:
    """Yields a function that says which tool runs: with the time it has taken on a terminal, else a line
    each.
    """
    out = console(stderr=True)
    out.print(f"files and logs: {folder}/", markup=False, soft_wrap=True)
    if not out.is_terminal:
        yield lambda stage: out.print(stage, markup=False)
        return
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=out
    ) as progress:

        def tell(stage: str) -> None:
            for task in progress.tasks:
                progress.update(task.id, total=1, completed=1)
            progress.add_task(stage, total=None)

        yield tell
        for task in progress.tasks:
            progress.update(task.id, total=1, completed=1)


def report_json(built: Build, performance: Performance) -> dict:
    """The report's contract with other programs (docs/boards.md)."""
    placement, path = built.placement, built.placement.critical_path
    return {
        "board": built.board.name,
        "device": f"{built.board.device}-{built.board.speed}",
        "accelerator": built.accelerator.name,
        "accelerator_fingerprint": built.accelerator.fingerprint,
        "network": performance.network.name,
        "network_fingerprint": performance.network.fingerprint,
        "seed": placement.seed,
        "tools": built.tools,
        "clock_mhz": built.clock_mhz,
        "fmax_mhz": round(placement.slowest_mhz, 2),
        "met": built.met,
        "critical_path": path.record(),
        "used": placement.used,
        "available": placement.available,
        "cycles": performance.cycles,
        "utilisation": round(performance.utilisation, 4),
        "passes_per_second": round(performance.passes_per_second, 2),
        "scales": performance.scales,
        "frames_per_second": round(performance.frames_per_second, 2),
        "frames_per_second_per_dsp": round(performance.frames_per_second / placement.used["DSP"], 4),
        "baud": performance.baud,
        "link_bytes_per_pass": performance.pass_bytes,
        "link_frames_per_second": round(performance.link_frames_per_second, 3),
        "steps": [
            {
                "name": step.name,
                "kind": step.kind,
                "cycles": step.cycles,
                "macs": step.macs,
                "utilisation": round(step.utilisation, 4),
            }
            for step in performance.steps
        ],
        "seconds": built.seconds,
        "bitstream": str(built.bitstream),
    }


def print_report(built: Build, performance: Performance) -> None:
    placement, out = built.placement, console()
    title = (
        f"{built.board.title}, {built.board.device} speed grade {built.board.speed}: accelerator "
        f"{built.accelerator.name}, seed {placement.seed}"
    )
    rows = [
        (name, f"{used:,}", f"{placement.available[name]:,}", f"{used / placement.available[name]:.1%}")
        for name, used in placement.used.items()
    ]
    out.print(table(title, ("resource", "used", "available", "share"), rows))
    verdict = "[green]met[/]" if built.met else "[red]NOT MET[/]"
    out.print(
        f"\nclock: {built.clock_mhz:g} MHz asked for, {placement.slowest_mhz:.1f} MHz possible: {verdict}"
    )
    out.print(f"critical path: {placement.critical_path.text}", markup=False, soft_wrap=True)
    for line in speed_lines(performance, placement.used["DSP"]):
        out.print(line, soft_wrap=True)
    out.print(f"time: {', '.join(f'{stage} {seconds:.0f} s' for stage, seconds in built.seconds.items())}")
    out.print(
        f"fingerprints: accelerator {built.accelerator.fingerprint}, network "
        f"{performance.network.fingerprint}"
    )
    out.print(
        f"bitstream: {built.bitstream}\nload it with: {built.load_command}", markup=False, soft_wrap=True
    )
    if not built.met:
        print(
            f"siammixer: the clock of {built.clock_mhz:g} MHz is not met: {placement.slowest_mhz:.1f} MHz",
            file=sys.stderr,
        )


def speed_lines(performance: Performance, dsp_blocks: int) -> list[str]:
    """What the clock gives, and what the serial line leaves of it."""
    p = performance
    return [
        f"{p.network.name}: {p.cycles:,} cycles a search pass, multipliers {p.utilisation:.1%} at work",
        f"core: {p.passes_per_second:.1f} passes a second, {p.frames_per_second:.1f} frames of video a "
        f"second at {p.scales} scales, "
        f"{p.frames_per_second / dsp_blocks:.3f} frames a second per DSP",
        f"serial line at {p.baud:,} baud: {p.pass_bytes:,} B a pass, which allows "
        f"{p.link_frames_per_second:.2f} frames a second",
    ]
