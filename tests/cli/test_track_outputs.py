"""Outputs of ``siammixer track``, whole or line by line: when it is interrupted, when the disk is full, when
nobody reads any more.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from siammixer.cli.main import main
from siammixer.driver.errors import BoardError, ChecksumError
from siammixer.tracking import follow as follow_module
from siammixer.tracking.box import Box
from siammixer.tracking.clip import Clip
from siammixer.tracking.tracker import Tracker
from siammixer.tracking.video import open_video

BOX = ",".join(map(str, Box(*map(round, Clip(frames=5, width=160, height=120).box(0)))))
TINY = ("--network", "tiny")


def track(*argv):
    return main(["track", *map(str, argv), *TINY])


def boxes(path):
    return [tuple(map(float, line.split(","))) for line in path.read_text().splitlines()]


def refused(capsys, *argv):
    assert track(*argv) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    return printed.err


def interrupting(monkeypatch, *numbers, at=3):
    """The signals come while a frame is tracked."""
    update, seen = Tracker.update, []

    def interrupted(self, image):
        seen.append(image)
        if len(seen) == at:
            for number in numbers:
                os.kill(os.getpid(), number)
        return update(self, image)

    monkeypatch.setattr(Tracker, "update", interrupted)


@pytest.mark.parametrize(
    "numbers",
    [
        (signal.SIGINT,),
        (signal.SIGTERM,),
        (signal.SIGHUP, signal.SIGHUP),
        (signal.SIGHUP, signal.SIGTERM, signal.SIGHUP),
    ],
)
def test_an_interrupt_keeps_the_frames_so_far(numbers, images, out, monkeypatch, capsys):
    """The frame in hand too. A terminal that closes sends several signals."""
    interrupting(monkeypatch, *numbers)
    handlers = [signal.getsignal(number) for number in numbers]
    outputs = ("--out", out / "o.mp4", "--results", out / "o.txt", "--json", out / "o.json")
    assert track(images, "--box", BOX, *outputs) == 0
    assert len(boxes(out / "o.txt")) == 4 and "interrupted" in capsys.readouterr().err
    assert len(json.loads((out / "o.json").read_text())["frames"]) == 4
    with open_video(str(out / "o.mp4")) as annotated:
        assert len(list(annotated.frames)) == 4
    assert len(list(out.iterdir())) == 3 and handlers == [signal.getsignal(number) for number in numbers]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_interrupt_ends_it(number, images, out, monkeypatch, capsys):
    """No half file is left; the lines that were written stay."""
    interrupting(monkeypatch, number, number)
    outputs = ("--out", out / "o.mp4", "--results", out / "o.txt", "--json", out / "o.json")
    assert track(images, "--box", BOX, *outputs) == 128 + number
    assert capsys.readouterr().err == "siammixer: interrupted\n"
    assert list(out.iterdir()) == [out / "o.txt"] and len(boxes(out / "o.txt")) == 3


def test_lines_as_they_come(images, out, monkeypatch):
    """Each stands in its file before the next frame is tracked; the JSON Lines say what tracked, first."""
    update, seen = Tracker.update, []

    def watched(self, image):
        seen.append([len((out / name).read_text().splitlines()) for name in ("o.txt", "o.jsonl")])
        return update(self, image)

    monkeypatch.setattr(Tracker, "update", watched)
    assert track(images, "--box", BOX, "--results", out / "o.txt", "--json", out / "o.jsonl") == 0
    assert seen == [[count, count + 1] for count in range(1, 5)]
    head, *frames, end = map(json.loads, (out / "o.jsonl").read_text().splitlines())
    assert head["video"] == "walk" and [frame["frame"] for frame in frames] == list(range(5))
    assert end["problems"] == [] and end["fps"] > 0 and frames[2]["time"] == 2 / 25
    assert track(images, "--box", BOX, "--json", out / "o.json") == 0
    assert json.loads((out / "o.json").read_text())["frames"] == frames


@pytest.mark.parametrize(("wrong", "left"), [(ChecksumError, []), (BoardError, ["o.jsonl", "o.txt"])])
def test_wrong_bits_leave_no_line_and_a_board_that_stops_does(wrong, left, images, out, monkeypatch):
    update, seen = Tracker.update, []

    def failing(self, image):
        seen.append(image)
        if len(seen) == 3:
            raise wrong("of this board")
        return update(self, image)

    monkeypatch.setattr(Tracker, "update", failing)
    outputs = ("--out", out / "o.mp4", "--results", out / "o.txt", "--json", out / "o.jsonl")
    assert track(images, "--box", BOX, *outputs) == 1
    assert sorted(path.name for path in out.iterdir()) == left


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from siammixer.cli.main import main
from siammixer.driver.errors import BoardError, ChecksumError
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("name", ["o.mp4", "o.json", "o.txt", "o.jsonl"])
def test_a_full_disk(name, images, out):
    """One line, and the files that are written whole are not there at all; an older one stays."""
    option = {".mp4": "--out", ".txt": "--results"}.get(Path(name).suffix, "--json")
    if name == "o.mp4":
        (out / name).write_text("old")
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, "100", "track", images, "--box", BOX, *TINY, option, out / name],
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == f"siammixer: error: {out / name}: cannot be written (File too large)\n"
    left = [path.name for path in out.iterdir()]
    assert left == ([] if name in ("o.json", "o.jsonl") else [name])
    if name == "o.mp4":
        assert (out / name).read_text() == "old"
    if name == "o.txt":  # whole lines
        assert (out / name).read_text().endswith("\n")


def test_the_reader_of_a_pipe_has_seen_enough(images, out):
    """The video and what else is written are whole."""
    run = subprocess.run(
        f"{sys.executable} -m siammixer track {images} --box {BOX} --network tiny --results /dev/stdout "
        f"--out {out}/o.mp4 | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
    )
    assert run.stderr == "" and run.stdout.count("\n") == 1
    with open_video(str(out / "o.mp4")) as annotated:
        assert list(annotated.frames)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["a.mp4", "--out", "a.mp4"], "--out must be a file of its own, not the video that is read"),
        (["a.mp4", "--out", "link.mp4"], "--out must be a file of its own, not the video that is read"),
        (["a.mp4", "--results", "a.mp4"], "--results must be a file of its own"),
        (["a.mp4", "--results", "o", "--json", "./o"], "--json must be a file of its own, not --results"),
        (["a.mp4", "--camera-size", "640x480"], "a size can be asked of a camera only, not of a.mp4"),
        (["0", "--camera-size", "640"], "--camera-size must be WIDTHxHEIGHT such as 1280x720, not '640'"),
        (["0", "--camera-size", "0x5"], "--camera-size must be WIDTHxHEIGHT such as 1280x720, not '0x5'"),
        (["97"], "camera 97: cannot be opened"),
        (["rtsp://u:p@127.0.0.1:1/x"], "rtsp://127.0.0.1:1/x: cannot be opened ("),
    ],
)
def test_more_bad_input(argv, message, video, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    video.rename("a.mp4")
    content = Path("a.mp4").read_bytes()
    Path("link.mp4").symlink_to("a.mp4")
    assert message in refused(capsys, *argv, "--box", "1,1,20,20")
    assert Path("a.mp4").read_bytes() == content and len(list(tmp_path.iterdir())) <= 3


@pytest.mark.parametrize("name", ["groundtruth_rect.txt", "img/groundtruth.txt", "img/frame"])
@pytest.mark.parametrize("option", ["--results", "--json"])
def test_a_sequence_is_not_overwritten(option, name, images, tmp_path, capsys):
    """Its frames and its boxes are refused as outputs; another file in its folder is not."""
    (tmp_path / "s").mkdir()
    shutil.copytree(images, tmp_path / "s/img")
    if name.endswith("frame"):
        name = f"img/{sorted(path.name for path in (tmp_path / 's/img').iterdir())[0]}"
    before = {path: path.read_bytes() for path in (tmp_path / "s").rglob("*") if path.is_file()}
    argv = (str(tmp_path / "s"), option, str(tmp_path / "s" / name), "--box", BOX, "--network", "tiny")
    assert "belongs to the sequence that is read; name another file" in refused(capsys, *argv)
    assert {path: path.read_bytes() for path in (tmp_path / "s").rglob("*") if path.is_file()} == before
    assert track(str(tmp_path / "s"), option, str(tmp_path / "s/new"), *argv[3:]) == 0
    assert (tmp_path / "s/new").stat().st_size


def test_an_hour_needs_no_more_memory_than_a_minute(monkeypatch, out):
    """Nothing of a frame is kept: its response and its picture are gone when the next but one is tracked."""
    from siammixer.cli import track as command

    alive, most = weakref.WeakSet(), []
    follow_on = follow_module.follow

    def watched(*arguments):
        for frame, step in follow_on(*arguments):
            alive.add(step)
            alive.add(frame)
            yield frame, step
            most.append(len(alive))

    monkeypatch.setattr(follow_module, "follow", watched)
    assert command and track("--frames", 40, "--results", out / "o.txt", "--json", out / "o.json") == 0
    assert len(most) == 40 and max(most) <= 8


def test_a_window_shows_it_and_ends_it(images, out, monkeypatch):
    from siammixer.cli import window

    shown = []

    class Window:
        closed = False

        def __init__(self, title):
            pass

        def show(self, image):
            shown.append(image.shape)
            self.closed = len(shown) == 3

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            shown.append("closed")

    monkeypatch.setattr(window, "Window", Window)
    assert track(images, "--box", BOX, "--show", "--results", out / "o.txt") == 0
    assert shown == [(360, 480, 3)] * 3 + ["closed"] and len(boxes(out / "o.txt")) == 3
