"""Measures the feature-map memory of a branch, which runs inside one pool of bytes.

Every map, tile and scratch row lies in the pool. An operator reads its input there and writes its result
there, so a buffer that was released too early would change the bits. The highest address that was used is the
paper's figure. The pool holds at the same time

* in the patch stage: the map that the patches fill, and two tiles, an operator's input and its result;
* in the deep stage: one map, which every layer overwrites in place. A depthwise layer runs row by row. A
  pointwise layer runs 16 tokens at a time, from the last token where the map grows, with hidden tokens in
  scratch. Token mixing runs 16 channels at a time;
* the template in the whole search branch, and the response at its end.

The crop lies in the frame store and does not count. The pixels of a patch are copied to a tile, which counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import prod

import numpy as np

from siammixer.golden.accumulator import require
from siammixer.golden.network import execute, pixels, weighted
from siammixer.golden.operators.residual import add, centre
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.operator import Shape
from siammixer.ir.operators import (
    CentrePointwise,
    Correlation,
    DepthwiseConvolution,
    DepthwiseCorrelation,
    MapReadout,
    Operator,
    PointwiseConvolution,
    ResidualAdd,
    TemplateCut,
    TokenMixing,
)
from siammixer.ir.patches import Grid, patches
from siammixer.ir.regions import Region
from siammixer.ir.table import Table
from siammixer.ir.weights import Weights

BLOCK = 16
_CAPACITY = 1 << 21


@dataclass
class Pool:
    """A memory of bytes that gives out the lowest free address; ``peak`` is the end of the highest byte ever
    used.
    """

    memory: np.ndarray = field(default_factory=lambda: np.zeros(_CAPACITY, np.int8))
    blocks: dict[int, int] = field(default_factory=dict)
    peak: int = 0

    def allocate(self, size: int) -> int:
        """Address of ``size`` free bytes. They are filled with a pattern, so that nobody can rely on their
        value.
        """
        ends = [0, *sorted(start + length for start, length in self.blocks.items())]
        address = next(end for end in ends if self._free(end, size))
        self.memory[address : address + size] = 85
        return self._hold(address, size)

    def resize(self, address: int, size: int) -> None:
        """Changes the size of the buffer at ``address`` to ``size`` bytes; its bytes stay."""
        del self.blocks[address]
        assert self._free(address, size), "a map must not grow into another buffer"
        self._hold(address, size)

    def free(self, address: int) -> None:
        """Releases the buffer at ``address``."""
        del self.blocks[address]

    def view(self, address: int, shape: Shape) -> np.ndarray:
        """INT8 array of ``shape`` that shares the bytes from ``address`` on."""
        assert prod(shape) <= self.blocks[address], "a view must lie in its buffer"
        return self.memory[address : address + prod(shape)].reshape(shape)

    def store(self, array: np.ndarray) -> tuple[int, np.ndarray]:
        """(address, view) of a new buffer that holds ``array``."""
        address = self.allocate(array.nbytes)
        view = self.view(address, array.view(np.int8).shape)
        view[:] = array.view(np.int8)
        return address, view

    def _free(self, address: int, size: int) -> bool:
        return address + size <= len(self.memory) and all(
            address + size <= s or s + n <= address for s, n in self.blocks.items()
        )

    def _hold(self, address: int, size: int) -> int:
        self.blocks[address] = size
        self.peak = max(self.peak, address + size)
        return address


@dataclass(frozen=True)
class Measured:
    """Result of :func:`measure`: the tensors that the pool held, and the most bytes that were in use.

    ``layers`` gives the bytes of each layer alone, and "patches" those of the whole patch stage.
    """

    tensors: dict[str, np.ndarray]
    peak: int
    layers: dict[str, int]


def measure(
    network: Network,
    weights: Weights,
    image: np.ndarray,
    branch: str,
    template: np.ndarray | None = None,
    grid: Grid | None = None,
) -> Measured:
    """Runs a branch in a pool, with the parameters of :func:`siammixer.golden.network.run`.

    Without a ``grid`` the whole image is one patch.

    Raises
    ------
    InputError
        The template is missing or wrong, the network has no patch layers, or a layer cannot run in place.
    """
    machine = _Machine(network, weights, branch)
    if branch == "search":
        given = require(template, "template", np.int8, network.template_shape)
        _, machine.template = machine.pool.store(given)
    machine.patch_stage(pixels(image), grid or Grid(1, 1))
    for operators in network.groups(branch):
        if not operators[0].patch:
            machine.layer(operators)
            machine.mark(operators[-1].name)
    return Measured(machine.tensors, max(machine.layers.values()), machine.layers)


class _Machine:
    """The pool, the map of the deep stage in it (``map`` at ``address``), and copies of all tensors."""

    def __init__(self, network: Network, weights: Weights, branch: str):
        self.network, self.weights, self.branch = network, weights, branch
        self.pool = Pool()
        self.layers: dict[str, int] = {}
        self.template = np.zeros(0)
        # Copies for the caller, outside the pool.
        self.tensors: dict[str, np.ndarray] = {
            name: np.zeros(shape, np.int8) for name, shape in network.tensors(branch).items()
        }

    def mark(self, layer: str) -> None:
        """Notes the most bytes in use since the last mark."""
        self.layers[layer] = self.pool.peak
        self.pool.peak = max(start + size for start, size in self.pool.blocks.items())

    def patch_stage(self, image: np.ndarray, grid: Grid) -> None:
        """Runs the patch stage, which leaves its result as the deep map; ``image`` is INT8."""
        operators = [operator for operator in self.network.operators(self.branch) if operator.patch]
        if not operators:
            raise InputError(f"network {self.network.name} must have patch layers to measure its memory")
        self.tensors["image"][:] = image
        shape = operators[-1].out_shape
        self.address = self.pool.allocate(prod(shape))
        self.map = self.pool.view(self.address, shape)
        for patch in patches(self.network, self.branch, grid):
            address, tile = self.pool.store(image[patch.regions["image"].window])
            for operator in operators:
                source, (address, tile) = address, self._tile(operator, tile, patch.regions[operator.name])
                self.pool.free(source)
            self.map[patch.regions[operators[-1].name].window] = tile
            self.pool.free(address)
        self.mark("patches")

    def _tile(self, operator: Operator, x: np.ndarray, region: Region) -> tuple[int, np.ndarray]:
        address, tile = self.pool.store(execute(operator, [x], self.weights))
        self.tensors[operator.name][region.window] = tile
        return address, tile

    def layer(self, operators: tuple[Operator, ...]) -> None:
        """Runs the operators of one layer in place."""
        run = IN_PLACE.get(tuple(map(type, operators)))
        if run is None or getattr(operators[0], "stride", 1) != 1:
            kinds = [operator.kind for operator in operators]
            raise InputError(
                f"network {self.network.name}, layer {operators[-1].name}: {kinds} cannot run in place"
            )
        run(self, *operators)

    def compare(self, operator: DepthwiseCorrelation) -> None:
        """Runs row by row, as :meth:`depthwise`. The template is the kernel."""
        out = self.pool.view(self.address, operator.out_shape)
        for row in range(operator.out_shape[0]):
            inputs = [self.map[row : row + operator.kernel], self.template]
            address, result = self.pool.store(execute(operator, inputs, self.weights))
            out[row] = result[0]
            self.pool.free(address)
        self.reshape(operator)

    def similarity(
        self,
        similar: DepthwiseCorrelation,
        there: PointwiseConvolution,
        here: CentrePointwise,
        residual: ResidualAdd,
    ) -> None:
        """Makes the correlation and its pointwise layer in scratch. Then it runs row by row, each of which
        ends before the row of the embedding that is still needed.
        """
        address, correlation = self.pool.store(execute(similar, [self.map, self.template], self.weights))
        self.tensors[similar.name][:] = correlation
        scratch, branch = self.pool.store(weighted(there, correlation, self.weights.operators[there.name]))
        self.tensors[there.name][:] = branch
        self.pool.free(address)
        height, width, _ = here.out_shape
        out, rows = self.pool.view(self.address, here.out_shape), centre(self.map, height, width)
        one_row = replace(here, in_shape=(1, *here.out_shape[1:]), out_shape=(1, *here.out_shape[1:]))
        for row in range(height):
            address, result = self.pool.store(
                weighted(one_row, rows[row : row + 1], self.weights.operators[here.name])
            )
            self.tensors[here.name][row] = result[0]
            out[row] = add(branch[row : row + 1], result, self.weights.alignment(residual))[0]
            self.pool.free(address)
        self.pool.free(scratch)
        self.reshape(residual)

    def read_out(self, operator: MapReadout) -> None:
        """Puts the response into a buffer of its own."""
        _, response = self.pool.store(execute(operator, [self.map], self.weights))
        self.tensors[operator.name] = response.view(np.int32).reshape(operator.out_shape).copy()

    def cut(self, operator: TemplateCut) -> None:
        """Puts the template into a buffer of its own."""
        _, template = self.pool.store(execute(operator, [self.map], self.weights))
        self.tensors[operator.name] = template.copy()

    def correlate(self, operator: Correlation) -> None:
        """Puts the response into a buffer of its own."""
        _, response = self.pool.store(execute(operator, [self.map, self.template], self.weights))
        self.tensors[operator.name] = response.view(np.int32).copy()

    def reshape(self, operator: Operator) -> None:
        """Gives the map the shape and the size of an operator's result."""
        self.pool.resize(self.address, prod(operator.out_shape))
        self.map = self.pool.view(self.address, operator.out_shape)
        self.tensors[operator.name][:] = self.map

    def depthwise(self, branch: DepthwiseConvolution, residual: ResidualAdd | None = None) -> None:
        """Runs row by row. Output row r ends before input row r + 1, the first that is still needed."""
        last: Operator = residual or branch
        height, width, _ = last.out_shape
        out = self.pool.view(self.address, last.out_shape)
        for row in range(height):
            window = self.map[row : row + branch.kernel]
            address, result = self.pool.store(weighted(branch, window, self.weights.operators[branch.name]))
            self.tensors[branch.name][row] = result[0]
            if residual:
                middle = centre(window, 1, width)
                result = add(middle, result, self.weights.alignment(residual))
            out[row] = result[0]
            self.pool.free(address)
        self.reshape(last)

    def pointwise(self, operator: PointwiseConvolution) -> None:
        """Runs block by block of tokens."""
        self._by_tokens([operator], None)

    def channel(
        self, hidden: PointwiseConvolution, branch: PointwiseConvolution, residual: ResidualAdd
    ) -> None:
        """Runs block by block of tokens, with the block's hidden map and branch in scratch."""
        self._by_tokens([hidden, branch], residual)

    def _by_tokens(self, operators: list[PointwiseConvolution], residual: ResidualAdd | None) -> None:
        """Runs from the end where the map grows, so that no unread input is overwritten."""
        first, last = operators[0], residual or operators[-1]
        tokens, old, new = prod(first.in_shape[:2]), first.in_shape[2], last.out_shape[2]
        if new > old:
            self.pool.resize(self.address, tokens * new)
        x, out = (
            self.pool.view(self.address, (tokens, 1, old)),
            self.pool.view(self.address, (tokens, 1, new)),
        )
        starts = list(range(0, tokens, BLOCK))
        for start in reversed(starts) if new > old else starts:
            block = slice(start, start + BLOCK)
            held = [(-1, x[block])]
            for operator in operators:
                held.append(
                    self.pool.store(weighted(operator, held[-1][1], self.weights.operators[operator.name]))
                )
                self.tensors[operator.name].reshape(tokens, 1, -1)[block] = held[-1][1]
            result = held[-1][1]
            if residual:
                result = add(x[block], result, self.weights.alignment(residual))
            out[block] = result
            for address, _ in held[1:]:
                self.pool.free(address)
        self.reshape(last)

    def token(self, hidden: TokenMixing, branch: TokenMixing, residual: ResidualAdd) -> None:
        """Runs block by block of channels."""
        for start in range(0, residual.out_shape[2], BLOCK):
            block = np.s_[:, :, start : start + BLOCK]
            held = [(-1, self.map[block])]
            for operator in (hidden, branch):
                held.append(
                    self.pool.store(weighted(operator, held[-1][1], self.weights.operators[operator.name]))
                )
                self.tensors[operator.name][block] = held[-1][1]
            self.map[block] = add(self.map[block], held[-1][1], self.weights.alignment(residual))
            for address, _ in held[1:]:
                self.pool.free(address)
        self.reshape(residual)


IN_PLACE: Table[tuple[type[Operator], ...], Callable[..., None]] = Table(
    "layers that run in place",
    {
        (DepthwiseConvolution,): _Machine.depthwise,
        (DepthwiseConvolution, ResidualAdd): _Machine.depthwise,
        (PointwiseConvolution,): _Machine.pointwise,
        (PointwiseConvolution, PointwiseConvolution, ResidualAdd): _Machine.channel,
        (TokenMixing, TokenMixing, ResidualAdd): _Machine.token,
        (TemplateCut,): _Machine.cut,
        (Correlation,): _Machine.correlate,
        (DepthwiseCorrelation,): _Machine.compare,
        (DepthwiseCorrelation, PointwiseConvolution, CentrePointwise, ResidualAdd): _Machine.similarity,
        (MapReadout,): _Machine.read_out,
    },
)
"""Classes of a layer's operators -> method that runs them in place."""
