"""``siammixer train`` and ``siammixer quantize``: what they write, and what they refuse in one line."""

import os
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest

from siammixer.cli import main as command
from siammixer.cli.main import main
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import SHIPPED, load_weights
from siammixer.tracking.clip import Clip

pytest.importorskip("torch", reason="needs the extra train")
from siammixer.training.data.tracks import write_crops


@pytest.fixture(scope="module")
def crops(tmp_path_factory):
    """Crops of the rendered clip."""
    folder = tmp_path_factory.mktemp("crops")
    assert write_crops([Clip(frames=8, width=200, height=150)], folder) == []
    return folder


@pytest.fixture
def words(crops, tmp_path):
    """The words of a short run of tiny, with options changed or, where None, left out."""

    def make(**changed):
        given = {
            "network": "tiny",
            "data": crops,
            "validation": crops,
            "out": tmp_path / "run",
            "pairs": 24,
            "templates": 4,
            "validation_pairs": 4,
        }
        given |= {
            "teacher": "none",
            "workers": 0,
            "threads": 1,
            "initial": SHIPPED / "tiny.npz",
            "device": "cpu",
        } | changed
        pairs = [
            (f"--{name.replace('_', '-')}", str(value)) for name, value in given.items() if value is not None
        ]
        return ["train", *(word for pair in pairs for word in pair)]

    return make


def refused(capsys, argv, *fragments):
    assert main([str(argument) for argument in argv]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("siammixer: error: ") and printed.err.count("\n") == 1
    for fragment in fragments:
        assert fragment in printed.err


@pytest.mark.parametrize("name", ["train", "quantize"])
def test_the_example_of_the_help_is_accepted(name, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([name, "--help"])
    example = " ".join(capsys.readouterr().out.split()).split("Example: siammixer ")[1]
    assert command._parser().parse_args(example.split()).command == name


def test_from_crops_to_a_weights_file(words, crops, tmp_path, capsys):
    """Float, then boxes, then integers, then the weights file of each of the two."""
    assert main(words(out=tmp_path / "trunk")) == 0
    boxes = words(stage="distil", initial=tmp_path / "trunk/best.pt")
    assert main(boxes) == 0
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "best.pt",
        "curves.csv",
        "curves.png",
        "last.pt",
    ]
    assert cv2.imread(str(tmp_path / "run/curves.png")).std() > 10
    assert "step 2/2" in capsys.readouterr().out
    qat = words(
        stage="qat", out=tmp_path / "qat", initial=tmp_path / "run/best.pt", teacher=None, freeze="patch"
    )
    assert main(qat) == 0 and main(qat) == 0
    assert "at step 2 of 2" in capsys.readouterr().out
    quantize = ["quantize", "--network", "tiny", "--data", str(crops), "--checkpoint"]
    for checkpoint, out in (("run/last.pt", "float.npz"), ("qat/last.pt", "qat.npz")):
        assert main([*quantize, str(tmp_path / checkpoint), "--out", str(tmp_path / out)]) == 0
        assert load_weights(find_network("tiny"), tmp_path / out).fingerprint in capsys.readouterr().out
    expected, found = (
        load_weights(find_network("tiny"), tmp_path / name) for name in ("qat/last.npz", "qat.npz")
    )
    assert expected.fingerprint == found.fingerprint


def test_boxes_are_learnt_from_random_weights_too(words, tmp_path, capsys):
    """A trunk's checkpoint, whose head is untrained, is not quantised."""
    assert main(words(stage="distil", initial=None)) == 0 and (tmp_path / "run/best.pt").is_file()
    assert main(words(out=tmp_path / "trunk")) == 0
    capsys.readouterr()
    qat = words(stage="qat", out=tmp_path / "qat", initial=tmp_path / "trunk/best.pt", teacher=None)
    refused(capsys, qat, "must be of the stage distil, not float, which leaves the head of tiny")


def test_data_sets_are_read_by_their_layout_and_stored(words, tmp_path, capsys):
    clip, root = Clip(frames=6, width=160, height=120), tmp_path / "got"
    for split in ("train", "val"):
        folder = root / split / "GOT-10k_1"
        folder.mkdir(parents=True)
        (root / split / "list.txt").write_text("GOT-10k_1\n")
        for index in range(len(clip)):
            cv2.imwrite(
                str(folder / f"{index + 1:08d}.jpg"), cv2.cvtColor(clip.image(index), cv2.COLOR_RGB2BGR)
            )
        np.savetxt(
            folder / "groundtruth.txt", [list(clip.box(index)) for index in range(len(clip))], delimiter=","
        )
    dataset = {
        "dataset": "got10k",
        "data": root,
        "split": "train",
        "validation": root,
        "validation_split": "val",
    }
    (root / "train/list.txt").write_text("GOT-10k_1\nGOT-10k_2\n")
    assert main(words(**dataset)) == 0
    assert "GOT-10k_2: no such folder; a sequence keeps its frames there; left out" in capsys.readouterr().out
    assert main(words(**dataset, store=2, out=tmp_path / "stored")) == 0
    assert len(list((tmp_path / "stored/crops").rglob("*.jpg"))) == 3
    refused(
        capsys,
        words(**dataset, teacher="efficientnet-lite0", out=tmp_path / "t"),
        "GOT-10k_1 is cut from frames",
        "--store",
    )
    (root / "train/list.txt").write_text("GOT-10k_2\n")
    refused(capsys, words(**dataset, out=tmp_path / "u"), "GOT-10k_2: no such folder")


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"network": "huge"}, "unknown network 'huge'"),
        ({"data": "nowhere"}, "nowhere: no such folder of crops"),
        ({"validation": "nowhere"}, "nowhere: no such folder of crops"),
        ({"data": "nowhere", "dataset": "got10k"}, "nowhere: no such folder; GOT-10k is expected as"),
        ({"out": "nowhere/run"}, "nowhere/run: cannot be written"),
        ({"initial": "none.npz"}, "none.npz: no such file to start from"),
        ({"initial": SHIPPED / "siammixer.npz"}, "siammixer.npz"),
        ({"pairs": "0"}, "pairs must be at least 1, not 0"),
        ({"pairs": "many"}, "argument --pairs: must be a whole number, not 'many'"),
        ({"freeze": "all"}, "--freeze must be a number of operators or patch, not 'all'"),
        ({"freeze": "9"}, "freeze must be at most 5 operators of tiny"),
        ({"stage": "qat", "initial": None}, "stage qat must start from a trained network: --initial FILE"),
        (
            {"stage": "qat", "freeze": "1"},
            "freeze of the stage qat must be 0 or the 3 operators of the patch stage, not 1",
        ),
        ({"variant": "no-patches"}, "argument --variant: invalid choice: 'no-patches'"),
        ({"teachers": "nowhere"}, "--teachers must be left out in the stage float"),
        ({"stage": "distil", "teachers": "nowhere"}, "nowhere: no such folder of teachers"),
        ({"stage": "distil", "teacher": "efficientnet-lite0"}, "--teacher must be none in the stage distil"),
        ({"stage": "distil", "templates": "1"}, "at least 2 templates per step, not 3 and 1"),
        ({"stage": "distil", "whole_every": "-1"}, "whole every must be at least 0, not -1"),
        ({"split": "train"}, "--split, --store, --validation-split and --as-stored are for data sets"),
        ({"workers": "-1"}, "--workers must be at least 0, not -1"),
        ({"threads": "0"}, "--threads must be at least 1, not 0"),
        ({"gap": "-1"}, "gap must be at least 0, not -1"),
        ({"seed": "-1"}, "seed must be at least 0, not -1"),
    ],
)
def test_bad_input(words, tmp_path, capsys, changed, message):
    refused(capsys, words(**changed), message)
    assert not (tmp_path / "run").exists()


def test_no_gpu(words, capsys, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    refused(capsys, words(device="cuda"), "--device must be cpu, not cuda: there is no GPU")


def test_another_recipe_or_network_in_the_folder(words, crops, tmp_path, capsys):
    assert main(words(stage="distil")) == 0
    capsys.readouterr()
    other = words(stage="distil", learning_rate="2e-3")
    refused(capsys, other, "last.pt: its run has learning rate 0.001, not 0.002")
    other = words(stage="distil", network="siammixer", initial=None)
    refused(capsys, other, "must be of siammixer", "not of tiny")
    quantize = ["quantize", "--checkpoint", tmp_path / "run/last.pt", "--out", tmp_path / "w.npz"]
    refused(capsys, quantize, "must be of siammixer", "not of tiny")
    refused(capsys, [*quantize, "--network", "tiny"], "--data must name a folder of training crops")
    refused(capsys, [*quantize, "--network", "tiny", "--data", "nowhere"], "nowhere: no such folder of crops")
    assert main(words(out=tmp_path / "variant", variant="no-global")) == 0
    capsys.readouterr()
    variant = [
        "quantize",
        "--network",
        "tiny",
        "--data",
        crops,
        "--checkpoint",
        tmp_path / "variant/last.pt",
        "--out",
        tmp_path / "w.npz",
    ]
    refused(capsys, variant, "variant no-global cannot be quantised")
    assert not (tmp_path / "w.npz").exists()


def test_a_run_that_is_ended_says_so_and_goes_on(words, tmp_path, capsys, monkeypatch):
    from siammixer.training.loop.train import Run

    learn = Run._learn
    monkeypatch.setattr(
        Run, "_learn", lambda run, batch: os.kill(os.getpid(), signal.SIGTERM) or learn(run, batch)
    )
    assert main(words()) == 128 + signal.SIGTERM
    assert "stopped at step 1 of 2" in capsys.readouterr().out
    monkeypatch.undo()
    assert main(words()) == 0
    assert "going on from" in capsys.readouterr().out


@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
def test_a_signal_to_the_whole_group_keeps_the_checkpoint(words, tmp_path, number):
    """As ``timeout`` and a terminal send it: the workers outlive it, and end with their parent."""
    process = subprocess.Popen(
        [sys.executable, "-m", "siammixer", *words(pairs=6000, every=20, workers=2)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 120
        while not (tmp_path / "run/last.pt").exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        os.killpg(process.pid, getattr(signal, number))
        said, error = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 128 + getattr(signal, number)
    assert error == "siammixer: interrupted\n" and "the same command goes on" in said
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "best.pt",
        "curves.csv",
        "curves.png",
        "last.pt",
    ]
    with pytest.raises(ProcessLookupError):  # nobody of the group is left
        os.killpg(process.pid, 0)
