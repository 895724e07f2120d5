"""Operators x back ends: every operator has an implementation in every back end that needs one."""

import ast
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.instruction import Kind
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.cycles import WORK
from siammixer.compiler.fuse import FUSING
from siammixer.compiler.legalise import LIMITS, Stage
from siammixer.compiler.packing import PACKING
from siammixer.compiler.select.deep_stage import SELECT
from siammixer.compiler.select.patch_stage import PATCH_STEPS
from siammixer.golden.memory import IN_PLACE, measure
from siammixer.golden.operators import IMPLEMENTATIONS
from siammixer.golden.random_weights import DRAW, random_image, random_weights
from siammixer.ir import operators
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.ir.operators import (
    OPERATORS,
    AlignedOperator,
    CentrePointwise,
    DenseConvolution,
    DepthwiseCorrelation,
    Operator,
    RequantisedOperator,
    ResidualAdd,
)
from siammixer.ir.result import Result
from siammixer.ir.table import Table
from siammixer.training.model.operators import FUNCTIONS, MODULES
from siammixer.training.quantise.bias_correction import CORRECT
from siammixer.training.quantise.equalise import DIVIDE
from siammixer.training.quantise.operators import ARITHMETIC
from siammixer.training.quantise.qat import UNWEIGHTED
from siammixer.training.quantise.quantise import SETTLE
from siammixer.verify.fuzz.coverage import SEEN
from siammixer.verify.fuzz.value_bins import VALUES
from siammixer.verify.fuzz.weights import CHOOSE
from siammixer.verify.onnx.export import NODES

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(path for room in ROOT.glob("*/__init__.py") for path in room.parent.rglob("*.py"))


def has_parameters(operator):
    return issubclass(operator, RequantisedOperator)


def anything(operator):
    return True


def in_patches(operator):
    return LIMITS[operator].stages != {Stage.DEEP}


def behind_patches(operator):
    return Stage.DEEP in LIMITS[operator].stages


# Back end -> its table, and which operators must be in it; no others may be.
BACK_ENDS = {
    "golden": (IMPLEMENTATIONS, anything),
    "golden in place": (IN_PLACE, lambda operator: operator is not DenseConvolution),
    "float, with parameters": (MODULES, has_parameters),
    "float, without": (FUNCTIONS, lambda operator: not has_parameters(operator)),
    "training in integers, with parameters": (ARITHMETIC, has_parameters),
    "training in integers, without": (
        UNWEIGHTED,
        lambda operator: not has_parameters(operator) and operator.result is not Result.ACCUMULATED,
    ),
    "ONNX": (NODES, anything),
    "limits": (LIMITS, anything),
    "packing": (PACKING, lambda operator: operator is not ResidualAdd),
    "fusing": (FUSING, in_patches),
    "steps of the patch stage": (PATCH_STEPS, in_patches),
    "steps of the deep stage": (SELECT, behind_patches),
    "fuzz": (SEEN, anything),
    "equalisation": (DIVIDE, lambda operator: operator in (DepthwiseCorrelation, CentrePointwise)),
}

# Back end that asks only how a result comes about -> its table, and the results that it cannot meet.
RESULTS = {
    "random weights": (DRAW, {Result.COPIED}),  # no search branch has a copy
    "exponents of training": (SETTLE, {Result.COPIED}),
    "extreme exponents": (CHOOSE, {Result.COPIED}),
    "bias correction": (CORRECT, {Result.COPIED, Result.ACCUMULATED}),  # nor is the response before it
    "bins of values": (VALUES, set()),
}


def keys(table):
    """The operator classes in a table, whose keys are classes or groups of them."""
    return {one for key in table for one in (key if isinstance(key, tuple) else (key,))}


@pytest.mark.parametrize("back_end", BACK_ENDS)
@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.kind)
def test_every_operator_in_every_back_end(operator, back_end):
    table, needed = BACK_ENDS[back_end]
    assert (operator in keys(table)) == needed(operator), (
        f"{back_end} lacks {operator.__name__}, or needs none"
    )


@pytest.mark.parametrize("back_end", RESULTS)
@pytest.mark.parametrize("result", Result, ids=lambda result: result.value)
def test_every_result_in_every_back_end(result, back_end):
    table, never = RESULTS[back_end]
    assert (result in table) == (result not in never), f"{back_end} lacks {result}, or needs none"


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_no_back_end_has_an_operator_that_no_network_has(back_end):
    assert keys(BACK_ENDS[back_end][0]) <= set(OPERATORS)


def test_the_list_of_operators_is_complete():
    """An operator is a class with a kind of its own."""
    found = {value for value in vars(operators).values() if isinstance(value, type)}
    assert {cls for cls in found if issubclass(cls, Operator) and "kind" in vars(cls)} == set(OPERATORS)
    assert len({cls.kind for cls in OPERATORS}) == len(OPERATORS)


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.kind)
def test_a_result_and_its_base_class_belong_together(operator):
    assert (operator.result is Result.REQUANTISED) == issubclass(operator, RequantisedOperator)
    assert (operator.result is Result.ALIGNED) == issubclass(operator, AlignedOperator)


def test_every_instruction_has_its_cycles():
    assert set(WORK) == set(Kind) - {Kind.LOOP}


def test_a_missing_cell_is_seen(monkeypatch):
    operator = OPERATORS[0]
    monkeypatch.delitem(NODES, operator)
    with pytest.raises(AssertionError, match=f"ONNX lacks {operator.__name__}"):
        test_every_operator_in_every_back_end(operator, "ONNX")


def tables_of(tree):
    """Names of a module's tables."""
    for node in tree.body:
        value = getattr(node, "value", None)
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "Table":
            (target,) = node.targets if isinstance(node, ast.Assign) else (node.target,)
            yield target.id


def test_every_table_is_walked():
    found = [name for path in SOURCES for name in tables_of(ast.parse(path.read_text()))]
    walked = [table for table, _ in (*BACK_ENDS.values(), *RESULTS.values())]
    assert all(isinstance(table, Table) for table in walked)
    names = [name for name, value in globals().items() if any(value is table for table in walked)]
    assert sorted(found) == sorted(names) and len(names) == len(walked)


@dataclass(frozen=True, kw_only=True)
class Added(Operator):
    """An operator that no back end knows."""

    kind: ClassVar[str] = "added"
    result: ClassVar[Result] = Result.COPIED


def with_added(operator):
    """The tiny network, whose embedding the unknown operator makes."""
    network = replace(find_network("tiny"), name="added")
    shape = network.operators("template")[-1].in_shape
    added = operator(name="added", inputs=(network.embedding,), in_shape=shape, out_shape=shape)
    *before, last = network.groups("template")
    groups = (*before, (added,), last)
    network.__dict__["_groups"] = {"template": groups, "search": network.groups("search")}
    del network.__dict__["_operators"]
    return network


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_an_operator_without_an_entry_fails_by_name(back_end):
    table, _ = BACK_ENDS[back_end]
    key = (Added,) if isinstance(next(iter(table)), tuple) else Added
    with pytest.raises(NotImplementedError, match=f"{table.name} has no entry for Added$"):
        table[key]


def test_the_compiler_takes_no_place_for_granted(monkeypatch):
    """An operator with every entry but that of its steps is refused before any map is placed."""
    network, tiny = with_added(Added), find_accelerator("tiny")
    with pytest.raises(NotImplementedError, match=r"limits of the accelerator has no entry for Added"):
        compile_branch(network, tiny, branch="template")
    monkeypatch.setitem(LIMITS, Added, LIMITS[ResidualAdd])
    monkeypatch.setattr("siammixer.compiler.compile.select_deep_stage", None)  # allocation comes before it
    with pytest.raises(InputError, match=r"layer added: it has no steps for added$"):
        compile_branch(network, tiny, branch="template")


def test_a_layer_that_cannot_run_in_place_is_refused():
    network = with_added(Added)
    weights, crop = random_weights(network, 1), random_image(network.template_side, 2)
    with pytest.raises(InputError, match=r"layer added: \['added'\] cannot run in place"):
        measure(network, weights, crop, "template")


def test_an_operator_must_say_how_its_result_comes_about():
    with pytest.raises(TypeError, match="operator Silent must have a result, one of"):
        type("Silent", (Operator,), {"kind": "silent"})
