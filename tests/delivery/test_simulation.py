"""The bundle as its user runs it: make with Icarus or Verilator, and faults that must be told."""

import re
import shutil
import subprocess

import pytest

from siammixer.delivery.bundle import write_bundle
from siammixer.sim.verilator import verilator

icarus = pytest.mark.skipif(
    shutil.which("iverilog") is None, reason="needs Icarus Verilog: apt-get install iverilog"
)


@icarus
def test_icarus_passes(axi, make):
    status, said = make(axi)
    assert status == 0 and "\nPASSED\n" in said, said
    assert "response: 125 of 125 cells are equal" in said
    assert re.search(r"^cycle 50000: (template|search) run$", said, re.MULTILINE), said
    assert make(axi, "check")[0] == 0
    assert make(axi, "clean")[0] == 0 and not (axi / "build").exists()


FAULTS = {
    # A weight of the last layer.
    "images/weights.hex": (
        (142, 8),
        [
            r"images/weights\.hex is not what was exported: checksum",
            r"response: channel \d, row \d, column \d: expected -?\d+, found -?\d+",
            r"response: \d+ of 125 cells differ",
        ],
    ),
    "images/template_program.hex": (
        (20, 1),
        [
            r"images/template_program\.hex is not what was exported",
            r"template run: the core reports error 6 in step \d+:\n  an instruction does not match its check",
        ],
    ),
    "images/template_pixels.hex": (
        lambda lines: [*lines[:100], *lines[101:]],
        [
            r"images/template_pixels\.hex is not what was exported",
            r"template run: the core reports error 4 in step \d+:\n  the pixel stream was marked as ended",
        ],
    ),
}


@icarus
def test_faults_are_told(alone, make, faulty):
    assert make(alone, "build/icarus.vvp")[0] == 0
    for name, (fault, expected) in FAULTS.items():
        file = alone / name
        right = file.read_text()
        file.write_text("\n".join(faulty(right.split("\n"), fault)))
        status, said = make(alone)
        assert status != 0 and re.search(r"^FAILED: \d of the checks", said, re.MULTILINE), said
        for line in expected:
            assert re.search(line, said), f"{line} in {said}"
        assert make(alone, "check")[0] != 0
        file.write_text(right)
    assert make(alone)[0] == 0


@icarus
def test_two_cores_side_by_side(axi, alone, tmp_path):
    files = [
        str(path)
        for folder in (axi, alone)
        for path in (*folder.glob("rtl/*.v"), *folder.glob("instantiate/*.v"))
    ]
    tops = ["-s", "siammixer_instance", "-s", "eye_instance"]
    command = ["iverilog", "-g2001", "-Wall", "-o", str(tmp_path / "both"), *tops, *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")


def test_lint(axi, alone, new_job, tmp_path, make):
    traced = write_bundle(new_job(trace=True), tmp_path / "traced")
    for folder in (axi, alone, traced):
        status, said = make(folder, "lint", f"VERILATOR={verilator()}")
        assert status == 0 and "%Warning" not in said, said


@pytest.mark.parametrize("bundle", ["axi", "alone"])
def test_verilator_passes(bundle, request, make):
    options = (f"VERILATOR={verilator()}", "VERILATOR_FLAGS=-O1 -CFLAGS -O0", "JOBS=1")
    status, said = make(request.getfixturevalue(bundle), "verilator", *options)
    assert status == 0 and "\nPASSED\n" in said and "%Warning" not in said, said
