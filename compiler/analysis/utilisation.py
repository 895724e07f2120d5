"""Utilisation of the multipliers by kind of layer: useful MACs divided by multipliers x cycles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from siammixer.compiler.program import BranchProgram
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.operators import OPERATORS

KINDS = {operator.kind: operator.label for operator in OPERATORS if operator.label}
"""Kind of operator -> its name in tables. Steps that only move data count to the layer that they serve."""


@dataclass(frozen=True, kw_only=True)
class Use:
    """Multiply-accumulates and cycles of all layers of a kind.

    ``macs`` are the network's own, without recomputation. ``cycles`` are all cycles of the layers' steps,
    halos and fills included.
    """

    macs: int
    cycles: int

    def utilisation(self, multipliers: int) -> float:
        """Useful multiply-accumulates divided by multipliers x cycles; 0 without cycles."""
        return self.macs / (self.cycles * multipliers) if self.cycles else 0.0


def kind_of(network: Network, name: str) -> str:
    """The kind, a key of KINDS, of the layer that a step serves.

    Parameters
    ----------
    name
        Name of the step: a layer, a part of one (``layer.part``), "template" or "response".
    """
    operators = {o.name: o for branch in BRANCHES for o in network.operators(branch)}
    for candidate in (name, name.rpartition(".")[0]):
        operator = operators.get(candidate)
        if operator is not None and not operator.counted_as:
            operator = operators.get(operator.inputs[-1])  # an addition's step makes the branch that it adds
        if operator is not None and operator.counted_as:
            return operator.counted_as
    raise AssertionError(f"{name} is of no layer of {network.name}")


def by_kind(network: Network, branch: str, cycles: Mapping[str, int]) -> dict[str, Use]:
    """Multiply-accumulates and cycles of a branch, by the kinds of layers that it has steps of.

    Parameters
    ----------
    cycles
        Cycles by layer, as siammixer.compiler.program.BranchProgram.cycles_by_layer gives them.
    """
    spent = dict.fromkeys(KINDS, 0)
    for name, count in cycles.items():
        spent[kind_of(network, name)] += int(count)
    useful = {
        kind: sum(operator.macs for operator in network.operators(branch) if operator.kind == kind)
        for kind in KINDS
    }
    return {kind: Use(macs=useful[kind], cycles=count) for kind, count in spent.items() if count}


def predicted_by_kind(plan: BranchProgram) -> dict[str, Use]:
    """:func:`by_kind` of the predicted cycles."""
    return by_kind(plan.network, plan.branch, plan.cycles_by_layer)
