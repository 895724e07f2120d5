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
# What Amaranth and PyTorch call: their documentation says when, and the class's docstring what then happens.
FRAMEWORKS = {"elaborate", "forward", "get_extra_state", "set_extra_state"}

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


def public(node, owner=""):
    """The public classes and functions of a module or class, with their names as ``Class.method``."""
    for child in node.body:
        named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if named and not child.name.startswith("_"):
            yield owner + child.name, child
            if isinstance(child, ast.ClassDef):
                yield from public(child, f"{child.name}.")


def declared(trees):
    """Class -> the methods that its docstrings describe, and the classes it derives from, by their names."""
    found = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                methods, bases = found.setdefault(node.name, (set(), set()))
                methods |= {name for name, method in public(node) if ast.get_docstring(method)}
                bases |= {base.id for base in node.bases if isinstance(base, ast.Name)}
    return found


def inherits(contracts, owner, method):
    methods, bases = contracts.get(owner, ((), ()))
    return method in methods or any(inherits(contracts, base, method) for base in bases)


def undescribed(tree, contracts):
    """Public names without a docstring of their own, a framework's, or that of a class they derive from."""
    for name, node in public(tree):
        owner, _, method = name.rpartition(".")
        overload = any(getattr(mark, "id", "") == "overload" for mark in node.decorator_list)
        if not (
            ast.get_docstring(node) or overload or method in FRAMEWORKS or inherits(contracts, owner, method)
        ):
            yield name


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


@pytest.fixture(scope="module")
def contracts():
    return declared(ast.parse(path.read_text()) for path in SOURCES)


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_public_names_have_docstrings(path, contracts):
    tree = ast.parse(path.read_text())
    assert list(undescribed(tree, contracts)) == [] and ast.get_docstring(tree)


def test_a_missing_docstring_is_seen():
    tree = ast.parse(
        'class Line(Protocol):\n    def read(self):\n        """Reads."""\n'
        "class Serial(Line):\n    def read(self): ...\n    def write(self): ...\n    def _send(self): ...\n"
        "    def elaborate(self): ...\n"
        "@overload\ndef f(a): ...\ndef g(): ..."
    )
    assert list(undescribed(tree, declared([tree]))) == ["Line", "Serial", "Serial.write", "g"]


def test_what_is_too_long_is_seen():
    body = "\n".join(f"    a{n} = {n}" for n in range(FUNCTION_LINES))
    assert list(long_parts(ast.parse(f"def f():\n{body}")))
    assert [name for name, text in described(ast.parse('def f():\n    """Of it."""')) if text] == ["f"]
