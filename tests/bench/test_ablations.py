"""Each ablation is trained and measured as it says, and its row written at once."""

import json
from pathlib import Path

import pytest

from siammixer.bench import ablations, starts
from siammixer.ir.catalogue import find_network

ROOT = Path(__file__).parents[2]


@pytest.fixture
def ran(monkeypatch, tmp_path):
    """The commands of siammixer that are run; each leaves what the real one would."""
    commands = []

    def run(command):
        commands.append(command)
        if command[0] == "train":
            out = Path(command[command.index("--out") + 1])
            out.mkdir(parents=True)
            (out / "curves.csv").write_text("step,hits\n1,0.5\n2,0.75\n")
        else:
            overall = {"auc": 0.123456, "p20": 0.5, "sr50": 0.25}
            Path(command[command.index("--json") + 1]).write_text(json.dumps({"overall": overall}))

    monkeypatch.setattr(ablations, "_run", run)
    monkeypatch.setattr(
        ablations, "from_many_starts", lambda checkpoint, videos: commands.append((checkpoint, videos)) or 0.6
    )
    monkeypatch.setattr(ablations, "FILE", tmp_path / "ablations.json")
    monkeypatch.setattr(ablations, "rewrite", lambda *parts: commands.append(parts))
    return commands


def call(tmp_path, *more):
    folders = ["--data", "one", "two", "--validation", "val", "--teachers", "t", "--videos", "v"]
    return ablations.main([*folders, "--out", str(tmp_path / "runs"), "--pairs", "48", *more])


def test_a_row_is_trained_measured_and_written(ran, tmp_path):
    assert call(tmp_path, "--only", "half") == 0
    train, evaluate, many, written = ran
    out = str(tmp_path / "runs" / "half")
    assert train[:5] == ["train", "--stage", "distil", "--variant", "half"]
    assert train[train.index("--data") + 1 : train.index("--validation")] == ["one", "two"]
    assert (train[train.index("--teachers") + 1], train[train.index("--pairs") + 1]) == ("t", "48")
    assert evaluate[evaluate.index("--checkpoint") + 1] == f"{out}/last.pt"
    assert many == (Path(out) / "last.pt", Path("v"))
    row = json.loads((tmp_path / "ablations.json").read_text())["half"]
    assert (row["hits"], row["auc"], row["many_starts"], row["pairs"]) == (0.75, 0.1235, 0.6, 48)
    assert row["parameter_bytes"] < find_network("siammixer").parameter_bytes
    assert written[2].splitlines()[2].endswith("| 75.0% | 0.123 | 0.500 | 0.600 |")


def test_what_is_left_out_is_left_out(ran, tmp_path):
    assert call(tmp_path, "--only", "no-teacher,first-folder") == 0
    without, first = (command for command in ran if command[0] == "train")
    assert "--teachers" not in without
    assert first[first.index("--data") + 1 : first.index("--validation")] == ["one"]
    assert list(json.loads((tmp_path / "ablations.json").read_text())) == ["no-teacher", "first-folder"]


def test_the_document_shows_the_record():
    record = json.loads(ablations.FILE.read_text())
    assert set(record) <= set(ablations.ABLATIONS)
    assert ablations.table(record) in (ROOT / "docs" / ablations.DOCUMENT).read_text()


def test_many_starts_are_those_of_the_videos_in_float_and_in_colour(monkeypatch, tmp_path):
    asked = []

    def measure(sequences, opener, *, grey):
        asked.append((sequences, opener.func, opener.args, grey))
        return {"auc": 0.5}

    monkeypatch.setattr(ablations, "open_dataset", lambda kind, root: [kind, root])
    monkeypatch.setattr(starts, "measure", measure)
    assert ablations.from_many_starts(tmp_path / "last.pt", tmp_path) == 0.5
    assert asked == [(["otb", tmp_path], starts.floating, (tmp_path / "last.pt",), False)]


def test_an_unknown_row_is_refused(ran, tmp_path, capsys):
    with pytest.raises(SystemExit):
        call(tmp_path, "--only", "half,swish")
    assert "must be some of siammixer, no-teacher" in capsys.readouterr().err and not ran
