"""siammixer sweep: the files, bad input, and predictions that simulation confirms."""

import csv
import json
from pathlib import Path

import pytest

from siammixer.cli.main import main
from siammixer.compiler.analysis.sweep import FIELDS, predict
from siammixer.ir.catalogue import NETWORKS, find_network
from siammixer.ir.patches import Grid
from siammixer.sim.check import Check

TINY = find_network("tiny")
CLOCK_HZ = 50e6


def swept(tmp_path, *options):
    """The JSON of a sweep over the tiny network."""
    assert main(["sweep", "--network", "tiny", *options, "--json", str(tmp_path / "s.json")]) == 0
    return json.loads((tmp_path / "s.json").read_text())


def test_files(tmp_path, capsys):
    options = ["--lanes", "8,16", "--grids", "2x2,16x1", "--widths", "0.5,1", "--clock", "50"]
    report = swept(tmp_path, *options, "--csv", str(tmp_path / "s.csv"), "--picture", str(tmp_path / "s.svg"))
    assert report["clock_hz"] == CLOCK_HZ
    rows = list(csv.DictReader((tmp_path / "s.csv").read_text().splitlines()))
    assert len(rows) == len(report["points"]) == 8
    for row, point in zip(rows, report["points"], strict=True):
        assert tuple(row) == FIELDS == tuple(point)[: len(FIELDS)]
        assert all(
            row[key] == ("" if value is None else str(value)) for key, value in point.items() if key in FIELDS
        )
    expected = predict(TINY, 8, Grid(2, 2), CLOCK_HZ)
    (found,) = [p for p in report["points"] if (p["network"], p["lanes"], p["grid"]) == ("tiny", 8, "2x2")]
    assert (found["cycles"], found["frames_per_second"], found["accelerator"]["map_words"]) == (
        expected.cycles,
        CLOCK_HZ / expected.cycles,
        expected.accelerator.map_words,
    )
    assert "<svg" in (tmp_path / "s.svg").read_text()
    printed = capsys.readouterr().out
    assert f"{expected.cycles:,}" in printed
    assert "4 of 8 combinations do not fit" in printed and "16 patches do not divide" in printed


@pytest.mark.parametrize("lanes", ["4,8", pytest.param("4,8,16,32", marks=pytest.mark.long)])
def test_predictions_are_simulated(lanes, tmp_path, capsys):
    counts = [int(count) for count in lanes.split(",")]
    points = swept(tmp_path, "--lanes", lanes, "--grids", "2x2", "--simulate", str(len(counts)))["points"]
    assert [(point["lanes"], point["simulated"]) for point in points] == [
        (count, "equal") for count in counts
    ]
    assert capsys.readouterr().out.count("bits and cycles as predicted") == len(counts)


def test_a_wrong_prediction_is_a_difference(monkeypatch, capsys):
    wrong = Check(cycles={}, predicted_cycles={}, problem="search branch: 2 cycles, 1 predicted")
    monkeypatch.setattr("siammixer.sim.check.check_frame", lambda *_, progress: wrong)
    assert main(["sweep", "--network", "tiny", "--lanes", "8", "--grids", "1x1,2x2", "--simulate", "1"]) == 1
    assert "DIFFERS: search branch: 2 cycles, 1 predicted" in capsys.readouterr().out


def test_every_key_is_documented(tmp_path):
    documented = (Path(__file__).resolve().parents[2] / "docs/commands.md").read_text()
    report = swept(tmp_path, "--lanes", "8", "--grids", "2x2")
    for key in (*report, *report["points"][0]):
        assert f"`{key}`" in documented, key


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--network", "huge"], "unknown network 'huge'; known: siammixer"),
        (["--network", ","], "unknown network ','; known: siammixer"),
        (["--lanes", "8,12"], "--lanes must be some of 4, 8, 16, 32, not '12'"),
        (["--lanes", "many"], "--lanes must be some of 4, 8, 16, 32, not 'many'"),
        (["--grids", "4x4,8"], "grid must be ROWSxCOLUMNS such as 4x4, not '8'"),
        (["--grids", "0x4"], "grid must be at least 1x1, not 0x4"),
        (["--widths", "0.5,wide"], "--widths must be numbers of 0.1 to 4 such as 0.5,1, not '0.5,wide'"),
        (["--widths", "nan"], "--widths must be numbers of 0.1 to 4"),
        (["--clock", "0"], "--clock must be a number of MHz above 0, not 0"),
        (["--clock", "nan"], "--clock must be a number of MHz above 0, not nan"),
        (["--clock", "inf"], "--clock must be a number of MHz above 0, not inf"),
        (["--simulate", "-1"], "--simulate must be at least 0, not -1"),
        (
            ["--network", "tiny", "--lanes", "8", "--grids", "16x1", "--simulate", "1"],
            "--simulate must be at most 0, the combinations that fit",
        ),
        (
            ["--network", "tiny", "--lanes", "8", "--grids", "16x1", "--picture", "s.png"],
            "no combination fits: there is nothing to draw",
        ),
        (["--picture", "s.bmp"], "s.bmp: must end in .png, .svg, .pdf"),
    ],
)
def test_bad_input(options, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", *options, "--json", "s.json"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("siammixer: error: ") and error.count("\n") == 1 and message in error
    assert not list(tmp_path.iterdir())


def test_help_says_that_networks_may_be_several(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["sweep", "--help"])
    assert (
        f"--network A,B one or several of siammixer (default), {', '.join(list(NETWORKS)[1:])}, or your own"
        in " ".join(capsys.readouterr().out.split())
    )
