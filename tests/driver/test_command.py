"""``--engine board`` on a serial port: a pseudo-terminal with a board behind it, or with something that is
wrong.
"""

import json
import os

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.errors import MESSAGES, Error
from siammixer.cli.main import main
from siammixer.driver.board_engine import BoardEngine
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import load_weights
from siammixer.tracking.clip import Clip
from siammixer.tracking.reading import VIEWS
from siammixer.tracking.sequence import write_folder


@pytest.fixture
def video(tmp_path):
    write_folder(Clip(frames=3, width=160, height=120), tmp_path / "video")
    return tmp_path / "video"


@pytest.fixture
def board(model):
    """A model board with the shipped weights of the tiny network."""
    return model(weights=load_weights(find_network("tiny")))


def track(video, engine, *argv):
    accelerator = ["--accelerator", "tiny"] if engine == "board" else []
    return main(["track", str(video), "--network", "tiny", *accelerator, "--engine", engine, *map(str, argv)])


def refused(capsys, status, *argv):
    """The one line that the command says, after what it was about to do."""
    assert track(*argv) == status
    printed = capsys.readouterr()
    *before, said = printed.err.splitlines()
    assert printed.out == "" and all("loading the weights" in line for line in before)
    return said


def test_the_same_boxes_as_golden(video, board, on_port, tmp_path):
    with on_port(board) as (port, _):
        assert track(video, "board", "--port", port, "--results", tmp_path / "board.txt") == 0
    assert track(video, "golden", "--results", tmp_path / "golden.txt") == 0
    boxes = (tmp_path / "board.txt").read_text()
    assert boxes == (tmp_path / "golden.txt").read_text() and boxes.count("\n") == 3


def test_no_such_port(video, capsys):
    said = refused(capsys, 2, video, "board", "--port", "/dev/ttyNONE7")
    assert "/dev/ttyNONE7: no such port; is the board plugged in?" in said


def test_not_a_port(video, capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert "not a serial port" in refused(capsys, 2, video, "board", "--port", tmp_path / "file")


def test_a_silent_port(video, capsys, monkeypatch):
    monkeypatch.setattr("siammixer.driver.connection.ATTEMPTS", 2)
    terminal, port = os.openpty()
    assert f"{os.ttyname(port)}: nothing answers" in refused(
        capsys, 2, video, "board", "--port", os.ttyname(port)
    )
    os.close(port)
    os.close(terminal)


def test_a_port_that_another_program_has(video, board, on_port, capsys):
    from siammixer.driver.transport import SerialLine

    with on_port(board) as (port, _):
        line = SerialLine(port)
        assert "another program has the port" in refused(capsys, 2, video, "board", "--port", port)
        line.close()


def test_another_bitstream(video, model, on_port, capsys):
    with on_port(model(accelerator=find_accelerator("ecp5-85f"))) as (port, _):
        said = refused(capsys, 2, video, "board", "--port", port)
    assert f"{port}: the board must hold the accelerator tiny" in said and "not ecp5-85f" in said


def test_the_cable_is_pulled_in_the_middle(video, board, on_port, capsys):
    with on_port(board) as (port, pull):
        feed = board.feed

        def feed_and_pull(data):
            if len(board.executed) < 30:
                return feed(data)
            pull()
            return b""

        board.feed = feed_and_pull
        said = refused(capsys, 1, video, "board", "--port", port)
    assert f"the board did not finish: {port}: the port has gone" in said and "was the cable pulled?" in said


def test_an_error_code_of_the_core(video, model, on_port, capsys):
    """Status 1, and one line that names the port, the branch and the error."""
    broken = model(weights=load_weights(find_network("tiny")), error=Error.BAD_CHECK)
    with on_port(broken) as (port, _):
        said = refused(capsys, 1, video, "board", "--port", port)
    expected = f"{port}, template: the accelerator reports {MESSAGES[Error.BAD_CHECK]} (step 0)"
    assert said == f"siammixer: the accelerator failed: {expected}"


@pytest.mark.parametrize("every", [1, 2, 50])
def test_checks_on_the_way_change_nothing(every, video, board, on_port, tmp_path, monkeypatch):
    checks = []
    require_intact = BoardEngine.require_intact
    monkeypatch.setattr(BoardEngine, "require_intact", lambda self: checks.append(require_intact(self)))
    with on_port(board) as (port, _):
        assert (
            track(
                video,
                "board",
                "--port",
                port,
                "--checksum",
                every,
                "--results",
                tmp_path / "board.txt",
                "--json",
                tmp_path / "board.json",
            )
            == 0
        )
    assert track(video, "golden", "--results", tmp_path / "golden.txt") == 0
    assert (tmp_path / "board.txt").read_text() == (tmp_path / "golden.txt").read_text()
    # Of three frames: all; the first and the last.
    assert len(checks) == {1: 3, 2: 2, 50: 2}[every]
    assert json.loads((tmp_path / "board.json").read_text())["checksum"] == every


@pytest.mark.parametrize("word", [0, -1])
def test_a_checksum_names_what_has_changed(word, video, board, on_port, capsys, tmp_path):
    """A bit of the template, or of the last weights, flips when all passes of the first frame have run."""
    word %= board.checksum.end
    finish, runs = board._finish, []

    def finish_and_flip():
        finish()
        runs.append(1)
        if len(runs) == 1 + len(VIEWS):
            board.weights[3, word, 0] ^= 16

    board._finish = finish_and_flip
    with on_port(board) as (port, _):
        said = refused(
            capsys, 1, video, "board", "--port", port, "--checksum", "2", "--results", tmp_path / "boxes.txt"
        )
    part = next(
        f"{'template' if part.stop <= board.checksum.template_words else 'weight'} words {part.start} to"
        for part in board.checksum.parts
        if word in part
    )
    assert f"the board's memories have changed: {port}: the checksum finds wrong bits in {part}" in said
    assert not (tmp_path / "boxes.txt").exists()


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["board"], "--engine board needs --port PORT"),
        (["golden", "--checksum", "5"], "--checksum is for --engine board, not golden"),
        (["board", "--port", "/dev/null", "--checksum", "0"], "--checksum must be at least 1, not 0"),
        (["golden", "--port", "/dev/null"], "--port is for --engine board, not golden"),
        (["rtl", "--baud", "9600"], "--baud is for --engine board, not rtl"),
        (
            ["golden", "--accelerator", "tiny"],
            "--accelerator is for --engine rtl, fabric and board, not golden",
        ),
        (["board", "--port", "/dev/null", "--baud", "0"], "--baud must be at least 1, not 0"),
        (
            ["board", "--port", "/dev/null", "--checkpoint", "x"],
            "--checkpoint is for --engine float; board takes --weights",
        ),
    ],
)
def test_options_that_do_not_fit(argv, message, video, capsys):
    assert message in refused(capsys, 2, video, *argv)


def test_one_board_has_one_job(video, capsys):
    argv = [
        "evaluate",
        "--dataset",
        "otb",
        "--root",
        str(video.parent),
        "--engine",
        "board",
        "--port",
        "x",
        "--jobs",
        "2",
        "--network",
        "tiny",
    ]
    assert main(argv) == 2
    assert "--jobs must be 1 with --engine board, of which there is one, not 2" in capsys.readouterr().err
