"""Nothing outside ir/ and the tables of the back ends asks an operator for its class.

A question for a class gives an operator that nobody thought of a silent answer; a table complains of it.
"""

import ast
from pathlib import Path

import pytest

from siammixer.ir import operators
from siammixer.ir.operators import Operator

ROOT = Path(__file__).resolve().parents[1]
ROOMS = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
SOURCES = sorted(path for room in ROOMS if room != "ir" for path in (ROOT / room).rglob("*.py"))
CLASSES = {
    name for name, value in vars(operators).items() if isinstance(value, type) and issubclass(value, Operator)
}


def names_in(node, known):
    """Whether an expression names one of ``known``, alone or as an attribute of a module."""
    names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return bool(known & (names | {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}))


def known_in(tree):
    """The names of operator classes in a module, and of what collects them: ``X = A, B`` or ``X = A | B``."""
    known = set(CLASSES)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "siammixer.ir.operators":
            known |= {alias.asname for alias in node.names if alias.name in CLASSES and alias.asname}
    for node in tree.body:
        collected = ast.Tuple | ast.List | ast.Set | ast.BinOp | ast.Name
        if isinstance(node, ast.Assign) and isinstance(node.value, collected) and names_in(node.value, known):
            known |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return known


def asked(tree):
    """Lines that decide by an operator's class.

    They have ``isinstance``, ``issubclass``, a comparison, a ``case``, or a mapping from classes that is no
    table. An assertion decides nothing: it says what a table has made sure of.
    """
    known = known_in(tree)
    passed = set()
    for node in ast.walk(tree):
        table = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Table"
        if table or isinstance(node, ast.Assert):
            passed |= {id(one) for one in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in passed:
            continue
        match node:
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, classes]):
                found = names_in(classes, known)
            case ast.Compare(left=left, comparators=others):
                found = any(names_in(one, known) for one in (left, *others))
            case ast.MatchClass(cls=classes):
                found = names_in(classes, known)
            case ast.Dict(keys=classes):
                found = any(names_in(one, known) for one in classes if one is not None)
            case _:
                continue
        if found:
            yield node.lineno if hasattr(node, "lineno") else node.cls.lineno


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_class_is_asked_for(path):
    found = list(asked(ast.parse(path.read_text())))
    assert found == [], f"lines {found}: use a table or a property of the operator"


@pytest.mark.parametrize(
    "line",
    [
        "isinstance(operator, ResidualAdd)",
        "x = [o for o in all if isinstance(o, TemplateCut | Correlation)]",
        "if not isinstance(a, int) and isinstance(b, (int, KernelOperator)): pass",
        "issubclass(cls, operators.RequantisedOperator)",
        "if type(operator) is TokenMixing: pass",
        "if type(operator) in (TokenMixing, ResidualAdd): pass",
        "if kind != DepthwiseCorrelation.kind: pass",
        "match operator:\n    case ResidualAdd(): pass",
        "FREE = (DenseConvolution, PointwiseConvolution)\ndef f(o): return isinstance(o, FREE)",
        "from siammixer.ir.operators import ResidualAdd as Add\nisinstance(o, Add)",
        "NODES = {ResidualAdd: 1}",
    ],
)
def test_what_asks_is_seen(line):
    assert list(asked(ast.parse(line))) != []


@pytest.mark.parametrize(
    "line",
    [
        "isinstance(operator, int)",
        "assert isinstance(operator, ResidualAdd)",
        "NODES = Table('nodes', {ResidualAdd: 1})",
        "def f(operator: ResidualAdd | None): return operator.result is Result.ALIGNED",
        "match layer:\n    case Depthwise(): pass",
        "NODES[type(operator)]",
    ],
)
def test_what_may_be_said_is_not(line):
    assert list(asked(ast.parse(line))) == []
