"""The picture of a simulated frame: what went in, what came out, where the cycles went."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from siammixer.ir.numerics import FEATURE_MAP_BUDGET_BYTES, PARAMETER_BUDGET_BYTES
from siammixer.report.outputs import save_figure
from siammixer.report.style import STYLE, colours_of, shortened
from siammixer.tracking.box import Box, overlap
from siammixer.tracking.pair import Pair

if TYPE_CHECKING:
    from siammixer.sim.frame_report import FrameReport

FOUND, GIVEN, WRONG = "#FFB000", "#FFFFFF", "#C00000"
INCHES_PER_STEP = 0.22


def draw(report: FrameReport, pair: Pair, path: Path) -> None:
    """Draws the picture into ``path``, whose suffix names the format."""
    with rc_context(STYLE):
        height = max(9.0, INCHES_PER_STEP * len(report.steps) + 2.4)
        figure = Figure(figsize=(13, height), layout="constrained")
        ((images, bars),) = figure.subfigures(1, 2, squeeze=False, width_ratios=(0.3, 0.7))
        template, search, response = images.subplots(3, 1)
        _show_template(template, pair)
        _show_search(search, report, pair)
        _show_response(response, report, pair)
        _show_cycles(bars.subplots(), report)
        figure.suptitle(_headline(report), fontsize=12, fontweight="bold", x=0.01, ha="left")
        save_figure(path, figure)


def _headline(report: FrameReport) -> str:
    verdict = (
        "every tensor equals golden" if report.equal else f"MISMATCH: {shortened(str(report.mismatch), 90)}"
    )
    return (
        f"{shortened(report.network.name)} on {shortened(report.accelerator.name)}, "
        f"grid {report.grid}: {verdict}\n"
        f"{report.cycles:,} cycles a frame, utilisation {report.utilisation:.1%}; "
        f"parameters {report.parameter_bytes:,} of {PARAMETER_BUDGET_BYTES:,} B, "
        f"feature maps {report.feature_map_bytes:,} of {FEATURE_MAP_BUDGET_BYTES:,} B"
    )


def _show_image(axes: Axes, image, title: str) -> None:
    axes.imshow(image, extent=(0, image.shape[1], image.shape[0], 0), interpolation="nearest")
    axes.set_title(title)
    axes.set_xticks(())
    axes.set_yticks(())
    axes.set_anchor("W")


def _show_template(axes: Axes, pair: Pair) -> None:
    side = pair.network.template_side
    _show_image(axes, pair.template, f"template, {side} x {side}: {shortened(pair.name, 20)}, frame 0")


def _show_search(axes: Axes, report: FrameReport, pair: Pair) -> None:
    side = pair.network.search_side
    found = pair.read(report.response).box
    agreement = "" if pair.true_box is None else f", overlap {overlap(found, pair.true_box):.0%}"
    _show_image(axes, pair.search, f"search, {side} x {side}: frame {pair.frame}{agreement}")
    if pair.true_box is not None:
        _outline(axes, pair.window.to_crop(pair.true_box), GIVEN, "given", "--")
    _outline(axes, pair.window.to_crop(found), FOUND, "found", "-")
    axes.legend(
        loc="lower left", fontsize=8, framealpha=0.6, facecolor="black", edgecolor="none", labelcolor="white"
    )
    axes.set_xlim(0, side)
    axes.set_ylim(side, 0)


def _outline(axes: Axes, box: Box, colour: str, label: str, line: str) -> None:
    axes.add_patch(
        Rectangle(
            (box.x, box.y), box.width, box.height, fill=False, edgecolor="black", linewidth=3, alpha=0.5
        )
    )
    axes.add_patch(
        Rectangle(
            (box.x, box.y),
            box.width,
            box.height,
            fill=False,
            edgecolor=colour,
            linewidth=1.6,
            linestyle=line,
            label=label,
        )
    )


def _show_response(axes: Axes, report: FrameReport, pair: Pair) -> None:
    row, column, value, _ = pair.read(report.response)
    axes.imshow(report.response[..., 0], cmap="viridis", interpolation="nearest")
    for colour, width in (("black", 4), (FOUND, 2)):
        axes.plot(
            column,
            row,
            marker="o",
            markersize=13,
            markerfacecolor="none",
            markeredgecolor=colour,
            markeredgewidth=width,
        )
    side = len(report.response)
    axes.set_title(f"scores, {side} x {side}: highest {value:,} at ({row}, {column})")
    axes.set_xticks((0, side // 2, side - 1))
    axes.set_yticks((0, side // 2, side - 1))
    axes.tick_params(length=0)
    axes.set_anchor("W")


def _show_cycles(axes: Axes, report: FrameReport) -> None:
    steps = report.steps
    colours = colours_of(step.kind for step in steps)
    places = range(len(steps))
    axes.barh(
        places, [step.cycles for step in steps], height=0.74, color=[colours[step.kind] for step in steps]
    )
    longest = max(step.cycles for step in steps)
    for place, step in zip(places, steps, strict=True):
        text = f"{step.cycles:,}" + (f"   {step.utilisation:.0%}" if step.macs else "")
        if step.cycles != step.predicted_cycles:
            text += f"   predicted {step.predicted_cycles:,}"
        wrong = not step.equal or step.cycles != step.predicted_cycles
        axes.text(
            step.cycles + 0.008 * longest,
            place,
            text,
            va="center",
            fontsize=8,
            color=WRONG if wrong else "#333333",
        )
    axes.set_yticks(places, [shortened(step.name, 30) + ("" if step.equal else " differs") for step in steps])
    for label, step in zip(axes.get_yticklabels(), steps, strict=True):
        label.set_color("#000000" if step.equal else WRONG)
    axes.set_xlim(0, 1.22 * longest)
    axes.set_ylim(len(steps) - 0.4, -0.6)
    axes.set_title(
        f"cycles per step of the search branch, and how busy its {report.accelerator.multipliers} "
        "multipliers are"
    )
    axes.xaxis.set_major_locator(MaxNLocator(prune="upper"))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.legend(
        handles=[Patch(color=colours[kind], label=kind) for kind in colours],
        loc="lower right",
        frameon=False,
        fontsize=9,
    )
