"""A network of one's own in every command that takes one, as docs/your-own-network.md says."""

import json
import re
import shlex
from pathlib import Path

import pytest

from siammixer.cli.main import COMMANDS, _parser, main
from siammixer.ir.catalogue import NETWORKS
from siammixer.ir.network_file import network_toml

PAGE = (Path(__file__).resolve().parents[2] / "docs/your-own-network.md").read_text()


def blocks():
    """Language and text of the page's pieces of code, in order."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(next(text for language, text in blocks() if language == "toml"))
    return tmp_path


def test_the_page_from_description_to_a_simulated_frame(folder, capsys):
    pytest.importorskip("torch", reason="needs the extra train")
    for language, text in blocks():
        if language == "toml":
            name = re.search(r'^name = "(.*)"', text).group(1)
            (folder / f"{name}.toml").write_text(text)
        elif "narrow =" in text:
            (folder / "narrow.py").write_text(text)
        elif language == "python":
            exec(compile(text, "docs/your-own-network.md", "exec"), {})
        else:
            for line in text.splitlines():
                program, *words = shlex.split(line)
                assert (program, main(words)) == ("siammixer", 0), f"{line}: {capsys.readouterr().err}"
    points = json.loads((folder / "area.json").read_text())["points"]
    assert len(points) == 4 and all(point["cycles"] and point["block_rams"] for point in points)
    accuracy = json.loads((folder / "accuracy.json").read_text())
    assert accuracy["network"] == "mine" and 0 < accuracy["overall"]["auc"] < 1
    frame = json.loads((folder / "frame.json").read_text())
    assert frame["equal"] and frame["cycles"] == frame["predicted_cycles"]


def test_every_key_of_a_layer_is_on_the_page():
    from siammixer.ir.described import readable_fields
    from siammixer.ir.network_file import LAYERS

    rows = dict(re.findall(r"^\| `([\w-]+)` \| (.*?) \|", PAGE.partition("| `kind` |")[2], re.MULTILINE))
    assert rows.keys() == LAYERS.keys()
    for kind, layer in LAYERS.items():
        keys = re.findall(r"`(\w+)", rows[kind])
        assert keys == [name for name in readable_fields(layer) if name != "name"], kind


def test_every_command_with_network_says_that_files_are_accepted():
    texts = {
        name: " ".join(parser.format_help().split())
        for name, parser in _parser()._subparsers._group_actions[0].choices.items()
    }
    assert texts.keys() == set(COMMANDS)
    for name, text in texts.items():
        assert ("--network" not in text) == (name == "fuzz")
        assert ("FILE.toml or FILE.py:NAME" in text) and "a FILE.py is executed" in text, name


@pytest.mark.parametrize("command", [["export", "--onnx", "x.onnx"], ["confirm"]])
def test_confirm_and_export_take_it(command, folder, capsys):
    pytest.importorskip("onnxruntime", reason="needs the extra confirm")
    assert main([*command, "--network", "mine.toml", "--weights", "random:5"]) == 0


def refused(capsys, argv, message):
    assert main(argv) == 2
    error = capsys.readouterr().err
    assert error.startswith("siammixer: error: ") and error.count("\n") == 1 and message in error, error


@pytest.mark.parametrize(
    "command", [["simulate"], ["confirm"], ["track"], ["export", "--onnx", "x.onnx"]], ids=lambda c: c[0]
)
def test_without_trained_weights_the_message_names_random_ones(command, folder, capsys):
    message = "network mine has no shipped weights: name a weights file with --weights FILE, or take seeded"
    refused(capsys, [*command, "--network", "mine.toml"], message)


def test_random_weights_depend_on_the_seed_alone(folder, capsys):
    boxes = []
    for number, text in enumerate(("random", "random:1", "random:2")):
        argv = [
            "track",
            "--network",
            "mine.toml",
            "--weights",
            text,
            "--frames",
            "3",
            "--json",
            f"{number}.json",
        ]
        assert main(argv) == 0
        boxes.append(json.loads((folder / f"{number}.json").read_text())["fingerprint"])
    assert boxes[0] == boxes[1] != boxes[2]
    refused(capsys, ["track", "--weights", "random:x"], "--weights must be FILE, random or random:SEED")


def test_a_network_of_the_catalogue_goes_through_a_file(tmp_path, capsys):
    assert main(["network", "--network", "tiny", "--toml"]) == 0
    printed = capsys.readouterr().out
    assert printed == network_toml(NETWORKS["tiny"])
    (tmp_path / "tiny.toml").write_text(printed)
    assert main(["network", "--network", str(tmp_path / "tiny.toml"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["fingerprint"] == NETWORKS["tiny"].fingerprint


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ("none.toml", "none.toml: cannot be read (No such file or directory)"),
        ("none.py:mine", "none.py: no such file"),
        ("net.py", "net.py: must be FILE.py:NAME, where NAME is a Network of the file"),
        ("net.py:none", "net.py: none must be a Network of that file; it has small"),
        ("net.py:fails", "net.py: raised ZeroDivisionError: division by zero"),
        ("net.py:ends", "net.py: raised SystemExit: 3"),
        ("huge", "unknown network 'huge'; known: siammixer, siammixer-local, tiny, or FILE.toml"),
    ],
)
def test_what_names_no_network(network, message, folder, capsys):
    (folder / "net.py").write_text(
        "from siammixer.ir.catalogue import NETWORKS\nsmall = NETWORKS['tiny']\ndef fails(): return 1 / 0\n"
        "def ends(): raise SystemExit(3)\n"
    )
    for command in (["network"], ["sweep"], ["track"]):
        refused(capsys, [*command, "--network", network], message)


def test_an_accelerator_of_ones_own(folder, capsys):
    (folder / "wide.py").write_text(
        "from dataclasses import replace\nfrom siammixer.arch.accelerator import ACCELERATORS\n"
        "def wide():\n    return replace(ACCELERATORS['tiny'], name='wide', response_words=128)\n"
    )
    assert main(["network", "--network", "mine.toml", "--accelerator", "wide.py:wide", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accelerator"] == "wide"
    (folder / "bad.toml").write_text("lanes = 5\nmap_words = 64\nweight_words = 64\n")
    refused(
        capsys,
        ["network", "--accelerator", "bad.toml"],
        "accelerator bad: lanes must be 4, 8, 16 or 32, not 5",
    )
    (folder / "bad.toml").write_text("lanes = 8\n")
    message = "bad.toml: missing map_words (a whole number of 1 to 65536), weight_words"
    refused(capsys, ["simulate", "--accelerator", "bad.toml"], message)
