"""A report of a sweep lists its points, as tables, CSV and JSON."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from siammixer.compiler.analysis.sweep import FIELDS, SIZES, Point
from siammixer.ir.words import counted
from siammixer.report.outputs import write_text
from siammixer.report.tables import console, table


def described(point: Point) -> dict:
    """Returns a point of the JSON (docs/commands.md)."""
    sizes = None if point.accelerator is None else {name: getattr(point.accelerator, name) for name in SIZES}
    return point.row() | {"accelerator": sizes}


def print_points(points: list[Point], clock_mhz: float) -> None:
    """Prints the points that fit, the reasons of those that do not, and what simulations found."""
    out = console()
    columns = (
        "network",
        "grid",
        "mult.",
        "cycles",
        "util.",
        "frame/s",
        "maps kB",
        "weights kB",
        "RAMs",
        "ECP5-85F",
    )
    rows = [_cells(point) for point in points if not point.reason]
    out.print(table(f"At {clock_mhz:g} MHz, one search pass a frame; * Pareto front", columns, rows, left=2))
    refused: dict[tuple[str, int], list[str]] = {}
    for point in points:
        if point.reason:
            refused.setdefault(
                (point.reason.replace(f"grid {point.grid} ", "the grid "), point.lanes), []
            ).append(str(point.grid))
    if refused:
        count, total = sum(map(len, refused.values())), counted(len(points), "combination")
        out.print(f"\n[bold]{count} of {total} do not fit[/]")
    for (reason, lanes), grids in refused.items():
        out.print(f"{lanes} lanes, {', '.join(grids)}: {reason}", markup=False, soft_wrap=True)
    for point in points:
        if point.simulated:
            verdict = (
                "bits and cycles as predicted"
                if point.simulated == "equal"
                else f"DIFFERS: {point.simulated}"
            )
            out.print(
                f"simulated {point.network.name}, {point.lanes} lanes, {point.grid}: {verdict}",
                markup=False,
                soft_wrap=True,
            )


def _cells(point: Point) -> tuple[str, ...]:
    assert point.feature_map_bytes is not None and point.weight_memory_bytes is not None  # it fits
    return (
        point.network.name,
        f"{point.grid} *" if point.pareto else str(point.grid),
        str(point.multipliers),
        f"{point.cycles:,}",
        f"{point.utilisation:.1%}",
        f"{point.frames_per_second:.1f}",
        f"{point.feature_map_bytes / 1000:.1f}",
        f"{point.weight_memory_bytes / 1000:.1f}",
        str(point.block_rams),
        "fits" if point.fits_ecp5_85f else "no",
    )


def write_csv(draft: Path, points: list[Point]) -> None:
    """Writes a row for each point, by :data:`FIELDS`, into a draft of a file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS)
    writer.writeheader()
    writer.writerows(point.row() for point in points)
    write_text(draft, text.getvalue())


def sweep_json(points: list[Point], clock_mhz: float) -> dict:
    """Returns the report, the contract with other programs (docs/commands.md)."""
    return {
        "clock_hz": 1e6 * clock_mhz,
        "points": [described(point) for point in points],
    }
