"""``siammixer track`` from end to end, with the tiny network on golden and short videos made here."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.cli.main import main
from siammixer.golden.engine import GoldenEngine
from siammixer.ir.catalogue import find_network
from siammixer.ir.network_file import network_toml
from siammixer.ir.weights import load_weights
from siammixer.tracking.box import Box
from siammixer.tracking.clip import Clip
from siammixer.tracking.tracker import Tracker
from siammixer.tracking.video import open_video

ROOT = Path(__file__).resolve().parents[2]
CLIP = Clip(frames=5, width=160, height=120)
GIVEN = Box(*map(round, CLIP.box(0)))
BOX = ",".join(map(str, GIVEN))
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


def test_every_output_says_what_the_tracker_found(images, out, capsys):
    assert (
        track(
            images, "--box", BOX, "--out", out / "o.mp4", "--results", out / "o.txt", "--json", out / "o.json"
        )
        == 0
    )
    network = find_network("tiny")
    tracker = Tracker(GoldenEngine(network, load_weights(network, None)))
    tracker.init(CLIP.image(0), GIVEN)
    states = [tracker.update(CLIP.image(index)) for index in range(1, 5)]
    frames = json.loads((out / "o.json").read_text())["frames"]
    assert [frame["box"] for frame in frames] == [list(GIVEN), *(list(state.box) for state in states)]
    assert [(frame["confidence"], frame["lost"]) for frame in frames[1:]] == [
        (state.confidence, state.lost) for state in states
    ]
    np.testing.assert_allclose(boxes(out / "o.txt"), [frame["box"] for frame in frames], atol=1e-4)
    with open_video(str(out / "o.mp4")) as annotated:
        assert [frame.image.shape for frame in annotated.frames] == [
            (360, 480, 3)
        ] * 5  # small frames are enlarged
    assert (
        f"last box (x, y, w, h): {', '.join(f'{value:.1f}' for value in states[-1].box)}"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize(("frames", "count"), [(1, 1), (3, 3), (99, 5)])
def test_a_video_file_and_no_more_frames_than_asked_for(frames, count, video, out):
    assert track(video, "--box", BOX, "--frames", frames, "--results", out / "o.txt") == 0
    assert len(boxes(out / "o.txt")) == count


def test_a_sequence_folder_brings_its_box(sequence, out):
    assert track(sequence, "--results", out / "o.txt") == 0
    np.testing.assert_allclose(
        boxes(out / "o.txt")[0], Clip(frames=3, width=160, height=120).box(0), atol=1e-4
    )


def test_without_a_video_the_clip(out):
    assert track("--frames", 2, "--results", out / "o.txt") == 0
    np.testing.assert_allclose(boxes(out / "o.txt")[0], Clip().box(0), atol=1e-4)


def test_a_broken_frame_and_one_of_another_size(images, out, capsys):
    (images / "002.png").write_bytes(b"broken")
    cv2.imwrite(str(images / "003.png"), CLIP.image(3)[20:100, :90, ::-1])
    assert (
        track(
            images, "--box", BOX, "--out", out / "o.mp4", "--results", out / "o.txt", "--json", out / "o.json"
        )
        == 0
    )
    found, printed = boxes(out / "o.txt"), capsys.readouterr()
    assert len(found) == 5 and found[2] == found[1]
    assert "002.png: not a readable image" in printed.err and "tracking goes on" in printed.err
    assert "5 frames, 1 that could not be decoded" in printed.out
    assert len(json.loads((out / "o.json").read_text())["problems"]) == 1
    with open_video(str(out / "o.mp4")) as annotated:
        assert len(list(annotated.frames)) == 5


def test_the_simulated_accelerator(images, monkeypatch, capsys):
    """It is opened with what was asked for, said to be slow, and closed."""
    seen = []

    class RtlEngine(GoldenEngine):
        def __init__(self, network, weights, accelerator, *, progress):
            super().__init__(network, weights)
            seen.append((network, accelerator))

        def close(self):
            seen.append("closed")

    monkeypatch.setitem(sys.modules, "siammixer.sim.engine", SimpleNamespace(RtlEngine=RtlEngine))
    assert track(images, "--box", BOX, "--engine", "rtl", "--accelerator", "tiny", "--frames", 2) == 0
    assert seen == [(find_network("tiny"), find_accelerator("tiny")), "closed"]
    assert "a frame takes seconds" in capsys.readouterr().err


def test_the_tracker_in_the_fabric(images, out, capsys):
    """The boxes of golden; its latency stands in the report; frames that are too large are refused."""
    fabric = ("--engine", "fabric", "--accelerator", "tiny")
    given = (images, "--box", BOX, "--frames", 3)
    assert track(*given, *fabric, "--results", out / "f.txt", "--json", out / "f.json") == 0
    printed = capsys.readouterr()
    assert "from the last row of the search window to the box: " in printed.out
    assert "a frame takes seconds" in printed.err
    assert track(*given, "--results", out / "g.txt") == 0
    assert (out / "f.txt").read_text() == (out / "g.txt").read_text()
    first, *others = json.loads((out / "f.json").read_text())["frames"]
    assert "latency_cycles" not in first and all(frame["latency_cycles"] > 10_000 for frame in others)
    capsys.readouterr()
    cv2.imwrite(str(out / "large.png"), np.zeros((721, 1280, 3), np.uint8))
    assert track(out / "large.png", "--box", BOX, *fabric) == 2
    assert "must be at most 1280 x 720 pixels, not 1280 x 721" in capsys.readouterr().err
    assert track(*given, *fabric, "--checkpoint", "c.pt") == 2
    assert "--checkpoint is for --engine float; fabric takes --weights" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ("1,2,3", "--box must be four numbers x,y,w,h in pixels, not '1,2,3'"),
        ("a,b,c,d", "--box must be four numbers"),
        ("1,2,0,4", "width of the box must be more than 0, not 0"),
        ("1,2,3,-4", "height of the box must be more than 0, not -4"),
        ("1,nan,3,4", "y of the box must be a finite number"),
        ("160,2,3,4", "lies outside the image of 160 x 120 pixels"),
    ],
)
def test_boxes_refused(box, message, images, out, capsys):
    assert message in refused(capsys, images, "--box", box, "--out", out / "o.mp4", "--json", out / "o.json")
    assert not list(out.iterdir())


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["nowhere.mp4"], "nowhere.mp4: no such file or folder; accepted are"),
        (["empty"], "empty: holds no frame; accepted are .jpg"),
        (["text.mp4"], "text.mp4: not a readable video"),
        (["bad"], "the first frame cannot be decoded"),
        (["walk", "--out", "o.avi"], "o.avi: must end in .mp4"),
        (["walk", "--out", "nowhere/o.mp4"], "nowhere/o.mp4: cannot be written"),
        (["walk", "--results", "walk"], "walk: is a folder"),
        (["walk", "--frames", "0"], "--frames must be at least 1, not 0"),
        (["walk", "--engine", "float"], "--engine float needs --checkpoint FILE"),
        (
            ["walk", "--engine", "float", "--weights", "w.npz"],
            "--weights is for --engine golden, rtl, fabric and board",
        ),
        (["walk", "--checkpoint", "c.pt"], "--checkpoint is for --engine float; golden takes --weights"),
        (["walk", "--weights", "w.npz"], "w.npz: no such weights file"),
        (["walk", "--engine", "magic"], "invalid choice: 'magic'"),
    ],
)
def test_bad_input(argv, message, images, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/0.png").write_bytes(b"broken")
    (tmp_path / "text.mp4").write_text("no video")
    before = sorted(tmp_path.rglob("*"))
    assert message in refused(capsys, *argv, "--box", "1,1,20,20")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("engine", ["golden", "rtl", "fabric", "board", "float"])
def test_a_network_without_a_box_head_is_refused_at_once(engine, images, tmp_path, monkeypatch, capsys):
    """Before a box is asked for, a simulator built or a board opened."""
    from siammixer.cli import engines, mouse

    def late(*_):
        raise AssertionError("too late")

    monkeypatch.setattr(mouse, "ask_box", late)
    monkeypatch.setattr(engines, "open_engine", late)
    monkeypatch.setattr(engines, "_fabric_tracker", late)
    bare = tmp_path / "bare.toml"
    bare.write_text(network_toml(replace(find_network("tiny"), name="bare", head_layers=())))
    assert main(["track", str(images), "--network", str(bare), "--engine", engine]) == 2
    assert capsys.readouterr().err == (
        "siammixer: error: network bare has no box head: a tracker needs a response of 5 channels, not 1\n"
    )


def test_without_a_display_a_box_is_asked_for(images, monkeypatch, capsys):
    from siammixer.cli import mouse

    monkeypatch.setattr(mouse, "_has_display", lambda: False)
    assert "--box x,y,w,h is needed: there is no display" in refused(capsys, images)


def test_without_matplotlib_a_box_is_asked_for(images, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    message = refused(capsys, images)
    assert "--box x,y,w,h is needed" in message and "pip install 'siammixer[plots]'" in message


@pytest.mark.parametrize("drawn", [True, False])
def test_a_box_drawn_with_the_mouse(drawn, images, out, monkeypatch, capsys):
    from matplotlib import pyplot
    from matplotlib.backend_bases import MouseButton, MouseEvent

    from siammixer.cli import mouse

    def drag(block):
        axes = pyplot.gca()
        if drawn:
            start, end = (axes.transData.transform(place) for place in ((50, 40), (90, 75)))
            for name, place in (
                ("button_press_event", start),
                ("motion_notify_event", end),
                ("button_release_event", end),
            ):
                event = MouseEvent(name, axes.figure.canvas, *place, MouseButton.LEFT)
                axes.figure.canvas.callbacks.process(name, event)

    pyplot.switch_backend("agg")
    monkeypatch.setattr(mouse, "_has_display", lambda: True)
    monkeypatch.setattr(pyplot, "show", drag)
    if not drawn:
        assert "no box was drawn" in refused(capsys, images)
        return
    assert track(images, "--frames", 1, "--results", out / "o.txt") == 0
    np.testing.assert_allclose(boxes(out / "o.txt")[0], (50, 40, 40, 35), atol=1e-3)


def test_every_key_is_documented(images, out):
    track(images, "--box", BOX, "--frames", 2, "--json", out / "o.json")
    report, documented = json.loads((out / "o.json").read_text()), (ROOT / "docs/commands.md").read_text()
    for key in (*report, *report["frames"][0]):
        assert f"`{key}`" in documented, key
