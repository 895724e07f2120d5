"""A report of a bitstream says what it takes of a board and how fast it is, as tables and as JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from siammixer.boards.camera_performance import TARGETS, CameraPerformance
from siammixer.report.tables import console, table

if TYPE_CHECKING:
    from siammixer.boards.flow import Build
    from siammixer.boards.performance import Performance


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
    """Returns the report's contract with other programs (docs/boards.md)."""
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
        "frames_per_second": round(performance.frames_per_second, 2),
        "frames_per_second_per_dsp": round(performance.frames_per_second / placement.used["DSP"], 4),
        **_outside(performance),
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


def _outside(performance: Performance) -> dict:
    """Returns what the way in and out of the core allows."""
    if isinstance(performance, CameraPerformance):
        return {
            "baud": performance.baud,
            "camera_frames_per_second": round(performance.camera_frames_per_second, 2),
            "latency_cycles": performance.latency_cycles,
            "tracked_per_second": {
                str(target): round(performance.tracked_per_second(target), 2) for target in TARGETS
            },
        }
    return {
        "baud": performance.baud,
        "link_bytes_per_pass": performance.pass_bytes,
        "link_frames_per_second": round(performance.link_frames_per_second, 3),
    }


def print_report(built: Build, performance: Performance) -> None:
    """Prints resources, clock, critical path and speed; a clock that is not met goes to standard error."""
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
    """Says how fast the clock makes the tracker, and what the serial line leaves of that."""
    p = performance
    if isinstance(p, CameraPerformance):
        return _camera_lines(p)
    return [
        f"{p.network.name}: {p.cycles:,} cycles a search pass, multipliers {p.utilisation:.1%} at work",
        f"core: {p.frames_per_second:.1f} frames of video a second, each of one search pass, "
        f"{p.frames_per_second / dsp_blocks:.3f} frames a second per DSP",
        f"serial line at {p.baud:,} baud: {p.pass_bytes:,} B a pass, which allows "
        f"{p.link_frames_per_second:.2f} frames a second",
    ]


def _camera_lines(p: CameraPerformance) -> list[str]:
    """Says how often the camera's frames are looked at, by the size of the target."""
    milliseconds = p.latency_cycles / (1e3 * p.clock_mhz)
    sizes = ", ".join(f"{target} px: {p.tracked_per_second(target):.1f}" for target in TARGETS)
    return [
        f"{p.network.name}: {p.cycles:,} cycles a search pass, multipliers {p.utilisation:.1%} at work",
        f"tracker: {p.frames_per_second:.1f} frames a second from a source that is never waited for",
        f"from the window's last row to the box: at most {p.latency_cycles:,} cycles, {milliseconds:.1f} ms, "
        "where the core has waited for it",
        f"OV7670 at 640 x 480, {p.camera_frames_per_second:.1f} frames a second; looked at, by the target's "
        f"edge: {sizes}",
    ]
