"""``siammixer evaluate`` from end to end, with the tiny network on golden and two short
sequences made here."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from siammixer.cli.main import main
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.network_file import network_toml
from siammixer.tracking.analysis import BEGINNINGS, ENDINGS
from siammixer.tracking.box import overlap
from siammixer.tracking.clip import Clip
from siammixer.tracking.sequence import write_folder

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"auc", "p20", "sr50", "ao", "passes", "first_passes", "fps", "frames"}
LENGTHS = {"Long": 5, "Short": 3}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("made")
    for name, frames in LENGTHS.items():
        write_folder(Clip(frames=frames, width=160, height=120), root / name)
    return root


@pytest.fixture
def otb(made, tmp_path):
    """Two OTB sequences, free to be damaged."""
    return shutil.copytree(made, tmp_path / "otb")


def evaluate(root, *argv, dataset="otb"):
    return main(["evaluate", "--dataset", dataset, "--root", str(root), "--network", "tiny", *map(str, argv)])


def report(root, out, *argv, **dataset):
    assert evaluate(root, "--json", out / "r.json", *argv, **dataset) == 0
    return json.loads((out / "r.json").read_text())


def refused(capsys, root, *argv, **dataset):
    assert evaluate(root, *argv, **dataset) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    return printed.err


def given(name):
    return [Clip(frames=LENGTHS[name], width=160, height=120).box(index) for index in range(LENGTHS[name])]


def test_figures_of_a_box_that_never_moves(otb, out):
    """Judged here from the boxes given, by one line each."""
    found = report(otb, out, "--baselines", "static")["baselines"]["static"]
    for name in LENGTHS:
        boxes = given(name)
        overlaps = np.array([overlap(boxes[0], box) for box in boxes])
        errors = np.array([np.hypot(*np.subtract(boxes[0].centre, box.centre)) for box in boxes])
        figures = found["sequences"][name]
        assert figures["ao"] == pytest.approx(overlaps.mean()) and figures["frames"] == len(boxes)
        assert figures["auc"] == pytest.approx(np.mean([(overlaps > step / 20).mean() for step in range(21)]))
        assert (figures["sr50"], figures["p20"]) == ((overlaps > 0.5).mean(), (errors <= 20).mean())
    for key in ("auc", "p20", "sr50", "ao"):
        assert found["overall"][key] == pytest.approx(
            np.mean([found["sequences"][name][key] for name in LENGTHS])
        )


def test_the_old_name_of_the_baselines_still_works(otb, out):
    assert report(otb, out, "--peers", "static", "--frames", 2)["baselines"].keys() == {"static"}


def test_every_output(otb, out, capsys):
    found = report(
        otb, out, "--baselines", "static,ncc", "--plots", out / "plots", "--results", out / "results"
    )
    for part in (found, *found["baselines"].values()):
        assert part["sequences"].keys() == LENGTHS.keys() and all(
            figures.keys() >= KEYS for figures in part["sequences"].values()
        )
        assert KEYS | {"success", "precision"} == part["overall"].keys()
    assert (
        found["baselines"].keys() == {"static", "ncc"}
        and found["engine"] == "golden"
        and len(found["fingerprint"]) == 16
    )
    assert sorted(path.name for path in (out / "plots").iterdir()) == [
        "precision.png",
        "sequences.png",
        "success.png",
    ]
    assert all(cv2.imread(str(path)).std() > 10 for path in (out / "plots").iterdir())
    for tracker in ("tiny-golden", "static", "ncc"):
        boxes = np.loadtxt(out / f"results/{tracker}/Long.txt", delimiter=",")
        np.testing.assert_allclose(boxes[0], given("Long")[0], atol=1e-3)
        assert boxes.shape == (5, 4)
    printed = capsys.readouterr().out
    for text in (
        "Long",
        "Short",
        "overall",
        "tiny-golden",
        "static",
        "ncc",
        f"{found['overall']['auc']:.3f}",
    ):
        assert text in printed


def test_search_passes(otb, out, capsys):
    """One a frame, those of the first frame apart; baselines count none."""
    found = report(otb, out, "--baselines", "static")
    for figures in (found["overall"], *found["sequences"].values()):
        assert (figures["passes"], figures["first_passes"]) == (1.0, 8.0)
    assert found["baselines"]["static"]["overall"]["passes"] is None
    printed = capsys.readouterr().out
    assert "passes/frame" in printed and "which takes 8 search passes" in printed


def test_the_analysis(otb, out, capsys):
    found = report(otb, out, "--analyse", "--picture", out / "a.png")["analysis"]
    plain = report(otb, out)
    assert "analysis" not in plain
    assert found["auc"]["found"] == plain["overall"]["auc"]
    assert found["auc"]["true_centre"] >= found["auc"]["found"]
    assert found["sequences"].keys() == LENGTHS.keys()
    assert found["on_target"] + found["off_target"] == sum(LENGTHS.values()) - len(LENGTHS)
    lengths = sum(episode["length"] for episode in found["episodes"])
    assert lengths == found["off_target"] and found["declared_on"] <= found["on_target"]
    assert cv2.imread(str(out / "a.png")).std() > 10
    printed = capsys.readouterr().out
    for text in ("where the AUC goes", "true centre", "AUROC", "believed lost"):
        assert text in printed


def test_the_analysis_of_secret_boxes(otb, out, capsys):
    """Nothing can be judged: null in the JSON, no episode, and still a picture."""
    for name in LENGTHS:
        path = otb / name / "groundtruth_rect.txt"
        path.write_text(path.read_text().splitlines()[0] + "\n")
    found = report(otb, out, "--analyse", "--picture", out / "a.svg", "--frames", 2)["analysis"]
    assert found["auroc"] is None and found["episodes"] == [] and "never lost" in capsys.readouterr().out
    assert "<svg" in (out / "a.svg").read_text()


def test_side_by_side_gives_the_same(otb, out):
    alone, beside = (report(otb, out, "--jobs", jobs) for jobs in (1, 2))
    for part in (alone, beside):
        for figures in (part["overall"], *part["sequences"].values()):
            del figures["fps"]
    assert alone == beside


def test_some_sequences_and_some_frames(otb, out):
    found = report(otb, out, "--sequences", "Short", "--frames", 2)
    assert found["sequences"].keys() == {"Short"} and found["overall"]["frames"] == found["frames"] == 2


@pytest.mark.parametrize("names", ["Short,", " Short , ,", "Short;", "Short\uff0c"])
def test_lists_may_end_in_a_separator(otb, out, names):
    found = report(otb, out, "--sequences", names, "--frames", 2, "--baselines", "static,")
    assert found["sequences"].keys() == {"Short"} and len(found["baselines"]) == 1


def test_an_undecodable_frame_is_reported(otb, out, capsys):
    (otb / "Long/img/0003.png").write_bytes(b"broken")
    found = report(otb, out, "--results", out / "results")
    assert "0003.png: not a readable image" in found["sequences"]["Long"]["problems"][0]
    boxes = (out / "results/tiny-golden/Long.txt").read_text().splitlines()
    assert len(boxes) == 5 and boxes[2] == boxes[1]
    assert "Long: frame 2:" in capsys.readouterr().err


def test_a_test_set_whose_boxes_are_secret(otb, out, capsys):
    """GOT-10k's layout with the first box only: tracked and written, but nothing to judge by."""
    folder = out / "got/test/GOT-10k_Test_000001"
    folder.mkdir(parents=True)
    (out / "got/test/list.txt").write_text("GOT-10k_Test_000001\n")
    for index in range(3):
        cv2.imwrite(
            str(folder / f"{index + 1:08d}.jpg"),
            Clip(frames=3, width=160, height=120).image(index)[..., ::-1],
        )
    (folder / "groundtruth.txt").write_text(",".join(f"{value:.4f}" for value in given("Short")[0]) + "\n")
    found = report(
        out / "got", out, "--split", "test", "--results", out / "r", "--plots", out / "p", dataset="got10k"
    )
    assert found["overall"]["ao"] is None and found["overall"]["frames"] == 0
    assert np.loadtxt(
        out / "r/tiny-golden/GOT-10k_Test_000001/GOT-10k_Test_000001_001.txt", delimiter=","
    ).shape == (3, 4)
    assert "nothing to judge by" in capsys.readouterr().out and not (out / "p").exists()


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ["--sequences", "Long,Short,Swim"],
            "--sequences must name sequences of the dataset, not 'Swim'; it has Long, Short",
        ),
        (["--sequences", "long,Shrot"], "not 'long'; did you mean Long?"),
        (["--sequences", "Shrot"], "not 'Shrot'; did you mean Short?"),
        (["--resume"], "--resume needs --results DIR, where the finished sequences are kept"),
        (["--baselines", "best"], "unknown baseline 'best'; known: static, ncc, kcf, mil, csrt"),
        (["--jobs", "0"], "jobs must be at least 1, not 0"),
        (["--frames", "0"], "frames must be at least 1, not 0"),
        (["--weights", "w.npz"], "w.npz: no such weights file"),
        (["--picture", "a.png"], "--picture needs --analyse, which it draws"),
        (["--analyse", "--picture", "a.gif"], "a.gif: must end in .png, .svg, .pdf"),
        (
            ["--network", "bare.toml"],
            "network bare has no box head: a tracker needs a response of 5 channels",
        ),
        (["--json", "nowhere/r.json"], "nowhere/r.json: cannot be written"),
        (["--plots", "nowhere/plots"], "nowhere/plots: cannot be written"),
        (
            ["--results", "otb/Long/groundtruth_rect.txt"],
            "groundtruth_rect.txt: is a file; name a folder to write to",
        ),
    ],
)
def test_bad_input(argv, message, otb, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bare.toml").write_text(network_toml(replace(NETWORKS["tiny"], name="bare", head_layers=())))
    before = sorted(tmp_path.rglob("*"))
    assert message in refused(capsys, otb, *argv)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("option", [["--jobs", "0"], ["--frames", "0"], ["--baselines", "best"]])
def test_an_option_that_is_wrong_by_itself_is_refused_before_the_folder(option, tmp_path, capsys):
    """Reading a whole benchmark may take a while, and what is wrong with it is another matter."""
    error = refused(capsys, tmp_path / "nowhere", *option)
    assert option[1] in error and "nowhere" not in error


def test_bad_datasets(otb, tmp_path, capsys):
    assert "nowhere: no such folder" in refused(capsys, tmp_path / "nowhere")
    for name in LENGTHS:
        (otb / name / "groundtruth_rect.txt").unlink()
    assert "sequence Long: " in (error := refused(capsys, otb)) and "nor can the other 1" in error
    assert "invalid choice: 'mine'" in refused(capsys, otb, dataset="mine")


def test_a_first_frame_that_cannot_be_decoded_names_its_sequence(otb, capsys):
    (otb / "Short/img/0001.png").write_bytes(b"broken")
    assert "sequence Short: " in refused(capsys, otb, "--sequences", "Short")


def test_every_key_is_documented(otb, out):
    found, documented = (
        report(otb, out, "--frames", 2, "--baselines"),
        (ROOT / "docs/commands.md").read_text(),
    )
    analysis = report(otb, out, "--frames", 3, "--analyse", "--network", "tiny")["analysis"]
    keys = [*found, *found["overall"], *found["sequences"]["Long"], *found["baselines"]]
    for key in (*keys, "analysis", *analysis, *analysis["auc"], *EPISODE):
        assert f"`{key}`" in documented, key


EPISODE = ("sequence", "start", "length", "beginning", "ending", *BEGINNINGS, *ENDINGS)
