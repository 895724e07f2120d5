"""A compiled network: the program of each branch, and the addresses of its weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from siammixer.arch.accelerator import FETCH_CYCLES, RESIDUALS, RUN_DONE_CYCLES, TAPS, Accelerator
from siammixer.arch.instruction import Kind, encode
from siammixer.compiler.weight_layout import WeightLayout
from siammixer.compiler.writes import WritePattern
from siammixer.ir.network import Network
from siammixer.ir.operators import Operator, ResidualAdd
from siammixer.ir.patches import Grid, patches
from siammixer.ir.weights import Weights


@dataclass(frozen=True, kw_only=True)
class Step:
    """One instruction of the program.

    Parameters
    ----------
    name
        Name of the tensor that it writes. A fused step has the names of both layers; a step that only
        transposes has the layer's name and ``.columns``.
    operators
        The operators that it computes: none for a step that only moves data, two for a fused step.
    fields
        The instruction (siammixer.arch.instruction.FIELDS).
    cycles
        Predicted cycles of one execution.
    fused_cycles
        Cycles added by the second layer of a fused step.
    executions
        Number of times that it runs: once, or once per patch.
    tensor
        Name of the tensor whose values it writes; None where it writes no feature maps.
    branch
        Name of the tensor before the addition, for a step with a residual.
    residual
        The addition whose shifts :func:`siammixer.compiler.compile.link` puts into the fields.
    writes
        The words that it writes.
    """

    name: str
    operators: tuple[Operator, ...]
    fields: Mapping[str, int]
    cycles: int
    fused_cycles: int = 0
    executions: int = 1
    tensor: str | None = None
    branch: str | None = None
    residual: ResidualAdd | None = None
    writes: WritePattern | None = None

    @property
    def kind(self) -> str:
        """The instruction's kind, in lower case."""
        return Kind(self.fields["kind"]).name.lower()

    @property
    def in_loop(self) -> bool:
        """Whether the step runs once per patch."""
        return any(operator.patch for operator in self.operators)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of its operators in all executions together, without recomputation."""
        return sum(operator.macs for operator in self.operators)

    def layers(self, cycles: int) -> dict[str, int]:
        """``cycles`` of all its executions, divided among the layers that the step computes."""
        if not self.fused_cycles:
            return {self.name: cycles}
        first, second = self.operators
        behind = self.fused_cycles * self.executions
        return {first.name: cycles - behind, second.name: behind}


@dataclass(frozen=True, kw_only=True)
class BranchProgram:
    """One branch of a network on an accelerator; made by :func:`siammixer.compiler.compile.compile_branch`.

    Parameters
    ----------
    steps
        The steps in the order of their instructions, which follow the loop instruction.
    loop
        Fields of the loop instruction, which repeats the patch stage and stands first.
    map_words
        Words of the feature-map memory that the branch uses.
    weight_layout
        Addresses of the weights, the same for both branches.
    """

    network: Network
    accelerator: Accelerator
    grid: Grid
    branch: str
    steps: tuple[Step, ...]
    loop: Mapping[str, int]
    map_words: int
    weight_layout: WeightLayout

    @cached_property
    def program(self) -> np.ndarray:
        """uint32 (words,): the program memory with the loop instruction and then those of the steps."""
        fields = (self.loop, *(step.fields for step in self.steps))
        return np.concatenate([encode(number, **values) for number, values in enumerate(fields)])

    @property
    def executions(self) -> list[tuple[int, int]]:
        """(index of the step, number of its execution) in order of time."""
        looped = [index for index, step in enumerate(self.steps) if step.in_loop]
        rest = [index for index, step in enumerate(self.steps) if not step.in_loop]
        turns = range(self.steps[0].executions)
        return [(index, turn) for turn in turns for index in looped] + [(index, 0) for index in rest]

    @property
    def predicted_cycles(self) -> int:
        """Cycles from ``start`` to ``done``."""
        return FETCH_CYCLES + sum(step.cycles * step.executions for step in self.steps) + RUN_DONE_CYCLES

    @property
    def least_cycles(self) -> int:
        """Cycles that a run takes whatever its pixels do: those of the steps that read no pixels."""
        deep = (step for step in self.steps if step.fields["kind"] != Kind.CONVOLUTION)
        return sum(step.cycles * step.executions for step in deep)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the branch, without recomputation."""
        return sum(operator.macs for operator in self.network.operators(self.branch))

    @property
    def utilisation(self) -> float:
        """Useful multiply-accumulates divided by multipliers x cycles."""
        return self.macs / (self.predicted_cycles * self.accelerator.multipliers)

    @property
    def cycles_by_step(self) -> dict[str, int]:
        """Cycles of all executions of each step, by its name, in the order of first execution."""
        cycles: dict[str, int] = {}
        for step in self.steps:
            cycles[step.name] = cycles.get(step.name, 0) + step.cycles * step.executions
        return cycles

    @property
    def cycles_by_layer(self) -> dict[str, int]:
        """Cycles by layer: as :attr:`cycles_by_step`, with those of a fused step divided between its
        layers.
        """
        cycles: dict[str, int] = {}
        for step in self.steps:
            for name, count in step.layers(step.cycles * step.executions).items():
                cycles[name] = cycles.get(name, 0) + count
        return cycles

    @property
    def response_cells(self) -> int:
        """Number of response cells that a run makes: 0 where the branch has no response."""
        return sum(prod(operator.out_shape) for operator in self.network.responses(self.branch))

    def pixels(self, image: np.ndarray) -> np.ndarray:
        """uint8 (n, 3): the pixel stream of a crop uint8 (side, side, 3), patch after patch."""
        cut = patches(self.network, self.branch, self.grid)
        return np.concatenate([image[patch.regions["image"].window].reshape(-1, 3) for patch in cut])

    def weight_memory(self, weights: Weights) -> np.ndarray:
        """INT8 (lanes, words, TAPS): :meth:`siammixer.compiler.weight_layout.WeightLayout.memory`."""
        return self.weight_layout.memory(weights)

    @property
    def memory(self) -> list[tuple[str, int]]:
        """(item, bytes) of every memory of the accelerator that holds feature maps."""
        a = self.accelerator
        return [
            ("feature-map memory (maps, patch tiles, hidden blocks)", a.map_words * a.lanes),
            ("line buffers of the lanes", 2 * (a.line_width + a.line_width_5) * a.lanes),
            ("5 x 5 windows of the lanes", 25 * a.lanes),
            ("pixel line buffers", 2 * 3 * a.pixel_width),
            ("pixel windows", 3 * TAPS * a.pixel_windows),
            ("template (in the weight memory)", self.weight_layout.template_words * TAPS * a.lanes),
            ("response, INT32", 4 * a.response_words),
            ("transposer, gearbox, residual words", (a.lanes + 2 + RESIDUALS) * a.lanes),
        ]

    @property
    def feature_map_bytes(self) -> int:
        """Bytes of all memories that hold feature maps: the sum of :attr:`memory`."""
        return sum(size for _, size in self.memory)


@dataclass(frozen=True, kw_only=True)
class Program:
    """Both branches of a network on an accelerator; made by
    :func:`siammixer.compiler.compile.compile_network`.
    """

    branches: Mapping[str, BranchProgram]

    def __getitem__(self, branch: str) -> BranchProgram:
        """The program of "template" or "search"."""
        return self.branches[branch]

    def __iter__(self) -> Iterator[str]:
        """The names of the branches, in the order in which they run."""
        return iter(self.branches)

    @cached_property
    def resident(self) -> bool:
        """Whether the program memory has room for the programs of all branches at once."""
        words = sum(len(one.program) for one in self.branches.values())
        return words <= self.accelerator.program_words

    @cached_property
    def entries(self) -> Mapping[str, int]:
        """The place of each branch's first word in the program memory: one program behind the other where
        they are :attr:`resident`, else all at its begin.
        """
        entries, place = {}, 0
        for branch, one in self.branches.items():
            entries[branch] = place
            place += len(one.program) if self.resident else 0
        return entries

    @property
    def network(self) -> Network:
        """The network that the program runs."""
        return self["search"].network

    @property
    def accelerator(self) -> Accelerator:
        """The accelerator that the program runs on."""
        return self["search"].accelerator

    @property
    def grid(self) -> Grid:
        """The patch grid of the shallow stage."""
        return self["search"].grid

    @property
    def weight_layout(self) -> WeightLayout:
        """Addresses of the weights, the same for both branches."""
        return self["search"].weight_layout

    def weight_memory(self, weights: Weights) -> np.ndarray:
        """INT8 (lanes, words, TAPS): :meth:`siammixer.compiler.weight_layout.WeightLayout.memory`."""
        return self.weight_layout.memory(weights)
