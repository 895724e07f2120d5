"""The picture of a build: what it takes of the device, and how busy the multipliers are over a
search pass."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from siammixer.boards.camera_performance import CameraPerformance
from siammixer.report.outputs import save_figure
from siammixer.report.style import COLOURS, STYLE, colours_of, shortened

if TYPE_CHECKING:
    from siammixer.boards.flow import Build
    from siammixer.boards.performance import Performance, StepUse

# A step narrower than this share of the time line has no name under it.
NAMED_SHARE = 0.022


def draw(built: Build, performance: Performance, path: Path) -> None:
    """Draws the picture into ``path``, whose suffix names the format."""
    with rc_context(STYLE):
        figure = Figure(figsize=(13, 5.6), layout="constrained")
        resources, line = figure.subplots(1, 2, width_ratios=(0.22, 0.78))
        _show_resources(resources, built)
        _show_time_line(line, performance)
        figure.suptitle(_headline(built, performance), fontsize=11, fontweight="bold", x=0.01, ha="left")
        save_figure(path, figure)


def _headline(built: Build, performance: Performance) -> str:
    verdict = "met" if built.met else "NOT MET"
    return (
        f"{shortened(performance.network.name)} on {shortened(built.accelerator.name)}, {built.board.title}: "
        f"{built.clock_mhz:g} MHz {verdict}, "
        f"{built.placement.slowest_mhz:.1f} MHz possible (seed {built.placement.seed})\n"
        f"{performance.frames_per_second:.1f} frames a second, each of one search pass{_outside(performance)}"
    )


def _outside(performance: Performance) -> str:
    """Says what the way in allows."""
    if isinstance(performance, CameraPerformance):
        return f"; the camera has {performance.camera_frames_per_second:.1f}"
    return f"; over the serial line {performance.link_frames_per_second:.2f}"


def _show_resources(axes: Axes, built: Build) -> None:
    placement = built.placement
    names = list(placement.used)
    shares = [placement.used[name] / placement.available[name] for name in names]
    axes.barh(names, [1] * len(names), color="#E4E4E4", height=0.6)
    axes.barh(names, shares, color=COLOURS[0], height=0.6)
    for place, name in enumerate(names):
        axes.text(
            0.02,
            place - 0.42,
            f"{placement.used[name]:,} of {placement.available[name]:,}",
            fontsize=8,
            va="bottom",
            color="#333333",
        )
    axes.set(xlim=(0, 1), ylim=(len(names) - 0.5, -0.7), title=f"of the {built.board.device}")
    axes.xaxis.set_major_formatter(PercentFormatter(1, 0))
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _show_time_line(axes: Axes, performance: Performance) -> None:
    steps = performance.steps
    colours = colours_of(step.kind for step in steps)
    start, total = 0, sum(step.cycles for step in steps)
    for step in steps:
        axes.bar(
            start,
            step.utilisation,
            width=step.cycles,
            align="edge",
            color=colours[step.kind],
            edgecolor="white",
            linewidth=0.4,
        )
        if step.cycles > NAMED_SHARE * total:
            _name(axes, step, start + step.cycles / 2)
        start += step.cycles
    axes.axhline(performance.utilisation, color="#333333", linewidth=1, linestyle="--")
    axes.set_title(f"whole pass {performance.utilisation:.1%}", loc="right", fontsize=9, pad=18)
    axes.set(
        xlim=(0, total),
        ylim=(0, 1.12),
        xlabel="cycles of one search pass, step after step (the patches' turns together)",
    )
    axes.set_title(
        f"share of the {performance.accelerator.multipliers} multipliers that do useful work", pad=18
    )
    axes.xaxis.set_major_locator(MaxNLocator(7))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.yaxis.set_major_formatter(PercentFormatter(1, 0))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(
        handles=[Patch(color=colours[kind], label=kind) for kind in colours],
        ncols=len(colours),
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        frameon=False,
        fontsize=8,
        borderaxespad=0.2,
    )


def _name(axes: Axes, step: StepUse, middle: float) -> None:
    high = step.utilisation > 0.45
    axes.text(
        middle,
        step.utilisation - 0.02 if high else step.utilisation + 0.02,
        shortened(step.name, 24),
        rotation=90,
        ha="center",
        va="top" if high else "bottom",
        fontsize=7,
        color="white" if high else "#333333",
    )
