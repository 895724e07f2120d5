"""Colours, the font, names that fit, and legends that stay inside: the style that the pictures share."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

# Okabe and Ito's colours: told apart by every kind of colour vision.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999", "#F0E442")
# Where one is installed, it has the letters that the first font lacks.
_WIDER_FONTS = ("Noto Sans CJK JP", "Noto Sans CJK SC", "WenQuanYi Zen Hei", "Droid Sans Fallback", "Unifont")
STYLE: dict[Any, object] = {
    "font.family": ["DejaVu Sans", *(name for name in _WIDER_FONTS if name in fontManager.get_font_names())],
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "text.parse_math": False,  # a name may have dollar signs
    "svg.hashsalt": "siammixer",
}
LONGEST_NAME = 40
_ROW_INCHES = 0.2


def colours_of(names: Iterable[str]) -> dict[str, str]:
    """A colour for each name, in order; of more names than COLOURS has, all from a spectrum."""
    different = list(dict.fromkeys(names))
    if len(different) <= len(COLOURS):
        return dict(zip(different, COLOURS, strict=False))
    spectrum = colormaps["turbo"]
    return {
        name: to_hex(spectrum(0.05 + 0.9 * index / (len(different) - 1)))
        for index, name in enumerate(different)
    }


def shortened(name: str, longest: int = LONGEST_NAME) -> str:
    """The name; of one with more than so many letters, its beginning and its end."""
    name = " ".join(name.split())
    if len(name) <= longest:
        return name
    end = longest // 3
    return f"{name[: longest - end - 1]}…{name[-end:]}"


def legend_below(figure: Figure, handles: Sequence[Artist], *, most: int = 8, fontsize: int = 9) -> None:
    """Adds a legend below all axes, in as many columns as the figure is wide enough for, at most ``most``;
    the figure grows by the rows that it has more than one.
    """
    for handle in handles:
        handle.set_label(f" {label}" if (label := str(handle.get_label())).startswith("_") else label)
    columns = min(len(handles), most)
    while True:
        legend = figure.legend(
            handles=handles, loc="outside lower center", ncols=columns, frameon=False, fontsize=fontsize
        )
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"Glyph \d+ ")  # as where the figure is saved
            wide = legend.get_window_extent().width > figure.bbox.width - 12
        if columns == 1 or not wide:
            break
        legend.remove()
        columns -= 1
    rows = -(-len(handles) // columns)
    figure.set_figheight(figure.get_figheight() + _ROW_INCHES * (rows - 1))
