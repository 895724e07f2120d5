"""Full disks, closed pipes and signals: one line or silence, the usual status, and nothing half written."""

import json
import os
import resource
import signal
import subprocess
import sys
import time

import pytest

SWEEP = ["sweep", "--network", "tiny", "--lanes", "4", "--grids", "1x4"]


def start(*words, **options):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
    return subprocess.Popen([sys.executable, "-m", "siammixer", *map(str, words)], **options)


def run(*words, **options):
    """Exit status, and what was said on standard error, of a command."""
    process = start(*words, **options)
    _, said = process.communicate()
    return process.returncode, said


def little_room():
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))


@pytest.mark.parametrize("option, name", [("--json", "r.json"), ("--csv", "r.csv"), ("--picture", "r.png")])
def test_no_room_for_a_file(option, name, tmp_path):
    if option == "--picture":
        pytest.importorskip("matplotlib", reason="needs the extra plots")
    (tmp_path / name).write_text("before")
    status, said = run(*SWEEP, option, tmp_path / name, preexec_fn=little_room)
    assert (status, said) == (
        2,
        f"siammixer: error: {tmp_path / name}: cannot be written (File too large)\n",
    )
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]


@pytest.mark.parametrize("words", [["network", "--json"], ["network", "--toml"], ["network"], ["--help"]])
def test_standard_output_on_a_full_disk(words):
    with open("/dev/full", "wb") as full:
        assert run(*words, stdout=full) == (
            2,
            "siammixer: error: the output: cannot be written (No space left on device)\n",
        )


@pytest.mark.parametrize("words", [["network", "--json"], ["network"], ["--help"]])
def test_a_closed_pipe(words):
    reader, writer = os.pipe()
    os.close(reader)
    assert run(*words, stdout=writer) == (0, "")
    os.close(writer)


def test_files_are_written_also_where_nobody_reads_the_tables(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    assert run(*SWEEP, "--json", tmp_path / "r.json", stdout=writer) == (0, "")
    os.close(writer)
    assert len(json.loads((tmp_path / "r.json").read_text())["points"]) == 1


def test_a_report_that_nobody_reads_harms_no_other_file(tmp_path):
    """The reader of one output has gone before it came: the others are written, and the status is 0."""
    for option in ("--json", "--csv"):
        reader, writer = os.pipe()
        os.close(reader)
        words = ["--json", tmp_path / "r.json", "--csv", tmp_path / "r.csv"]
        words[words.index(option) + 1] = f"/dev/fd/{writer}"
        assert run(*SWEEP, *words, pass_fds=[writer]) == (0, "")
        os.close(writer)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.csv", "r.json"]


def test_a_full_standard_error():
    with open("/dev/full", "wb") as full:
        assert run("network", "--network", "huge", stderr=full)[0] == 2


def test_letters_that_the_terminal_lacks(tmp_path):
    text = run_text("network", "--network", "tiny", "--toml").replace('"tiny"', '"größe"', 1)
    (tmp_path / "x.toml").write_text(text)
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    assert run("network", "--network", tmp_path / "x.toml", env=environment) == (0, "")


def run_text(*words):
    return subprocess.run([sys.executable, "-m", "siammixer", *words], capture_output=True, text=True).stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_leaves_nothing_half_written(number, tmp_path):
    process = start("sweep", "--json", tmp_path / "r.json", "--csv", tmp_path / "r.csv")
    deadline = time.monotonic() + 60
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)  # until it works at its files
    process.send_signal(number)
    _, said = process.communicate()
    assert (process.returncode, said) == (128 + number, "siammixer: interrupted\n")
    assert list(tmp_path.iterdir()) == []


def test_no_room_for_what_yosys_writes(tmp_path):
    words = ["export", "--verilog", tmp_path / "x.v", "--accelerator", "tiny"]
    status, said = run(*words, preexec_fn=little_room)
    assert status == 2 and said.count("\n") == 1 and "yosys could not write the Verilog: " in said
    assert list(tmp_path.iterdir()) == []
