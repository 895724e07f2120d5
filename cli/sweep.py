"""``siammixer sweep``: what arrays, patch grids and networks give, predicted; some of it simulated."""

from __future__ import annotations

import csv
import math
from argparse import Namespace
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from siammixer.arch.accelerator import TAPS, Accelerator
from siammixer.arch.area import block_rams, fits_ecp5_85f, weight_bytes
from siammixer.compiler.analysis.sizing import plans, smallest
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.patches import Grid
from siammixer.ir.widths import width_variant
from siammixer.report.outputs import PICTURE_SUFFIXES, output_file, write_json
from siammixer.report.tables import console, progress, progress_bar, table
from siammixer.tracking.tracker import Settings

LANES = (4, 8, 16, 32)
# What a row of the CSV holds, and a point of the JSON besides the accelerator's sizes.
FIELDS = (
    "network",
    "lanes",
    "multipliers",
    "grid",
    "cycles",
    "template_cycles",
    "utilisation",
    "passes_per_second",
    "frames_per_second",
    "feature_map_bytes",
    "weight_memory_bytes",
    "memory_bytes",
    "parameter_bytes",
    "block_rams",
    "fits_ecp5_85f",
    "pareto",
    "simulated",
    "reason",
)
SIZES = (
    "map_words",
    "weight_words",
    "program_words",
    "constants",
    "line_width",
    "line_width_5",
    "pixel_width",
    "response_words",
)


@dataclass(frozen=True, kw_only=True)
class Point:
    """One network on one array with one patch grid.

    Where nothing fits, ``reason`` says why and the figures are None.

    Parameters
    ----------
    accelerator
        The smallest of so many lanes.
    cycles, template_cycles
        Of a search pass and of a template, predicted.
    utilisation
        The network's own MACs over multipliers x cycles of a search pass.
    passes_per_second, frames_per_second
        At the clock asked for: search passes, and frames of the whole tracker with all its scales.
    feature_map_bytes, weight_memory_bytes
        Memory that the accelerator has, all of it counted.
    pareto
        No other point of the network has as many frames a second with as few multipliers and as little
        memory.
    simulated
        None where it was not asked for; else "equal", or what differed.
    """

    network: Network
    lanes: int
    grid: Grid
    reason: str | None = None
    accelerator: Accelerator | None = None
    cycles: int | None = None
    template_cycles: int | None = None
    utilisation: float | None = None
    passes_per_second: float | None = None
    frames_per_second: float | None = None
    feature_map_bytes: int | None = None
    weight_memory_bytes: int | None = None
    block_rams: int | None = None
    fits_ecp5_85f: bool = False
    pareto: bool = False
    simulated: str | None = field(default=None, compare=False)

    @property
    def multipliers(self) -> int:
        return self.lanes * TAPS

    @property
    def memory_bytes(self) -> int | None:
        return None if self.reason else self.feature_map_bytes + self.weight_memory_bytes

    @property
    def parameter_bytes(self) -> int:
        return self.network.parameter_bytes

    def row(self) -> dict:
        """The point by :data:`FIELDS`, ready for CSV and JSON."""
        return {name: getattr(self, name) for name in FIELDS} | {
            "network": self.network.name,
            "grid": str(self.grid),
        }


def run(arguments: Namespace) -> int:
    networks = [
        width_variant(find_network(name), width)
        for name in _names(arguments.network)
        for width in _widths(arguments.widths)
    ]
    lanes, grids = _lanes(arguments.lanes), [Grid.parse(text) for text in _names(arguments.grids)]
    if not 0 < arguments.clock < math.inf:
        raise InputError(f"--clock must be a number of MHz above 0, not {arguments.clock:g}")
    if arguments.simulate < 0:
        raise InputError(f"--simulate must be at least 0, not {arguments.simulate}")
    with (
        output_file(arguments.json) as json_file,
        output_file(arguments.csv) as csv_file,
        output_file(arguments.picture, PICTURE_SUFFIXES) as picture_file,
    ):
        with progress_bar("predicting", len(networks) * len(lanes) * len(grids)) as tell:
            points = sweep(networks, lanes, grids, 1e6 * arguments.clock, tell)
        if arguments.simulate:
            with progress("simulating") as tell:
                points = simulated(points, arguments.simulate, tell)
        print_points(points, arguments.clock)
        if json_file:
            write_json(
                json_file,
                {
                    "clock_hz": 1e6 * arguments.clock,
                    "scales": Settings().scales,
                    "points": [described(p) for p in points],
                },
            )
        if csv_file:
            _write_csv(csv_file, points)
        if picture_file:
            from siammixer.report.sweep_picture import draw

            draw(points, arguments.clock, picture_file)
    return int(any(point.simulated not in (None, "equal") for point in points))


def sweep(
    networks: Iterable[Network],
    lanes: Iterable[int],
    grids: Iterable[Grid],
    clock_hz: float,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Point]:
    """Every combination, in the order given, with the Pareto front of each network marked."""
    points = []
    for network in networks:
        for count in lanes:
            for grid in grids:
                points.append(predict(network, count, grid, clock_hz))
                tell(f"{network.name}, {count} lanes, {grid}")
    return [replace(point, pareto=_on_the_front(point, points)) for point in points]


def predict(network: Network, lanes: int, grid: Grid, clock_hz: float) -> Point:
    try:
        accelerator = smallest(network, lanes, grid)
    except InputError as error:
        return Point(network=network, lanes=lanes, grid=grid, reason=str(error))
    template, search = plans(network, accelerator)
    passes = clock_hz / search.predicted_cycles
    return Point(
        network=network,
        lanes=lanes,
        grid=grid,
        accelerator=accelerator,
        cycles=search.predicted_cycles,
        template_cycles=template.predicted_cycles,
        utilisation=search.utilisation,
        passes_per_second=passes,
        frames_per_second=passes / Settings().scales,
        feature_map_bytes=search.feature_map_bytes,
        weight_memory_bytes=weight_bytes(accelerator),
        block_rams=block_rams(accelerator),
        fits_ecp5_85f=fits_ecp5_85f(accelerator),
    )


def _on_the_front(point: Point, points: list[Point]) -> bool:
    def costs(other: Point) -> tuple[float, int, int]:
        return other.cycles, other.multipliers, other.memory_bytes

    if point.reason:
        return False
    rivals = (costs(other) for other in points if other.network == point.network and not other.reason)
    mine = costs(point)
    return not any(
        theirs != mine and all(a <= b for a, b in zip(theirs, mine, strict=True)) for theirs in rivals
    )


def simulated(points: list[Point], count: int, tell: Callable[[str], None]) -> list[Point]:
    """The points, with ``count`` of those that fit, spread evenly over them, compared with
    their simulation."""
    from siammixer.sim.check import check_frame

    fitting = [index for index, point in enumerate(points) if not point.reason]
    if count > len(fitting):
        raise InputError(f"--simulate must be at most {len(fitting)}, the combinations that fit, not {count}")
    chosen = {fitting[round(turn * (len(fitting) - 1) / max(count - 1, 1))] for turn in range(count)}
    result = list(points)
    for index in sorted(chosen):
        point = points[index]
        weights, crops = _inputs(point.network)
        check = check_frame(point.network, weights, point.accelerator, None, *crops, progress=tell)
        result[index] = replace(point, simulated=check.problem or "equal")
    return result


def _inputs(network: Network):
    """Weights and a template and a search crop: random, since cycles depend on neither and bits show best on
    wild ones.
    """
    from siammixer.golden.random_weights import random_image, random_weights

    return random_weights(network, 1), (
        random_image(network.template_side, 2),
        random_image(network.search_side, 3),
    )


def described(point: Point) -> dict:
    """A point of the JSON (docs/commands.md)."""
    sizes = None if point.accelerator is None else {name: getattr(point.accelerator, name) for name in SIZES}
    return point.row() | {"accelerator": sizes}


def print_points(points: list[Point], clock_mhz: float) -> None:
    out = console()
    columns = (
        "network",
        "grid",
        "mult.",
        "cycles",
        "util.",
        "pass/s",
        "frame/s",
        "maps kB",
        "weights kB",
        "RAMs",
        "ECP5-85F",
    )
    rows = [_cells(point) for point in points if not point.reason]
    out.print(
        table(
            f"At {clock_mhz:g} MHz, {Settings().scales} scales a frame; * Pareto front", columns, rows, left=2
        )
    )
    refused: dict[tuple[str, int], list[str]] = {}
    for point in points:
        if point.reason:
            refused.setdefault(
                (point.reason.replace(f"grid {point.grid} ", "the grid "), point.lanes), []
            ).append(str(point.grid))
    if refused:
        out.print(f"\n[bold]{sum(map(len, refused.values()))} of {len(points)} combinations do not fit[/]")
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
    return (
        point.network.name,
        f"{point.grid} *" if point.pareto else str(point.grid),
        str(point.multipliers),
        f"{point.cycles:,}",
        f"{point.utilisation:.1%}",
        f"{point.passes_per_second:.1f}",
        f"{point.frames_per_second:.1f}",
        f"{point.feature_map_bytes / 1000:.1f}",
        f"{point.weight_memory_bytes / 1000:.1f}",
        str(point.block_rams),
        "fits" if point.fits_ecp5_85f else "no",
    )


def _write_csv(path: Path, points: list[Point]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        writer.writerows(point.row() for point in points)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _lanes(text: str) -> list[int]:
    counts = _names(text)
    for count in counts:
        if count not in map(str, LANES):
            raise InputError(f"--lanes must be some of {', '.join(map(str, LANES))}, not {count!r}")
    return [int(count) for count in counts]


def _widths(text: str) -> list[float]:
    try:
        widths = [float(width) for width in _names(text)]
    except ValueError:
        widths = [0.0]
    if not all(0.1 <= width <= 4 for width in widths):
        raise InputError(f"--widths must be numbers of 0.1 to 4 such as 0.5,1, not {text!r}")
    return widths
