"""``siammixer evaluate`` beside broken sequences, and what an evaluation that was interrupted keeps."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from siammixer.cli.main import main
from siammixer.tracking import evaluate as module
from siammixer.tracking.clip import Clip
from siammixer.tracking.sequence import write_folder

NAMES = ("A", "B", "C")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("made")
    for frames, name in enumerate(NAMES, start=3):
        write_folder(Clip(frames=frames, width=160, height=120), root / name)
    return root


@pytest.fixture
def otb(made, tmp_path):
    """Three OTB sequences, free to be damaged."""
    return shutil.copytree(made, tmp_path / "otb")


@pytest.fixture
def evaluate(otb, out):
    """evaluate(*options): the status, and the report or None."""

    def run(*options):
        words = ["--root", otb, "--network", "tiny", "--json", out / "r.json", *options]
        (out / "r.json").unlink(missing_ok=True)
        status = main(["evaluate", "--dataset", "otb", *map(str, words)])
        return status, json.loads((out / "r.json").read_text()) if (out / "r.json").exists() else None

    return run


@pytest.fixture
def ran(monkeypatch):
    """The names of the sequences that were run; the error of one named in ``at`` is raised in it."""
    original, log = module.run_sequence, type("Log", (list,), {"at": {}})()

    def run_sequence(tracker, sequence, frames=None):
        if sequence.name in log.at:
            raise log.at[sequence.name]
        log.append(sequence.name)
        return original(tracker, sequence, frames)

    monkeypatch.setattr(module, "run_sequence", run_sequence)
    return log


def without_time(report):
    if isinstance(report, dict):
        return {key: without_time(value) for key, value in report.items() if key != "fps"}
    return report


@pytest.mark.parametrize("jobs", [1, 2])
def test_broken_sequences_in_the_middle(evaluate, otb, out, capsys, jobs):
    """One that cannot be opened and one that cannot be decoded: the third is reported, and status tells."""
    (otb / "A/groundtruth_rect.txt").write_text("a box\n")
    (otb / "B/img/0001.png").write_bytes(b"broken")
    status, report = evaluate("--results", out / "results", "--baselines", "static", "--jobs", jobs)
    assert status == 2 and report["complete"] is False
    assert report["sequences"].keys() == report["baselines"]["static"]["sequences"].keys() == {"C"}
    assert report["failed"].keys() == {"A", "B"} and "0001.png: not a readable" in report["failed"]["B"]
    assert (out / "results/tiny-golden/C.txt").exists() and not (out / "results/tiny-golden/B.txt").exists()
    printed = capsys.readouterr()
    last = printed.err.splitlines()[-1]
    assert last.startswith("siammixer: error: 2 of 3 sequences could not be evaluated")
    assert last.endswith("the figures are those of the others: A, B")
    assert "A: " in printed.err and "groundtruth_rect.txt, line 1: must be four numbers" in printed.err


def test_what_is_not_asked_for_is_not_read(evaluate, otb, capsys):
    (otb / "A/groundtruth_rect.txt").unlink()
    shutil.rmtree(otb / "B/img")
    status, report = evaluate("--sequences", "C")
    assert status == 0 and report["complete"] is True and report["failed"] == {}
    assert capsys.readouterr().err == ""


def test_interrupted_and_resumed(evaluate, otb, out, ran, capsys):
    """The finished part is reported and kept; with --resume only the rest runs, and the figures are those of
    one go.
    """
    _, whole = evaluate()
    ran.clear()
    ran.at["B"] = KeyboardInterrupt()
    status, report = evaluate("--results", out / "results", "--baselines", "static")
    assert status == 130 and ran == ["A"]
    assert report["complete"] is False and report["sequences"].keys() == {"A"} and "baselines" not in report
    assert (out / "results/tiny-golden/A.txt").exists()
    error = capsys.readouterr().err
    assert "tiny-golden has finished 1 of 3 sequences" in error and "--resume goes on" in error
    ran.at.clear()
    ran.clear()
    status, report = evaluate("--results", out / "results", "--resume")
    assert status == 0 and ran == ["B", "C"]
    assert without_time(report) == without_time(whole)
    ran.clear()
    status, report = evaluate("--results", out / "results", "--resume", "--sequences", "C,A")
    assert status == 0 and ran == [] and list(report["sequences"]) == ["C", "A"]
    status, report = evaluate("--results", out / "results")
    assert status == 0 and ran == ["A", "B", "C"]


def test_interrupted_before_anything_has_finished(evaluate, out, ran, capsys):
    ran.at["A"] = KeyboardInterrupt()
    assert evaluate("--results", out / "results") == (130, None)
    assert list(out.iterdir()) == [] and capsys.readouterr().err == "siammixer: interrupted\n"


def test_an_engine_that_fails_keeps_what_has_finished(evaluate, ran, capsys):
    class BoardError(RuntimeError):
        pass

    ran.at["C"] = BoardError("no answer")
    status, report = evaluate()
    assert status == 1 and report["sequences"].keys() == {"A", "B"} and not report["complete"]
    assert "the board did not finish: no answer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--frames", "2"], "made with --frames None, not 2"),
        (["--weights", "random:1"], "made with weights of fingerprint"),
        (["--as-stored"], "made with --as-stored False, not True"),
    ],
)
def test_other_settings_are_refused(evaluate, out, ran, capsys, options, message):
    evaluate("--results", out / "results", "--sequences", "A")
    ran.clear()
    capsys.readouterr()
    assert evaluate("--results", out / "results", "--resume", *options) == (2, None)
    assert message in (error := capsys.readouterr().err) and error.count("\n") == 1 and ran == []


def test_other_data_is_refused(evaluate, otb, out, ran, capsys):
    evaluate("--results", out / "results")
    (otb / "B/groundtruth_rect.txt").write_text("1,1,9,9\n")
    ran.clear()
    assert evaluate("--results", out / "results", "--resume") == (2, None)
    assert "B.json: was made of other frames or boxes than" in capsys.readouterr().err and ran == []


@pytest.mark.parametrize(
    ("whole_group", "sent"),
    [(True, signal.SIGINT), (False, signal.SIGINT), (True, signal.SIGTERM), (True, signal.SIGQUIT)],
    ids=["keyboard", "kill", "timeout", "backslash"],
)
def test_an_interrupt_ends_the_processes_too(otb, out, whole_group, sent):
    """Nobody waits for the sequences under way, whether all processes get it, as from a terminal, or one."""
    shutil.rmtree(otb / "B")
    write_folder(Clip(frames=3, width=160, height=120), otb / "B")
    frames = otb / "C/img"
    for number in range(6, 3000):
        os.link(frames / "0005.png", frames / f"{number:04d}.png")
    words = ["--dataset", "otb", "--root", str(otb), "--network", "tiny", "--jobs", "2"]
    words += ["--results", str(out / "results"), "--json", str(out / "r.json")]
    process = subprocess.Popen(
        [sys.executable, "-m", "siammixer", "evaluate", *words],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while len(list((out / "results").rglob("[AB].json"))) < 2:
            assert process.poll() is None and time.monotonic() < deadline, process.stderr
            time.sleep(0.05)
        (os.killpg if whole_group else os.kill)(process.pid, sent)
        started = time.monotonic()
        _, error = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 128 + sent and time.monotonic() - started < 20
    assert "Traceback" not in error and "has finished 2 of 3 sequences" in error
    assert json.loads((out / "r.json").read_text())["sequences"].keys() == {"A", "B"}
