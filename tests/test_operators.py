"""Operators x back ends: every operator has an implementation in every back end that needs one."""

import pytest

from siammixer.arch.instruction import Kind
from siammixer.compiler.cycles import WORK
from siammixer.compiler.legalise import LIMITS
from siammixer.compiler.packing import PACKING
from siammixer.compiler.select.deep_stage import SELECT
from siammixer.compiler.select.patch_stage import PATCH_STEPS
from siammixer.golden.operators import IMPLEMENTATIONS
from siammixer.ir import operators
from siammixer.ir.operators import (
    OPERATORS,
    DenseConvolution,
    DepthwiseConvolution,
    Operator,
    PointwiseConvolution,
    RequantisedOperator,
    ResidualAdd,
)
from siammixer.training.model.operators import FUNCTIONS, MODULES
from siammixer.training.quantise.operators import ARITHMETIC
from siammixer.training.quantise.qat import UNWEIGHTED
from siammixer.verify.fuzz.coverage import SEEN
from siammixer.verify.onnx.export import NODES


def has_parameters(operator):
    return issubclass(operator, RequantisedOperator)


def anything(operator):
    return True


IN_PATCHES = {DenseConvolution, DepthwiseConvolution, PointwiseConvolution}
SELECTED = {operator for group in SELECT for operator in group}

# Back end -> its table, and which operators must be in it; no others may be.
BACK_ENDS = {
    "golden": (IMPLEMENTATIONS, anything),
    "float, with parameters": (MODULES, has_parameters),
    "float, without": (FUNCTIONS, lambda operator: not has_parameters(operator)),
    "training in integers, with parameters": (ARITHMETIC, has_parameters),
    "training in integers, without": (
        UNWEIGHTED,
        lambda operator: not has_parameters(operator) and not operator.accumulates,
    ),
    "ONNX": (NODES, anything),
    "limits": (LIMITS, anything),
    "packing": (PACKING, lambda operator: operator is not ResidualAdd),
    "steps of the patch stage": (PATCH_STEPS, lambda operator: operator in IN_PATCHES),
    "steps of the deep stage": (SELECTED, lambda operator: operator is not DenseConvolution),
    "fuzz": (SEEN, anything),
}


@pytest.mark.parametrize("back_end", BACK_ENDS)
@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.kind)
def test_every_operator_in_every_back_end(operator, back_end):
    table, needed = BACK_ENDS[back_end]
    assert (operator in table) == needed(operator), f"{back_end} lacks {operator.__name__}, or needs none"


@pytest.mark.parametrize("back_end", BACK_ENDS)
def test_no_back_end_has_an_operator_that_no_network_has(back_end):
    assert set(BACK_ENDS[back_end][0]) <= set(OPERATORS)


def test_the_list_of_operators_is_complete():
    """An operator is a class with a kind of its own."""
    found = {value for value in vars(operators).values() if isinstance(value, type)}
    assert {cls for cls in found if issubclass(cls, Operator) and "kind" in vars(cls)} == set(OPERATORS)
    assert len({cls.kind for cls in OPERATORS}) == len(OPERATORS)


def test_every_instruction_has_its_cycles():
    assert set(WORK) == set(Kind) - {Kind.LOOP}


def test_a_missing_cell_is_seen(monkeypatch):
    operator = OPERATORS[0]
    monkeypatch.delitem(NODES, operator)
    with pytest.raises(AssertionError, match=f"ONNX lacks {operator.__name__}"):
        test_every_operator_in_every_back_end(operator, "ONNX")
