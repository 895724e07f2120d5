"""Pictures with one item and with many, and with names of every kind: nothing is cut off, nothing is lost."""

from dataclasses import replace

import numpy as np
import pytest

from siammixer.compiler.analysis.sweep import sweep
from siammixer.ir.catalogue import find_network
from siammixer.ir.patches import Grid
from siammixer.tracking.analysis import analyse_all
from siammixer.tracking.box import Box
from siammixer.tracking.evaluate import Run
from siammixer.tracking.metrics import RULES
from siammixer.tracking.outcome import judge

pytest.importorskip("matplotlib", reason="needs the extra plots")

from siammixer.report import analysis_picture, outputs, plots, sweep_picture
from siammixer.report.style import COLOURS, colours_of, shortened

LONG = "a-name-that-is-far-too-long-for-anybody-to-read-in-a-picture-"
GRIDS = ("1x1", "1x2", "1x4", "2x2", "4x4", "2x1", "3x3", "4x1")


@pytest.fixture
def drawn(monkeypatch):
    """The figures that are drawn; none is written."""
    figures = []
    for module in (outputs, plots, sweep_picture, analysis_picture):
        monkeypatch.setattr(module, "save_figure", lambda draft, figure, dpi=110: figures.append(figure))
    return figures


@pytest.fixture(scope="module")
def points():
    return sweep([find_network("tiny")], [4, 16], [Grid.parse(grid) for grid in GRIDS], 90e6)


def texts_inside(figure):
    """The words of a figure's legends, once it is seen that neither they nor a label leave the figure."""
    figure.draw_without_rendering()
    axes = figure.axes
    legends = [*figure.legends, *(one.get_legend() for one in axes if one.get_legend())]
    for artist in (*legends, *axes):  # of axes all that is seen: labels, title, and what is drawn
        extent = artist.get_tightbbox()
        assert extent.x0 >= -1 and extent.y0 >= -1, artist
        assert extent.x1 <= figure.bbox.x1 + 1 and extent.y1 <= figure.bbox.y1 + 1, artist
    return [text.get_text() for legend in legends for text in legend.get_texts()]


@pytest.mark.parametrize("count", [1, 6, 30])
def test_a_sweep_of_so_many_networks(count, points, drawn, tmp_path):
    names = [f"{LONG}{index}" if index % 2 else f"_net${index}$" for index in range(count)]
    many = [replace(point, network=replace(point.network, name=name)) for name in names for point in points]
    sweep_picture.draw(many, 90, tmp_path / "x.png")
    written = texts_inside(drawn[0])
    assert {shortened(name) for name in names} <= {text.strip() for text in written}
    assert {f"grid {grid}" for grid in GRIDS} <= set(written)


@pytest.mark.parametrize("trackers, sequences", [(1, 1), (5, 3), (14, 30)])
def test_the_plots_of_so_many_trackers(trackers, sequences, drawn, tmp_path):
    names = [f"{LONG}{index}" if index % 2 else f"Bücher$_{index}$" for index in range(sequences)]
    given = [Box(50, 40, 30, 20)] * 4
    outcomes = [
        judge(
            f"_{LONG}{tracker}",
            [
                Run(name=name, boxes=given, confidences=np.ones(4), seconds=np.ones(4), size=(320, 240))
                for name in names
            ],
            [_Sequence(given)] * len(names),
            RULES["otb"],
        )
        for tracker in range(trackers)
    ]
    plots.draw(outcomes, "otb", tmp_path)
    assert len(drawn) == 3
    for figure, shown in zip(drawn, (trackers, trackers, trackers if sequences < 30 else 1), strict=True):
        assert len(texts_inside(figure)) == shown, "one line each in the legend"


class _Sequence:
    def __init__(self, boxes):
        self.box = boxes.__getitem__


@pytest.mark.parametrize("shift", [0.5, 5.0, 14.0])
def test_an_analysis_of_few_frames(shift, drawn, tmp_path):
    """No line crosses what is written on the bars, and frames are counted in whole numbers."""
    truth = [Box(10, 10, 20, 20)] * 3
    run = Run(
        name=LONG,
        boxes=tuple(box._replace(x=box.x + shift * index) for index, box in enumerate(truth)),
        confidences=np.full(3, 0.5),
        seconds=np.full(3, 0.01),
        size=(64, 48),
        lost=np.zeros(3, bool),
    )
    total, analyses = analyse_all([run], [_Sequence(truth)], RULES["otb"])
    analysis_picture.draw(total, analyses, "title", tmp_path / "a.png")
    texts_inside(drawn[0])
    helped, strips = drawn[0].axes[0], drawn[0].axes[3]
    rows = [text.get_position()[1] for text in helped.texts]
    lines = [segment[:, 1] for one in helped.collections for segment in one.get_segments()]
    assert len(rows) == 4 and lines and not helped.lines
    assert not any(min(line) <= row <= max(line) for row in rows for line in lines)
    assert all(tick == int(tick) for tick in strips.get_xticks())


def test_names_are_shortened_in_the_middle():
    assert shortened("Deer") == "Deer" and shortened("x" * 40) == "x" * 40
    assert shortened(LONG + "17").endswith("-picture-17") and len(shortened(LONG)) == 40


def test_every_name_has_a_colour_of_its_own():
    assert list(colours_of("ab").values()) == list(COLOURS[:2])
    assert len(set(colours_of(map(str, range(30))).values())) == 30
