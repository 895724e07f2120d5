"""The API reference builds from the docstrings of every module, without a warning."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    for package in ("pdoc", "amaranth", "torch", "onnx", "amaranth_boards"):
        pytest.importorskip(package, reason="needs the extra all")
    folder = tmp_path_factory.mktemp("reference")
    command = [sys.executable, ROOT / "docs/reference/build.py", folder]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    return folder


def test_every_room_has_its_pages(reference):
    for path in (path for room in ROOT.glob("*/__init__.py") for path in room.parent.rglob("*.py")):
        module = path.relative_to(ROOT).with_suffix("")
        if module.parts[0] not in ("api", "tests") and not module.name.startswith("__"):
            assert (reference / "siammixer" / module.with_suffix(".html")).exists(), module


def test_contracts_are_rendered(reference):
    """A section of a NumPy-style docstring becomes a heading, a reference a link."""
    page = (reference / "siammixer/ir/weights.html").read_text()
    assert "Raises</h6>" in page and "----------" not in page and ":class:" not in page
