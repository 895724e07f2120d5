"""How busy the multipliers are, by kind of layer: useful MACs over multipliers x cycles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from siammixer.compiler.program import BranchProgram
from siammixer.ir.layers import ChannelMLP, Convolution, Depthwise, Pointwise, TokenMLP
from siammixer.ir.network import Network

# Kinds of operators -> what tables call them. Steps that only move data count to the layer that they serve.
KINDS = {
    "convolution": "convolution of the pixels",
    "depthwise": "depthwise",
    "pointwise": "pointwise and channel MLP",
    "token": "token MLP, transposition included",
    "correlation": "correlation",
}
_KIND_OF_LAYER = {
    Convolution: "convolution",
    Depthwise: "depthwise",
    Pointwise: "pointwise",
    ChannelMLP: "pointwise",
    TokenMLP: "token",
}


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
    """The kind (of KINDS) of what a step or a part of it serves: a layer, one of its parts (``layer.part``),
    "template" or "response".
    """
    for layer in network.layers:
        if name == layer.name or name.startswith(f"{layer.name}."):
            return _KIND_OF_LAYER[type(layer)]
    assert name in ("template", "response"), f"{name} is of no layer of {network.name}"
    return "correlation"


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
