"""How busy the multipliers are, by kind of layer: useful MACs over multipliers x cycles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from siammixer.compiler.program import BranchProgram
from siammixer.ir.network import BRANCHES, Network
from siammixer.ir.operators import OPERATORS

KINDS = {operator.kind: operator.label for operator in OPERATORS if operator.label}
"""Kind of operator -> what tables call it. Steps that only move data count to the layer that they serve."""


@dataclass(frozen=True, kw_only=True)
class Use:
    """All layers of a kind: the network's own MACs (no recompute), and all cycles of their steps, halos and
    fills included.
    """

    macs: int
    cycles: int

    def utilisation(self, multipliers: int) -> float:
        return self.macs / (self.cycles * multipliers) if self.cycles else 0.0


def kind_of(network: Network, name: str) -> str:
    """The kind (of KINDS) of what a step serves.

    Parameters
    ----------
    name
        The step's: a layer, a part of one (``layer.part``), "template" or "response".
    """
    operators = {o.name: o for branch in BRANCHES for o in network.operators(branch)}
    for candidate in (name, f"{name}.branch", f"{name.rpartition('.')[0]}.branch"):
        operator = operators.get(candidate)
        if operator is not None and operator.counted_as:
            return operator.counted_as
    raise AssertionError(f"{name} is of no layer of {network.name}")


def by_kind(network: Network, branch: str, cycles: Mapping[str, int]) -> dict[str, Use]:
    """The kinds that the branch has steps of.

    Parameters
    ----------
    cycles
        By layer (siammixer.compiler.compile.BranchProgram.cycles_by_layer), all executions together.
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
    """:func:`by_kind` of the cycles that the schedule predicts."""
    return by_kind(plan.network, plan.branch, plan.cycles_by_layer)
