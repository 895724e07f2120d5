"""``import siammixer``: the names it gives, and what it does not load."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import siammixer


@pytest.mark.parametrize("name", sorted(set(siammixer.__all__) - {"__version__"}))
def test_a_public_name_is_what_its_module_defines(name):
    if siammixer._HOMES[name].partition(".")[0] in ("rtl", "sim"):
        pytest.importorskip("amaranth", reason="needs the extra hw")
    value = getattr(siammixer, name)
    assert value is getattr(import_module(f"siammixer.{siammixer._HOMES[name]}"), name)
    assert value.__module__ == f"siammixer.{siammixer._HOMES[name]}", "given by the module that defines it"
    assert name in dir(siammixer)


def test_the_lists_agree():
    """Type checkers see the names that are loaded late, and those are the promised ones."""
    tree = ast.parse(Path(siammixer.__file__).read_text())
    checked = {
        alias.name: node.module.removeprefix("siammixer.")
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        for alias in node.names
    }
    assert checked == siammixer._HOMES
    assert siammixer.__all__ == sorted([*siammixer._HOMES, "__version__"])


def test_an_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="module 'siammixer' has no attribute 'Trakker'"):
        siammixer.Trakker  # noqa: B018


def test_the_import_alone_loads_nothing_heavy():
    script = (
        "import sys, siammixer; print([m for m in ('numpy', 'cv2', 'amaranth', 'torch') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "[]\n"
