"""A report of where the AUC goes, as tables and as JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence as Many

import numpy as np

from siammixer.ir.words import counted
from siammixer.report.tables import console, table
from siammixer.tracking.analysis import BEGINNINGS, ENDINGS, HELPS, Analysis, Episode

WORDS = {
    "declared": "declared lost on the target",
    "hidden": "target had been hidden",
    "jump": "box jumped away",
    "outrun": "target jumped away",
    "drift": "box slid off",
}
"""How a beginning reads."""


def analysis_json(total: Analysis, analyses: Many[Analysis]) -> dict:
    """Returns the analysis, part of the contract with other programs (docs/commands.md)."""
    return _judged(total) | {
        "sequences": {one.name: _judged(one) for one in analyses},
        "episodes": [
            {
                "sequence": episode.sequence,
                "start": episode.start,
                "length": episode.frames,
                "beginning": episode.beginning,
                "ending": episode.ending,
            }
            for episode in total.episodes
        ],
    }


def _judged(one: Analysis) -> dict:
    return {
        "auc": {name: _plain(value) for name, value in one.auc.items()},
        "on_target": len(one.on),
        "off_target": len(one.off),
        "confidence_on": _plain(_mean(one.on)),
        "confidence_off": _plain(_mean(one.off)),
        "auroc": _plain(one.auroc),
        "declared_on": one.declared_on,
        "declared_off": one.declared_off,
    }


def print_analysis(total: Analysis, analyses: Many[Analysis]) -> None:
    """Prints what each kind of help would bring, the confidences, and the episodes by their beginning."""
    out = console()
    columns = (
        "AUC",
        "true centre",
        "true size",
        "true aspect",
        "off",
        "episodes",
        "conf. on",
        "off ",
        "AUROC",
    )
    rows = [(one.name, *_cells(one)) for one in analyses]
    title = "where the AUC goes: with the true centre, size or ratio of sides in every frame"
    out.print("", table(title, ("sequence", *columns), rows, total=("overall", *_cells(total))))
    out.print(
        f"believed lost: {counted(total.declared_on, 'frame')} on the target, {total.declared_off:,} off it",
        soft_wrap=True,
    )
    if not total.episodes:
        out.print("the target was never lost")
        return
    rows = [(WORDS[kind], *_counts(total.begun(kind))) for kind in BEGINNINGS if total.begun(kind)]
    endings = tuple(f"ended: {ending}" for ending in ENDINGS)
    out.print(
        "",
        table(
            "episodes off target, by how they began",
            ("beginning", "episodes", "frames", "median length", *endings),
            rows,
            total=("all", *_counts(list(total.episodes))),
        ),
    )


def _cells(one: Analysis) -> list[str]:
    return [
        *(_number(one.auc[name]) for name in HELPS),
        f"{len(one.off):,}",
        f"{len(one.episodes):,}",
        _number(_mean(one.on)),
        _number(_mean(one.off)),
        _number(one.auroc),
    ]


def _counts(episodes: list[Episode]) -> list[str]:
    lengths = [episode.frames for episode in episodes]
    return [
        f"{len(episodes):,}",
        f"{sum(lengths):,}",
        f"{np.median(lengths):g}",
        *(str(sum(episode.ending == ending for episode in episodes)) for ending in ENDINGS),
    ]


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
