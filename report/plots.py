"""Success and precision plots of one-pass evaluation, and a bar for every sequence."""

from __future__ import annotations

from collections.abc import Sequence as Many
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from siammixer.ir.words import counted
from siammixer.report.outputs import output_file, save_figure
from siammixer.report.style import STYLE, colours_of, legend_below, shortened
from siammixer.tracking.metrics import ERROR_THRESHOLDS, OVERLAP_THRESHOLDS, TWENTY_PIXELS

if TYPE_CHECKING:
    from siammixer.tracking.outcome import Outcome

INCHES_PER_BAR = 0.13
MOST_INSIDE = 10
"""Trackers whose legend has room beside the curves; that of more stands below them."""
MOST_BARS = 400
"""Sequences times trackers that one picture shows: of a larger benchmark, only our tracker, and its worst
sequences.
"""


def draw(outcomes: Many[Outcome], benchmark: str, folder: Path) -> None:
    """Draws ``success.png``, ``precision.png`` and ``sequences.png``; the first outcome is ours and stands
    out.
    """
    judged = [outcome for outcome in outcomes if outcome.overall.frames]
    if not judged:
        return
    with rc_context(STYLE):
        _save(_success(judged, benchmark), folder / "success.png")
        _save(_precision(judged, benchmark), folder / "precision.png")
        _save(_sequences(judged, benchmark), folder / "sequences.png")


def _save(figure: Figure, path: Path) -> None:
    with output_file(str(path)) as draft:
        save_figure(draft, figure, dpi=130)


def _success(outcomes: Many[Outcome], benchmark: str) -> Figure:
    figure, axes = _axes(
        f"success on {benchmark}: {_extent(outcomes)}", "overlap threshold", "share of frames above it"
    )
    _curves(axes, outcomes, OVERLAP_THRESHOLDS, "success", "auc", "AUC")
    axes.set_xlim(0, 1)
    return figure


def _precision(outcomes: Many[Outcome], benchmark: str) -> Figure:
    figure, axes = _axes(
        f"precision on {benchmark}: {_extent(outcomes)}",
        "distance of the centres, pixels",
        "share of frames within it",
    )
    axes.axvline(TWENTY_PIXELS, color="#BBBBBB", linewidth=1, zorder=0)
    _curves(axes, outcomes, ERROR_THRESHOLDS, "precision", "p20", "P20")
    axes.set_xlim(0, 50)
    return figure


def _extent(outcomes: Many[Outcome]) -> str:
    return f"{counted(len(outcomes[0].runs), 'sequence')}, {counted(outcomes[0].overall.frames, 'frame')}"


def _axes(title: str, across: str, up: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7.5, 5), layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, xlabel=across, ylabel=up, ylim=(0, 1))
    axes.grid(color="#DDDDDD", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _curves(
    axes: Axes, outcomes: Many[Outcome], thresholds: np.ndarray, curve: str, score: str, label: str
) -> None:
    """One line a tracker, the legend in the order of their scores."""
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    colours = colours_of(outcome.name for outcome in outcomes)
    for outcome in sorted(outcomes, key=lambda outcome: -getattr(outcome.overall, score)):
        ours = outcome is outcomes[0]
        text = f"{shortened(outcome.name)}  {label} {getattr(outcome.overall, score):.3f}"
        values, colour = getattr(outcome.overall, curve), colours[outcome.name]
        axes.plot(
            thresholds,
            values,
            color=colour,
            linewidth=2.8 if ours else 1.4,
            zorder=3 if ours else 2,
            label=text,
        )
    lines = axes.get_lines()[-len(outcomes) :]
    if len(outcomes) > MOST_INSIDE:
        legend_below(figure, lines)
    else:
        axes.legend(handles=lines, loc="best", framealpha=0.9, edgecolor="none")


def _sequences(outcomes: Many[Outcome], benchmark: str) -> Figure:
    """Draws the AUC of every sequence, our best on top."""
    ours = outcomes[0]
    names = sorted(
        (name for name, scores in ours.sequences.items() if scores.frames),
        key=lambda name: ours.sequences[name].auc,
    )
    baselines = sorted(outcomes[1:], key=lambda outcome: -outcome.overall.auc)
    shown = [ours, *baselines] if len(names) * len(outcomes) <= MOST_BARS else [ours]
    names = names[: MOST_BARS // len(shown)]
    height = max(2.5, INCHES_PER_BAR * len(names) * (len(shown) + 1) + 1.2)
    figure = Figure(figsize=(8, height), layout="constrained")
    axes, places = figure.subplots(), np.arange(len(names))
    colours = colours_of(outcome.name for outcome in outcomes)
    bar = 0.84 / len(shown)
    for index, outcome in enumerate(shown):
        values = [outcome.sequences[name].auc for name in names]
        offsets = places + (len(shown) - 1 - 2 * index) * bar / 2
        axes.barh(
            offsets,
            values,
            height=0.92 * bar,
            color=colours[outcome.name],
            label=f"{shortened(outcome.name)}  {outcome.overall.auc:.3f}",
        )
    for place, name in zip(places, names, strict=True):
        offset = place + (len(shown) - 1) * bar / 2
        axes.text(
            ours.sequences[name].auc + 0.008,
            offset,
            f"{ours.sequences[name].auc:.2f}",
            va="center",
            fontsize=8,
            color="#333333",
        )
    axes.set_yticks(places, [shortened(name) for name in names])
    axes.set(title=f"AUC by sequence on {benchmark}", xlim=(0, 1), ylim=(-0.6, len(names) - 0.4))
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    legend_below(figure, cast(list[Artist], axes.containers), most=6)
    return figure
