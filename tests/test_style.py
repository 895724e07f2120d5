"""Sizes that one sitting can hold, and docstrings that begin with what they describe."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILE_LINES, FUNCTION_LINES, CLASS_LINES = 350, 60, 250
# Tables: rows of data, no logic.
TABLES = {"verify/mutation/catalogue.py"}
# A docstring that begins so says "Of a step: its cycles" where "Cycles of a step." would do.
NO_BEGINNINGS = ("Of ", "Where ", "What ")

ROOMS = [path.parent.name for path in ROOT.glob("*/__init__.py")]
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in SOURCES]
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def long_parts(tree):
    """Functions and classes that are too long, with their lengths."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            limit = CLASS_LINES if isinstance(node, ast.ClassDef) else FUNCTION_LINES
            length = node.end_lineno - node.lineno + 1
            if length > limit:
                yield f"{node.name}: {length} lines, at most {limit}"


def described(tree):
    """Everything that can have a docstring, with it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield getattr(node, "name", "the module"), ast.get_docstring(node) or ""


def test_there_are_sources():
    assert {"ir", "arch", "compiler", "golden", "rtl"} <= set(ROOMS) and len(SOURCES) > 150


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_sizes(path):
    text = path.read_text()
    if str(path.relative_to(ROOT)) not in TABLES:
        assert text.count("\n") <= FILE_LINES
    assert list(long_parts(ast.parse(text))) == []


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_docstrings_begin_with_a_subject(path):
    found = [name for name, text in described(ast.parse(path.read_text())) if text.startswith(NO_BEGINNINGS)]
    assert found == []


def test_what_is_too_long_is_seen():
    body = "\n".join(f"    a{n} = {n}" for n in range(FUNCTION_LINES))
    assert list(long_parts(ast.parse(f"def f():\n{body}")))
    assert [name for name, text in described(ast.parse('def f():\n    """Of it."""')) if text] == ["f"]
