"""The picture of where the AUC goes: a strip for every sequence, and what is lost to what."""

from __future__ import annotations

from collections.abc import Sequence as Many
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from siammixer.ir.words import counted
from siammixer.report.analysis_text import WORDS
from siammixer.report.outputs import save_figure
from siammixer.report.style import COLOURS, STYLE, shortened
from siammixer.tracking.analysis import BEGINNINGS, HELPS, ON_TARGET, Analysis

MOST_STRIPS = 60
"""Sequences that one picture shows: of a larger benchmark, those with the lowest AUC."""
INCHES_PER_STRIP = 0.3
LEAST_INCHES = 2.2
"""For the strips and the scale beside them."""
LEAST_CHANCE = 1e-5
"""A confidence nearer to 0 or 1 is drawn as this near."""
OVERLAPS = LinearSegmentedColormap.from_list("overlaps", ["#FBE3D6", "#F7F7F7", "#8FC1DE", COLOURS[0]])
KINDS = dict(zip(BEGINNINGS, ("#C00000", "#777777", "#E69F00", "#CC79A7", "#7A4A00"), strict=True))
NAMES = {"found": "as found", "true_centre": "true centre", "true_size": "true size"} | {
    "true_aspect": "true aspect"
}


def draw(total: Analysis, analyses: Many[Analysis], title: str, path: Path) -> None:
    """Draws the picture into ``path``, whose suffix names the format."""
    shown = sorted((one for one in analyses if len(one.overlaps)), key=lambda one: _last(one.auc["found"]))
    shown = shown[:MOST_STRIPS]
    with rc_context(STYLE):
        strips_height = max(INCHES_PER_STRIP * len(shown) + 1.1, LEAST_INCHES)
        figure = Figure(figsize=(13, strips_height + 3.6), layout="constrained")
        above, below = np.ravel(figure.subfigures(2, 1, height_ratios=(3.2, strips_height), squeeze=False))
        helped, confidence, episodes = above.subplots(1, 3, width_ratios=(0.9, 1.2, 1.1))
        _show_helps(helped, total)
        _show_confidence(confidence, total)
        _show_episodes(episodes, total)
        _show_strips(below, shown)
        figure.suptitle(shortened(title, 100), fontsize=12, fontweight="bold", x=0.01, ha="left")
        save_figure(path, figure)


def _last(value: float) -> float:
    return value if value == value else 2.0


def _show_helps(axes: Axes, total: Analysis) -> None:
    values = [total.auc[name] for name in HELPS]
    axes.barh(range(len(values)), values, color=[COLOURS[0], *["#A9CDE4"] * 3], height=0.65)
    # Between the bars only: across them it would cross out what is written there.
    gaps = np.arange(-1, len(values))
    axes.vlines(np.full(len(gaps), values[0]), gaps + 0.37, gaps + 0.63, color="#555555", linewidth=1)
    for place, value in enumerate(values):
        gain = "" if place == 0 else f"  {value - values[0]:+.3f}"
        axes.text(
            0.015, place, f"{value:.3f}{gain}", va="center", fontsize=9, color="#111111" if place else "white"
        )
    axes.set_yticks(range(len(values)), [NAMES[name] for name in HELPS])
    axes.invert_yaxis()
    axes.set(title="AUC if one thing were always right", xlim=(0, 1))
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _show_confidence(axes: Axes, total: Analysis) -> None:
    edges = np.linspace(_log_odds(LEAST_CHANCE), -_log_odds(LEAST_CHANCE), 33).tolist()
    for values, name, colour in ((total.on, "on target", COLOURS[0]), (total.off, "off target", COLOURS[5])):
        if len(values):
            weights = np.full(len(values), 1 / len(values))
            label = f"{name}, {counted(len(values), 'frame')}"
            axes.hist(_log_odds(values), edges, weights=weights, color=colour, alpha=0.65, label=label)
    known = total.auroc == total.auroc
    axes.set(
        title=f"confidence, AUROC {total.auroc:.3f}" if known else "confidence",
        xlabel="confidence, on the scale of its odds",
        ylabel="share of the frames",
    )
    chances = (0.001, 0.1, 0.5, 0.9, 0.999)
    axes.set_xticks([_log_odds(chance) for chance in chances], [f"{chance:g}" for chance in chances])
    if len(total.on) or len(total.off):
        axes.set_ylim(top=1.3 * axes.get_ylim()[1])  # room for the legend
        axes.legend(frameon=False, loc="upper left")
    axes.spines[["top", "right"]].set_visible(False)


def _log_odds(chance):
    """The logarithms of the odds of probabilities, which are kept from 0 and 1."""
    chance = np.clip(chance, LEAST_CHANCE, 1 - LEAST_CHANCE)
    return np.log(chance / (1 - chance))


def _show_episodes(axes: Axes, total: Analysis) -> None:
    frames = [sum(episode.frames for episode in total.begun(kind)) for kind in BEGINNINGS]
    counts = [len(total.begun(kind)) for kind in BEGINNINGS]
    axes.barh(range(len(frames)), frames, color=list(KINDS.values()), height=0.65)
    longest = max([*frames, 1])
    for place, (length, count) in enumerate(zip(frames, counts, strict=True)):
        words = f" {counted(length, 'frame')}, {counted(count, 'episode')}" if count else " none"
        axes.text(length, place, words, va="center", fontsize=8, color="#333333")
    axes.set_yticks(range(len(frames)), [WORDS[kind] for kind in BEGINNINGS])
    axes.invert_yaxis()
    axes.set(title="frames off target, by how the episode began", xlim=(0, 1.65 * longest))
    axes.set_xticks(())
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)


def _show_strips(figure, shown: Many[Analysis]) -> None:
    """A strip a sequence: the overlap of every frame, the episodes below it, the frames believed lost above
    it.
    """
    axes = figure.subplots()
    longest = max((len(one.overlaps) for one in shown), default=1)
    image = None
    for row, one in enumerate(shown):
        values = np.ma.masked_invalid(one.overlaps)[None]
        image = axes.imshow(
            values,
            extent=(0, len(one.overlaps), row + 0.34, row - 0.2),
            cmap=OVERLAPS,
            vmin=0,
            vmax=1,
            aspect="auto",
            interpolation="nearest",
        )
        for frame in np.flatnonzero(one.lost):
            axes.plot(
                (frame, frame + 1), (row - 0.28,) * 2, color="#111111", linewidth=2, solid_capstyle="butt"
            )
        for episode in one.episodes:
            ends = (episode.start, episode.start + episode.frames)
            axes.plot(
                ends, (row + 0.4,) * 2, color=KINDS[episode.beginning], linewidth=3, solid_capstyle="butt"
            )
        text = f"{one.auc['found']:.2f}" if one.auc["found"] == one.auc["found"] else "-"
        axes.text(len(one.overlaps) + 0.006 * longest, row, text, va="center", fontsize=8)
    names = [shortened(one.name) for one in shown]
    axes.set_yticks(range(len(names)), names)
    axes.set(
        xlim=(0, 1.04 * longest),
        ylim=(len(names) - 0.4, -0.6),
        xlabel="frame",
        title="overlap frame by frame, with the AUC; above: believed lost; below: episodes off target",
    )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    handles = [Patch(color=KINDS[kind], label=WORDS[kind]) for kind in BEGINNINGS]
    handles.append(Patch(color="#111111", label="believed lost"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=8)
    if image is not None:
        bar = figure.colorbar(image, ax=axes, fraction=0.015, pad=0.01, label="overlap")
        bar.ax.axhline(ON_TARGET, color="#111111", linewidth=1)
