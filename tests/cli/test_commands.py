import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.cli.main import _parser, main
from siammixer.compiler.analysis.utilisation import KINDS, by_kind
from siammixer.ir.catalogue import NETWORKS, find_network
from siammixer.ir.errors import InputError
from siammixer.ir.patches import Grid
from siammixer.tracking.clip import Clip
from siammixer.tracking.pair import take_pair
from siammixer.tracking.sequence import write_folder

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (
    "network",
    "simulate",
    "confirm",
    "export",
    "track",
    "evaluate",
    "train",
    "quantize",
    "sweep",
    "build",
    "fuzz",
)
REPORT_KEYS = (
    "equal",
    "steps",
    "cycles",
    "predicted_cycles",
    "utilisation",
    "parameter_bytes",
    "feature_map_bytes",
    "box",
    "fingerprint",
    "wall_seconds",
)
STEP_KEYS = {"name", "kind", "macs", "predicted_cycles", "cycles", "utilisation", "equal"}


def test_version(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (end.value.code, capsys.readouterr().out) == (0, f"siammixer {project['version']}\n")


def test_network_prints_totals(capsys):
    assert main(["network"]) == 0
    printed = capsys.readouterr().out
    network = find_network("siammixer")
    for operator in network.operators("search"):
        assert operator.name in printed
    assert f"{network.macs:,}" in printed
    assert f"{network.parameter_bytes:,} of 286,000 B" in printed and "of 196,000 B" in printed


@pytest.mark.parametrize("name", NETWORKS)
def test_network_json(name, capsys):
    assert main(["network", "--network", name, "--json"]) == 0
    found, network = json.loads(capsys.readouterr().out), find_network(name)
    assert found["parameter_bytes"] == sum(
        operator["weight_bytes"] + operator["constant_bytes"] for operator in found["operators"]
    )
    assert found["macs"] == sum(operator["macs"] for operator in found["operators"]) == network.macs
    assert found["feature_map_bytes"] == sum(item["bytes"] for item in found["memory"])
    assert [operator["name"] for operator in found["operators"]] == [
        operator.name for operator in network.operators("search")
    ]


def test_simulate_passes_on_what_was_asked(simulated, sequence, capsys):
    assert (
        main(
            [
                "simulate",
                "--network",
                "tiny",
                "--accelerator",
                "tiny",
                "--grid",
                "2x3",
                "--sequence",
                str(sequence),
                "--frame",
                "2",
            ]
        )
        == 1 - 1
    )
    (network, weights, accelerator, grid, template, search) = simulated.calls[0]
    assert (network, accelerator, grid) == (find_network("tiny"), find_accelerator("tiny"), Grid(2, 3))
    assert weights.network is network
    pair = take_pair(Clip(frames=3, width=160, height=120), network, 2)
    assert (template == pair.template).all() and (search == pair.search).all()


def test_simulate_prints_steps_totals_and_box(simulated, capsys):
    assert main(["simulate"]) == 0
    printed = capsys.readouterr().out
    for step in simulated.report.steps:
        assert re.search(rf"{re.escape(step.name)} .*{step.kind} .*{step.cycles:,}", printed)
    for kind, use in by_kind(
        simulated.report.network, "search", {step.name: step.cycles for step in simulated.report.steps}
    ).items():
        assert re.search(rf"{KINDS[kind]} .*{use.cycles:,} .*{use.utilisation(144):.1%}", printed)
    assert "150,000 of 196,000 B" in printed and "every tensor equals golden" in printed
    given = take_pair(Clip(), find_network("siammixer")).true_box
    assert "given: " + ", ".join(f"{value:.1f}" for value in given) in printed


def test_simulate_writes_the_report(simulated, out, capsys):
    assert main(["simulate", "--json", str(out / "r.json"), "--picture", str(out / "r.png")]) == 0
    found = json.loads((out / "r.json").read_text())
    assert found.keys() >= set(REPORT_KEYS)
    assert all(step.keys() == STEP_KEYS for step in found["steps"] + found["template_steps"])
    assert sum(kind["macs"] for kind in found["kinds"]) == find_network("siammixer").macs
    assert sum(kind["cycles"] for kind in found["kinds"]) == sum(step["cycles"] for step in found["steps"])
    assert (found["equal"], found["cycles"], found["fingerprint"]) == (
        True,
        simulated.report.cycles,
        "0123456789abcdef",
    )
    pair = take_pair(Clip(), find_network("siammixer"))
    assert found["box"] == list(pair.read(simulated.report.response).box)
    assert sorted(path.name for path in out.iterdir()) == ["r.json", "r.png"]
    assert cv2.imread(str(out / "r.png")).std() > 10


def test_simulate_takes_numpy_numbers(simulated, out):
    simulated.report.peak = tuple(np.int64(value) for value in simulated.report.peak)
    simulated.report.cycles, simulated.report.utilisation = np.int64(5), np.float32(0.5)
    simulated.report.steps[0].equal = np.bool_(True)
    assert main(["simulate", "--json", str(out / "r.json")]) == 0
    assert json.loads((out / "r.json").read_text())["cycles"] == 5


@pytest.mark.parametrize("suffix", ["svg", "pdf"])
def test_other_picture_formats(suffix, simulated, out):
    assert main(["simulate", "--picture", str(out / f"r.{suffix}")]) == 0
    assert (out / f"r.{suffix}").stat().st_size > 10_000


def test_a_mismatch_is_exit_status_1_and_reported(simulated, out, capsys):
    simulated.report.equal, simulated.report.mismatch = (
        False,
        "layer P1, row 1, column 2, channel 3: golden 4, rtl 5",
    )
    simulated.report.steps[0].equal = False
    assert main(["simulate", "--json", str(out / "r.json"), "--picture", str(out / "r.png")]) == 1
    assert simulated.report.mismatch in capsys.readouterr().out
    assert json.loads((out / "r.json").read_text())["mismatch"] == simulated.report.mismatch
    assert (out / "r.png").exists()


@pytest.mark.parametrize(
    ("error", "status"), [(InputError("layer E: too wide"), 2), (KeyboardInterrupt(), 130)]
)
def test_a_failed_run_keeps_the_files_that_were_there(error, status, simulated, out, capsys):
    (out / "r.json").write_text("old")
    simulated.error = error
    assert main(["simulate", "--json", str(out / "r.json"), "--picture", str(out / "r.png")]) == status
    assert [(path.name, path.read_text()) for path in out.iterdir()] == [("r.json", "old")]
    if status == 2:
        assert capsys.readouterr().err.endswith("siammixer: error: layer E: too wide\n")


def test_a_bug_is_not_taken_for_bad_input(simulated):
    simulated.error = ValueError("a bug")
    with pytest.raises(ValueError, match="a bug"):
        main(["simulate"])


def test_confirm_tiny(out, capsys):
    assert main(["confirm", "--network", "tiny", "--json", str(out / "r.json")]) == 0
    found = json.loads((out / "r.json").read_text())
    assert found["equal"] and {row["tensor"] for row in found["tensors"]} == {
        *find_network("tiny").tensors(),
        "template",
        "response",
    }
    assert f"{len(found['tensors'])} tensors" in capsys.readouterr().out


def test_a_difference_is_exit_status_1_and_located(monkeypatch, out, capsys):
    from siammixer.verify.onnx import compare

    row = compare.Row(
        branch="search",
        tensor="E",
        elements=9,
        onnxruntime=0,
        reference=2,
        first="E, row 1, column 0, channel 3: golden 1",
    )
    monkeypatch.setattr(compare, "confirm", lambda *_: [row])
    assert main(["confirm", "--network", "tiny", "--json", str(out / "r.json")]) == 1
    assert row.first in capsys.readouterr().out
    assert not json.loads((out / "r.json").read_text())["equal"]


def test_export_onnx(out, capsys):
    import onnx

    assert main(["export", "--network", "tiny", "--onnx", str(out / "tiny.onnx")]) == 0
    written = capsys.readouterr().out.split()
    assert sorted(written) == sorted(str(path) for path in out.iterdir()) and len(written) == 2
    for path in written:
        onnx.checker.check_model(onnx.load(path))


@pytest.mark.parametrize("target", ["--onnx", "--verilog", "--bundle", "--flash"])
def test_export_refuses_first(target, tmp_path, capsys):
    assert main(["export", target, str(tmp_path / "nowhere/x")]) == 2
    assert "nowhere/x: cannot be written" in capsys.readouterr().err


def test_export_bundle(out, capsys):
    names = ["--network", "tiny", "--accelerator", "tiny", "--bus", "stream", "--prefix", "eye"]
    assert main(["export", "--bundle", str(out / "ip"), *names]) == 0
    assert capsys.readouterr().out == f"{out / 'ip'}\n"
    assert "\nmodule eye (" in (out / "ip/rtl/eye.v").read_text()
    assert "`eye`" in (out / "ip/README.md").read_text() or "# eye" in (out / "ip/README.md").read_text()


def test_export_bundle_of_the_tracker(out, monkeypatch):
    """By default it is of the accelerator that is built with a camera, and has names of its own."""
    from siammixer.arch.accelerator import CAMERA_ACCELERATOR
    from siammixer.delivery import bundle
    from siammixer.delivery.tracker_job import TrackerJob

    jobs = []
    monkeypatch.setattr(bundle, "write_bundle", lambda job, path, progress: jobs.append(job))
    assert main(["export", "--bundle", str(out / "ip"), "--core", "tracker", "--bus", "axi"]) == 0
    names = ["--network", "tiny", "--accelerator", "tiny", "--prefix", "eye"]
    assert main(["export", "--bundle", str(out / "ip"), "--core", "tracker", *names]) == 0
    assert all(isinstance(job, TrackerJob) for job in jobs)
    assert [(job.network.name, job.accelerator.name, job.prefix) for job in jobs] == [
        ("siammixer", CAMERA_ACCELERATOR, "siammixer_tracker"),
        ("tiny", "tiny", "eye"),
    ]


def test_export_flash(out, capsys):
    """The image of this network, weights and grid, the same every time; and the command for it."""
    from siammixer.arch.accelerator import ACCELERATORS
    from siammixer.driver.flash_image import read_image

    names, path = ["--network", "tiny", "--accelerator", "tiny"], out / "an image.bin"
    assert main(["export", "--flash", str(path), *names]) == 0
    content = path.read_bytes()
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{path}: {len(content):,} bytes, for address 0x200000 of the flash"
    assert said[1].endswith(f": openFPGALoader -b ulx3s -f -o 0x200000 '{path}'")
    assert main(["export", "--flash", str(path), *names]) == 0 and path.read_bytes() == content
    assert read_image(content, ACCELERATORS["tiny"]).read == len(content)
    for other in (["--grid", "8x1"], ["--weights", "random"]):
        assert main(["export", "--flash", str(out / "b.bin"), *names, *other]) == 0
        assert (out / "b.bin").read_bytes() != content


def test_the_flash_of_the_tracker_behind_a_camera(out, capsys):
    """By default it is of the accelerator and the strips that are built with a camera; others are told."""
    from siammixer.arch.accelerator import ACCELERATORS, CAMERA_ACCELERATOR
    from siammixer.driver.flash_image import read_image

    path, tiny = out / "image.bin", ["--network", "tiny", "--accelerator", "tiny"]
    assert main(["export", "--flash", str(path), "--weights", "random"]) == 0
    assert capsys.readouterr().err == ""
    assert read_image(path.read_bytes(), ACCELERATORS[CAMERA_ACCELERATOR]).read == path.stat().st_size
    for grid, told in (([], True), (["--grid", "4x1"], True), (["--grid", "2x1"], False)):
        assert main(["export", "--flash", str(path), *tiny, *grid]) == 0
        assert ("needs --grid 2x1" in capsys.readouterr().err) == told


def test_export_flash_into_a_pipe(tmp_path):
    """Nothing but the image comes; the words about it are on standard error."""
    command = [sys.executable, "-m", "siammixer", "export", "--network", "tiny", "--accelerator", "tiny"]
    done = subprocess.run([*command, "--flash", "/dev/stdout"], capture_output=True, cwd=tmp_path, check=True)
    assert done.stdout.startswith(b"SMXF") and b"openFPGALoader" not in done.stdout
    assert f"{len(done.stdout):,} bytes".encode() in done.stderr


def test_export_verilog(out, capsys):
    assert main(["export", "--accelerator", "tiny", "--verilog", str(out / "tiny.v")]) == 0
    assert "\nmodule siammixer (" in (out / "tiny.v").read_text()


@pytest.mark.parametrize(
    ("package", "extra", "argv"),
    [
        ("onnx", "confirm", ["confirm", "--network", "tiny"]),
        ("onnxruntime", "confirm", ["export", "--onnx", "x.onnx"]),
        ("matplotlib", "plots", ["sweep", "--network", "tiny", "--grids", "1x4", "--picture", "x.png"]),
        ("amaranth", "hw", ["export", "--accelerator", "tiny", "--verilog", "x.v"]),
        ("cocotb_tools", "hw", ["simulate", "--network", "tiny", "--accelerator", "tiny"]),
        ("amaranth", "boards", ["build", "ulx3s-85f"]),
        ("onnx", "hw,confirm", ["fuzz"]),
        ("serial", "boards", ["track", "--engine", "board", "--port", "/dev/none"]),
    ],
)
def test_a_missing_optional_package_says_how_to_install_it(package, extra, argv, tmp_path):
    script = (
        f"import sys; sys.modules[{package!r}] = None; import siammixer.cli.main as cli; "
        f"sys.exit(cli.main({argv!r}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    message = f"this needs the package {package}; install it with: python -m pip install 'siammixer[{extra}]'"
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, f"siammixer: error: {message}")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "argv",
    [
        ["simulate", "--network", "tiny", "--accelerator", "tiny", "--picture", "x.png"],
        ["evaluate", "--dataset", "otb", "--root", ".", "--plots", "plots"],
    ],
    ids=["simulate", "evaluate"],
)
def test_a_picture_that_cannot_be_drawn_is_refused_before_the_work(argv, tmp_path):
    """The refusal is all that is said: progress would come first on standard error, results on the other."""
    write_folder(Clip(frames=2, width=160, height=120), tmp_path / "Cup")
    script = (
        "import sys; sys.modules['matplotlib'] = None; import siammixer.cli.main as cli; "
        f"sys.exit(cli.main({argv!r}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "needs the package matplotlib" in done.stderr


def test_another_missing_module_is_a_bug(monkeypatch):
    monkeypatch.setitem(sys.modules, "siammixer.sim.frame", None)
    with pytest.raises(ModuleNotFoundError):
        main(["simulate"])


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example_that_is_accepted(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    example = re.search(r"Example: siammixer (.*)", " ".join(capsys.readouterr().out.split())).group(1)
    assert _parser().parse_args(example.split()).command == command


def test_a_reader_that_stops_is_no_error():
    done = subprocess.run(
        f"{sys.executable} -m siammixer network --network tiny | head -1",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_every_key_is_documented(simulated, out, capsys):
    main(["simulate", "--json", str(out / "r.json")])
    main(["confirm", "--network", "tiny", "--json", str(out / "c.json")])
    documented = (ROOT / "docs/commands.md").read_text()
    main(["network", "--json"])
    printed = capsys.readouterr().out
    network = json.loads(printed[printed.index("{\n") :])
    for content in (
        network,
        json.loads((out / "r.json").read_text()),
        json.loads((out / "c.json").read_text()),
    ):
        for key in content:
            assert f"`{key}`" in documented, key


def test_files_get_ordinary_permissions(simulated, out):
    main(["simulate", "--json", str(out / "r.json")])
    (out / "plain").write_text("")
    assert (out / "r.json").stat().st_mode == (out / "plain").stat().st_mode


def test_the_stand_in_has_what_the_report_has(report):
    """The report these tests make up has no field that siammixer.sim.frame_report's lacks."""
    from dataclasses import fields

    frame = pytest.importorskip("siammixer.sim.frame_report")
    names = {name for name in dir(frame.FrameReport) if not name.startswith("_")} | {
        field.name for field in fields(frame.FrameReport)
    }
    assert vars(report).keys() <= names
    step_names = {field.name for field in fields(frame.StepReport)} | set(dir(frame.StepReport))
    assert vars(report.steps[0]).keys() <= step_names
    assert isinstance(report, SimpleNamespace)
