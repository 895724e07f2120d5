"""A sweep predicts what every combination of arrays, patch grids and networks gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from siammixer.arch.accelerator import TAPS, Accelerator
from siammixer.arch.area import block_rams, fits_ecp5_85f, weight_bytes
from siammixer.compiler.analysis.sizing import plans, smallest
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.patches import Grid

# What a row of the CSV holds, and a point of the JSON besides the accelerator's sizes.
FIELDS = (
    "network",
    "lanes",
    "multipliers",
    "grid",
    "cycles",
    "template_cycles",
    "utilisation",
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
    frames_per_second
        At the clock asked for: frames of the tracker, which are search passes.
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
    frames_per_second: float | None = None
    feature_map_bytes: int | None = None
    weight_memory_bytes: int | None = None
    block_rams: int | None = None
    fits_ecp5_85f: bool = False
    pareto: bool = False
    simulated: str | None = field(default=None, compare=False)

    @property
    def multipliers(self) -> int:
        """Multipliers of the array."""
        return self.lanes * TAPS

    @property
    def memory_bytes(self) -> int | None:
        """Memory for feature maps and weights together; None where nothing fits."""
        if self.feature_map_bytes is None or self.weight_memory_bytes is None:
            return None
        return self.feature_map_bytes + self.weight_memory_bytes

    @property
    def parameter_bytes(self) -> int:
        """Bytes of the parameters of the network, on any accelerator."""
        return self.network.parameter_bytes

    def row(self) -> dict:
        """The point by :data:`FIELDS`, ready for CSV and JSON."""
        return {name: getattr(self, name) for name in FIELDS} | {
            "network": self.network.name,
            "grid": str(self.grid),
        }


def sweep(
    networks: Iterable[Network],
    lanes: Iterable[int],
    grids: Iterable[Grid],
    clock_hz: float,
    *,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Point]:
    """Predicts every combination, in the order given, and marks the Pareto front of each network."""
    points = []
    for network in networks:
        for count in lanes:
            for grid in grids:
                points.append(predict(network, count, grid, clock_hz))
                tell(f"{network.name}, {count} lanes, {grid}")
    return [replace(point, pareto=_on_the_front(point, points)) for point in points]


def predict(network: Network, lanes: int, grid: Grid, clock_hz: float) -> Point:
    """Predicts one combination, on the smallest accelerator of so many lanes that it fits."""
    try:
        accelerator = smallest(network, lanes, grid)
    except InputError as error:
        return Point(network=network, lanes=lanes, grid=grid, reason=str(error))
    template, search = plans(network, accelerator)
    return Point(
        network=network,
        lanes=lanes,
        grid=grid,
        accelerator=accelerator,
        cycles=search.predicted_cycles,
        template_cycles=template.predicted_cycles,
        utilisation=search.utilisation,
        frames_per_second=clock_hz / search.predicted_cycles,
        feature_map_bytes=search.feature_map_bytes,
        weight_memory_bytes=weight_bytes(accelerator),
        block_rams=block_rams(accelerator),
        fits_ecp5_85f=fits_ecp5_85f(accelerator),
    )


def _on_the_front(point: Point, points: list[Point]) -> bool:
    def costs(other: Point) -> tuple[float, int, int]:
        assert other.cycles is not None and other.memory_bytes is not None
        return other.cycles, other.multipliers, other.memory_bytes

    if point.reason:
        return False
    rivals = (costs(other) for other in points if other.network == point.network and not other.reason)
    mine = costs(point)
    return not any(
        theirs != mine and all(a <= b for a, b in zip(theirs, mine, strict=True)) for theirs in rivals
    )
