"""Every kind of bad input: exit status 2, one line that names the file or field, nothing written."""

import subprocess
import sys

import numpy as np
import pytest

from siammixer.cli.main import main
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import SHIPPED

ARRAYS = dict(np.load(SHIPPED / "tiny.npz"))


def refused(capsys, argv, *fragments):
    assert main([str(argument) for argument in argv]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("siammixer: error: ") and printed.err.count("\n") == 1
    for fragment in fragments:
        assert fragment in printed.err


def rewrite_boxes(text):
    return lambda folder: (folder / "groundtruth_rect.txt").write_text(text)


def empty_folder(folder):
    for path in (folder / "img").iterdir():
        path.unlink()


def unreadable_image(folder):
    (folder / "img/0001.png").write_bytes(b"no image")


def unreadable_searched_image(folder):
    (folder / "img/0003.png").write_bytes((folder / "img/0003.png").read_bytes()[:50])


BAD_SEQUENCES = {
    "empty": (empty_folder, "img: holds no frame"),
    "unreadable image": (unreadable_image, "0001.png: not a readable image"),
    "unreadable searched image": (unreadable_searched_image, "0003.png: not a readable image"),
    "box outside": (
        rewrite_boxes("160,0,10,10\n"),
        "groundtruth_rect.txt, line 1: box x,y,w,h = 160, 0, 10, 10 lies outside",
    ),
    "zero size": (
        rewrite_boxes("1,1,10,0\n1,1,10,10\n"),
        "groundtruth_rect.txt, line 1: height of the box must be more than 0",
    ),
    "not four numbers": (rewrite_boxes("1,1,10\n"), "groundtruth_rect.txt, line 1: must be four numbers"),
    "more boxes than frames": (
        rewrite_boxes("1,1,10,10\n" * 4),
        "groundtruth_rect.txt: has 4 boxes for 3 frames",
    ),
}


@pytest.mark.parametrize("command", ["simulate", "confirm"])
@pytest.mark.parametrize("case", BAD_SEQUENCES)
def test_sequences(command, case, sequence, simulated, out, capsys):
    damage, message = BAD_SEQUENCES[case]
    damage(sequence)
    refused(
        capsys,
        [command, "--network", "tiny", "--sequence", sequence, "--json", out / "r.json"],
        message,
        str(sequence),
    )
    assert not simulated.calls and not list(out.iterdir())


def test_missing_sequence(simulated, tmp_path, capsys):
    refused(capsys, ["simulate", "--sequence", tmp_path / "nowhere"], "nowhere: no such folder")
    refused(capsys, ["simulate", "--sequence", ""], "img: no such folder")
    assert not simulated.calls


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "required: COMMAND (see siammixer --help)"),
        (["fly"], "invalid choice: 'fly'"),
        (["simulate", "--fast"], "unrecognized arguments: --fast"),
        (["simulate", "--frame", "x"], "argument --frame: must be a whole number, not 'x'"),
        (["simulate", "--frame", "60"], "frame must lie in 0..59, not 60"),
        (["simulate", "--frame", "-1"], "frame must lie in 0..59, not -1"),
        (["simulate", "--network", "huge"], "unknown network 'huge'; known: siammixer"),
        (["confirm", "--network", "huge"], "unknown network 'huge'; known: siammixer"),
        (["network", "--network", "huge"], "unknown network 'huge'; known: siammixer"),
        (["export", "--network", "huge", "--onnx", "x.onnx"], "unknown network 'huge'; known: siammixer"),
        (["simulate", "--accelerator", "huge"], "unknown accelerator 'huge'; known: ecp5-85f"),
        (["network", "--accelerator", "huge"], "unknown accelerator 'huge'; known: ecp5-85f"),
        (
            ["export", "--accelerator", "huge", "--verilog", "x.v"],
            "unknown accelerator 'huge'; known: ecp5-85f",
        ),
        (["simulate", "--grid", "4by4"], "grid must be ROWSxCOLUMNS such as 4x4, not '4by4'"),
        (["simulate", "--grid", "0x4"], "grid must be at least 1x1, not 0x4"),
        (["network", "--grid=-1x4"], "grid must be ROWSxCOLUMNS"),
        (["network", "--network", "tiny", "--grid", "99x1"], "grid 99x1 does not suit network tiny"),
        (
            ["track", "--box", "-5,2,30"],
            "--box must be four numbers x,y,w,h in pixels, not '-5,2,30'; such as --box 120,80,40,90",
        ),
        (["export"], "--onnx --verilog --bundle --flash is required"),
        (["export", "--flash", "a.bin", "--bus", "axi"], "--bus is an option of --bundle"),
        (["export", "--flash", "a.bin", "--verilog", "a.v"], "not allowed with argument"),
        (["export", "--verilog", "a.v", "--grid", "4x4"], "--grid is an option of --flash"),
        (["export", "--flash", "a.bin", "--grid", "4by4"], "grid must be ROWSxCOLUMNS such as 4x4"),
        (["export", "--flash", "a.bin", "--accelerator", "huge"], "unknown accelerator 'huge'; known"),
        (["export", "--flash", "a.BIT"], "a.BIT: must not end in .bit, .fea, .gz, .gzip, .jed, .mcs, .pub"),
        (["export", "--flash", ""], "a file must have a name"),
        (["export", "--onnx", "a", "--prefix", "b"], "--prefix is an option of --bundle"),
        (["export", "--bundle", "x", "--prefix", "1st"], "the prefix must be a letter, then letters"),
        (["export", "--bundle", "x", "--bus", "ahb"], "invalid choice: 'ahb'"),
        (["export", "--verilog", "a.v", "--core", "tracker"], "--core is an option of --bundle"),
        (["export", "--bundle", "x", "--core", "camera"], "invalid choice: 'camera'"),
        (
            ["export", "--bundle", "x", "--core", "tracker", "--bus", "stream"],
            "--bus must be axi with --core",
        ),
        (["export", "--bundle", "x", "--core", "tracker", "--trace"], "--trace is for --core network"),
        (
            ["export", "--bundle", "x", "--core", "tracker", "--accelerator", "tiny"],
            "accelerator tiny cannot track with network siammixer, whose crops come in strips",
        ),
        (["export", "--bundle", "."], "is neither empty nor a bundle"),
        (["export", "--onnx", "a", "--verilog", "b"], "not allowed with argument"),
    ],
)
def test_arguments(argv, message, simulated, capsys):
    refused(capsys, argv, message)
    assert not simulated.calls


@pytest.mark.parametrize("network", ["siammixer", "siammixer-local"])
def test_a_network_that_does_not_fit_names_layer_and_limit(network, capsys):
    message = f"network {network} does not fit accelerator tiny: layer P1 needs "
    for command in (["network"], ["export", "--flash", "x.bin", "--weights", "random"]):
        refused(capsys, [*command, "--network", network, "--accelerator", "tiny"], message, "there are ")


def changed(**arrays):
    return ARRAYS | {name.replace("__", "/"): array for name, array in arrays.items()}


BAD_WEIGHTS = {
    "dtype": (changed(P1__weight=ARRAYS["P1/weight"].astype(np.int16)), "array P1/weight must be int8"),
    "shape": (changed(E__bias=ARRAYS["E/bias"][:-1]), "array E/bias must be int32 (16,), not int32 (15,)"),
    "missing": (
        {name: array for name, array in ARRAYS.items() if name != "E/bias"},
        "array E/bias is missing",
    ),
    "no weights at all": ({"image": np.zeros(3)}, "not a weights file: it names no network"),
    "another network's": (
        changed(fingerprint=np.array(find_network("siammixer").fingerprint)),
        "does not match",
    ),
    "objects": (changed(fingerprint=np.array([{}], dtype=object)), "damaged or not a weights file"),
}


@pytest.mark.parametrize("command", ["simulate", "confirm"])
@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_weights(command, case, simulated, tmp_path, out, capsys):
    arrays, message = BAD_WEIGHTS[case]
    np.savez(tmp_path / "w.npz", **arrays)
    refused(
        capsys,
        [command, "--network", "tiny", "--weights", tmp_path / "w.npz", "--json", out / "r.json"],
        "w.npz: ",
        message,
    )
    assert not simulated.calls and not list(out.iterdir())


@pytest.mark.parametrize("size", [0, 10, 2000, -30])
def test_truncated_weights(size, simulated, tmp_path, capsys):
    (tmp_path / "w.npz").write_bytes((SHIPPED / "tiny.npz").read_bytes()[:size])
    refused(
        capsys,
        ["simulate", "--network", "tiny", "--weights", tmp_path / "w.npz"],
        "w.npz: damaged or not a weights file",
    )


def test_missing_weights(simulated, tmp_path, capsys):
    refused(capsys, ["simulate", "--weights", tmp_path / "w.npz"], "w.npz: no such weights file")
    local = ["simulate", "--network", "siammixer-local"]
    refused(capsys, local, "no weights are shipped for network siammixer-local")
    refused(capsys, ["simulate", "--weights", tmp_path], "must be a weights file, not a folder")
    np.save(tmp_path / "one.npy", np.zeros(3))
    refused(capsys, ["simulate", "--weights", tmp_path / "one.npy"], "one.npy: damaged or not a weights file")


def test_a_full_disk():
    script = "import sys, siammixer.cli.main as cli; sys.exit(cli.main(['network', '--network', 'tiny']))"
    with open("/dev/full", "wb") as full:
        done = subprocess.run([sys.executable, "-c", script], stdout=full, stderr=subprocess.PIPE, text=True)
    message = "siammixer: error: the output: cannot be written (No space left on device)\n"
    assert (done.returncode, done.stderr) == (2, message)


@pytest.mark.parametrize("option", ["--json", "--picture"])
def test_outputs_are_refused_before_the_work(option, simulated, tmp_path, capsys):
    simulate = ["simulate", "--network", "tiny", option]
    refused(
        capsys,
        [*simulate, tmp_path / "nowhere/r.png"],
        "nowhere/r.png: cannot be written (No such file or directory)",
    )
    (tmp_path / "folder.png").mkdir()
    refused(capsys, [*simulate, tmp_path / "folder.png"], "folder.png: is a folder")
    (tmp_path / "file").write_text("")
    refused(capsys, [*simulate, tmp_path / "file/r.png"], "r.png: cannot be written (Not a directory)")
    assert not simulated.calls


def test_picture_format(simulated, tmp_path, capsys):
    refused(
        capsys, ["simulate", "--picture", tmp_path / "frame.bmp"], "frame.bmp: must end in .png, .svg, .pdf"
    )


def test_no_traceback_from_the_command_itself(tmp_path):
    argv = [sys.executable, "-m", "siammixer.cli.main", "simulate", "--sequence", str(tmp_path)]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == f"siammixer: error: {tmp_path}/img: no such folder; a sequence keeps its frames there\n"
    )
