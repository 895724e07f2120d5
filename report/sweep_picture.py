"""The picture of a sweep: frames per second against what they cost, multipliers and memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator

from siammixer.arch.area import ECP5_85F
from siammixer.ir.errors import InputError
from siammixer.report.outputs import save_figure
from siammixer.report.style import STYLE, colours_of, legend_below, shortened

if TYPE_CHECKING:
    from siammixer.compiler.analysis.sweep import Point

# A grid's marker, in the order of the grids; all grids beyond these share the last.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">", "p", "h", "d")


def draw(points: list[Point], clock_mhz: float, path: Path) -> None:
    """Draws the points that fit into ``path``, whose suffix names the format; those on a Pareto front are
    filled.

    Raises
    ------
    InputError
        Where no combination fits, so that there is nothing to draw.
    """
    fitting = [point for point in points if not point.reason]
    if not fitting:
        raise InputError("no combination fits: there is nothing to draw")
    colours = colours_of(point.network.name for point in fitting)
    grids = list(dict.fromkeys(str(point.grid) for point in fitting))
    markers = {grid: MARKERS[min(index, len(MARKERS) - 1)] for index, grid in enumerate(grids)}
    with rc_context(STYLE):
        figure = Figure(figsize=(11, 5.4), layout="constrained")
        multipliers, memory = figure.subplots(1, 2, sharey=True)
        _show(multipliers, fitting, lambda point: point.multipliers, colours, markers)
        _show(memory, fitting, _kilobytes, colours, markers)
        counts = sorted({point.multipliers for point in fitting})
        multipliers.set(xscale="log", xlabel="multipliers", ylabel="frames a second")
        multipliers.xaxis.set_major_locator(FixedLocator(counts))
        multipliers.xaxis.set_minor_locator(NullLocator())
        multipliers.set_xticklabels([str(count) for count in counts])
        # Room for the words at the line, beside the points.
        multipliers.set_xlim(right=max(multipliers.get_xlim()[1], 1.3 * ECP5_85F["DSP"]))
        multipliers.axvline(ECP5_85F["DSP"], color="#BBBBBB", linewidth=1, linestyle="--", zorder=0)
        multipliers.annotate(
            "DSP blocks of an ECP5-85F",
            (ECP5_85F["DSP"], 0.98),
            xycoords=("data", "axes fraction"),
            xytext=(3, 0),
            textcoords="offset points",
            rotation=90,
            ha="left",
            va="top",
            fontsize=7,
            color="#777777",
        )
        memory.set(xlabel="memory for feature maps and weights, kB")
        _legend(figure, colours, markers)
        figure.suptitle(
            f"Predicted at {clock_mhz:g} MHz; filled: Pareto front of a network",
            x=0.01,
            ha="left",
            fontsize=11,
            fontweight="bold",
        )
        save_figure(path, figure)


def _kilobytes(point: Point) -> float:
    assert point.memory_bytes is not None  # it fits
    return point.memory_bytes / 1000


def _show(
    axes: Axes,
    points: list[Point],
    cost: Callable[[Point], float],
    colours: dict[str, str],
    markers: dict[str, str],
) -> None:
    for point in points:
        assert point.frames_per_second is not None  # it fits
        colour = colours[point.network.name]
        face, size = (colour, 8) if point.pareto else ("none", 6)
        axes.plot(
            cost(point),
            point.frames_per_second,
            marker=markers[str(point.grid)],
            color=colour,
            markerfacecolor=face,
            markersize=size,
            linestyle="",
        )
    axes.set_yscale("log")
    # Ticks at 1, 2 and 5: over several decades the labels of all nine would overlap.
    axes.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
    for formatted in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
        formatted(lambda value, _: f"{value:g}")
    axes.grid(color="#DDDDDD", linewidth=0.8, which="both", alpha=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _legend(figure: Figure, colours: dict[str, str], markers: dict[str, str]) -> None:
    entries = [
        Line2D([], [], color=colour, marker="o", linestyle="", label=shortened(name))
        for name, colour in colours.items()
    ]
    entries += [
        Line2D(
            [], [], color="#555555", marker=marker, linestyle="", markerfacecolor="none", label=f"grid {grid}"
        )
        for grid, marker in markers.items()
    ]
    legend_below(figure, entries)
