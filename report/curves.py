"""The curves of a training run as a picture."""

from __future__ import annotations

from pathlib import Path

from siammixer.report.outputs import output_file, save_figure

MOST_MARKED = 100
"""Rows of a run whose points are marked; of more they would hide the line."""
NO_LOSS = {"step", "pairs", "hits", "rate", "pairs_per_second"}
"""Columns of the curves; the others are the loss and its parts, by the lesson's names."""


def draw(rows: list[dict[str, float]], path: Path) -> None:
    """Loss and its parts, hits, and learning rate over the pairs trained; the picture is written whole or
    not at all.
    """
    from matplotlib.figure import Figure

    from siammixer.report.style import colours_of

    pairs = [row["pairs"] for row in rows]
    parts = [part for part in rows[0] if part not in NO_LOSS and any(row[part] for row in rows)]
    colours = colours_of(parts)
    figure = Figure(figsize=(9, 9), layout="constrained")
    loss, hits, rate = figure.subplots(3, 1, sharex=True, height_ratios=(3, 2, 1))
    for part in parts:
        loss.plot(
            pairs,
            [row[part] for row in rows],
            color=colours[part],
            label=part.replace("_", " "),
            linewidth=2 if part == "loss" else 1,
            marker="." if len(rows) <= MOST_MARKED else "",
        )
    loss.set(ylabel="loss and its parts", ylim=(0, None))
    if parts:
        loss.legend(ncols=min(4, len(parts)), fontsize="small")
    hits.plot(pairs, [row["hits"] for row in rows], marker=".", color="tab:green")
    hits.set(ylabel="validation hits", ylim=(0, 1.03))  # a point at 1 is seen whole
    rate.plot(pairs, [row["rate"] for row in rows], marker=".", color="tab:gray")
    rate.set(ylabel="learning rate", xlabel="pairs trained", ylim=(0, None))
    for axes in (loss, hits, rate):
        axes.grid(alpha=0.3)
    with output_file(str(path)) as draft:
        save_figure(draft, figure)
