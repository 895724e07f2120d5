"""The schedule: a branch of a network as a program of the accelerator.

:func:`schedule` decides everything that the hardware does not: which step computes which tensor,
where in the feature-map memory it lies, which weights lie where, and how many cycles each step
takes. A network that does not fit is refused with the layer and the limit named.

The deep stage lives in one region, in place: windows and residuals overwrite what they have read;
a pointwise layer that widens the map runs from the last pixel to the first, one pixel further up;
one that does not widen it runs one pixel further down. Patch tiles alternate between two
buffers behind the map that they fill; the channel MLP's hidden blocks lie behind the deep region. The
token MLP's transposed map and its hidden map lie behind the map that they are made of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import zip_longest

import numpy as np

from siammixer.arch.accelerator import FETCH_CYCLES, RUN_DONE_CYCLES, TAPS, Accelerator
from siammixer.arch.instruction import FIELDS, RECORD_WORDS, TAP_GROUPS, Kind, encode
from siammixer.compiler.cycles import step_cycles
from siammixer.compiler.fusing import steps_of_a_patch
from siammixer.compiler.packing import groups, pack_constants, pack_weights
from siammixer.compiler.writes import Writes, blocks, column_writes, map_writes, token_writes
from siammixer.ir.errors import InputError
from siammixer.ir.layers import ChannelMLP, Convolution, Depthwise, Layer, Pointwise, TokenMLP
from siammixer.ir.network import Network
from siammixer.ir.operators import Operator, Shape
from siammixer.ir.patches import Grid, patches
from siammixer.ir.regions import Region
from siammixer.ir.weights import Weights


@dataclass(frozen=True, kw_only=True)
class Step:
    """One record of the program.

    Parameters
    ----------
    name
        Tensor that it writes, or of the transposed copy that it makes; both layers' of a fused step.
    operators
        The operators whose MACs it does: none for a step that only moves data, two for a fused one.
    fields
        Record (siammixer.arch.instruction.FIELDS).
    cycles
        Predicted, one execution.
    fused_cycles
        Of them, those that a fused step's second layer costs: so much sooner the first one alone would end.
    executions
        Times that it runs: once, or once per patch.
    tensor
        What its writes must hold; None where it writes no feature maps.
    branch
        With a residual: the tensor before the addition.
    writes
        ``writes(execution)`` tells every word.
    """

    name: str
    operators: tuple[Operator, ...]
    fields: dict[str, int]
    cycles: int
    fused_cycles: int = 0
    executions: int = 1
    tensor: str | None = None
    branch: str | None = None
    writes: Callable[[int], Writes] | None = None

    @property
    def kind(self) -> str:
        return Kind(self.fields["kind"]).name.lower()

    @property
    def in_loop(self) -> bool:
        """Runs once per patch."""
        return any(operator.patch for operator in self.operators)

    @property
    def macs(self) -> int:
        """Of its operators, all executions together, without recompute."""
        return sum(operator.macs for operator in self.operators)

    def layers(self, cycles: int) -> dict[str, int]:
        """``cycles`` that all its executions took, by the layers that they served."""
        if not self.fused_cycles:
            return {self.name: cycles}
        first, second = self.operators
        behind = self.fused_cycles * self.executions
        return {first.name: cycles - behind, second.name: behind}


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A branch of a network on an accelerator; made by :func:`schedule`."""

    network: Network
    accelerator: Accelerator
    grid: Grid
    branch: str
    steps: tuple[Step, ...]
    loop: dict[str, int]
    map_words: int
    placement: dict[str, int] = field(hash=False)

    @cached_property
    def program(self) -> np.ndarray:
        """uint32 words of the program memory: the patch loop's record, then the steps'."""
        return np.concatenate(
            [
                encode(number, **fields)
                for number, fields in enumerate((self.loop, *(step.fields for step in self.steps)))
            ]
        )

    @property
    def executions(self) -> list[tuple[int, int]]:
        """(step, execution) in the order in which they run."""
        looped = [index for index, step in enumerate(self.steps) if step.in_loop]
        rest = [index for index, step in enumerate(self.steps) if not step.in_loop]
        return [(index, turn) for turn in range(self.steps[0].executions) for index in looped] + [
            (index, 0) for index in rest
        ]

    @property
    def predicted_cycles(self) -> int:
        """From ``start`` to ``done``."""
        return FETCH_CYCLES + sum(step.cycles * step.executions for step in self.steps) + RUN_DONE_CYCLES

    @property
    def macs(self) -> int:
        """The branch's own MACs, without recompute."""
        return sum(operator.macs for operator in self.network.operators(self.branch))

    @property
    def utilisation(self) -> float:
        """Useful MACs over multipliers x cycles."""
        return self.macs / (self.predicted_cycles * self.accelerator.multipliers)

    @property
    def cycles_by_step(self) -> dict[str, int]:
        """Cycles of the steps by their names, all executions together, in the order in which
        they first run."""
        cycles: dict[str, int] = {}
        for step in self.steps:
            cycles[step.name] = cycles.get(step.name, 0) + step.cycles * step.executions
        return cycles

    @property
    def cycles_by_layer(self) -> dict[str, int]:
        """As :attr:`cycles_by_step`, a fused step's cycles as its two layers'."""
        cycles: dict[str, int] = {}
        for step in self.steps:
            for name, count in step.layers(step.cycles * step.executions).items():
                cycles[name] = cycles.get(name, 0) + count
        return cycles

    def pixels(self, image: np.ndarray) -> np.ndarray:
        """The pixel stream of a crop uint8 (side, side, 3): patch after patch, uint8 (n, 3)."""
        parts = [
            image[patch.regions["image"].window].reshape(-1, 3)
            for patch in patches(self.network, self.branch, self.grid)
        ]
        return np.concatenate(parts)

    def weight_memory(self, weights: Weights) -> np.ndarray:
        """INT8 (lanes, words, TAPS): the lanes' weight memories; the template's place is zero.

        Raises
        ------
        InputError
            Where an accumulator does not fit, naming the layer and the limit.
        """
        if weights.network != self.network:
            raise InputError(f"weights are of network {weights.network.name}, not {self.network.name}")
        memory = np.zeros((self.accelerator.lanes, self.placement["end"], TAPS), np.int8)
        for operator in self.network.weighted():
            values = weights.operators[operator.name]
            for suffix, words in (
                ("weight", pack_weights(self.accelerator, operator, values)),
                ("constant", pack_constants(self.accelerator, operator, values)),
            ):
                base = self.placement[f"{operator.name}/{suffix}"]
                memory[:, base : base + words.shape[1]] = words
        return memory

    @property
    def memory(self) -> list[tuple[str, int]]:
        """(item, bytes) of everything the accelerator holds feature maps in."""
        a = self.accelerator
        template = self.placement["template/words"]
        return [
            ("feature-map memory (maps, patch tiles, hidden blocks)", a.map_words * a.lanes),
            ("line buffers of the lanes", 2 * (a.line_width + a.line_width_5) * a.lanes),
            ("5 x 5 windows of the lanes", 25 * a.lanes),
            ("pixel line buffers", 2 * 3 * a.pixel_width),
            ("pixel windows", 3 * TAPS * a.pixel_windows),
            ("template (in the weight memory)", template * TAPS * a.lanes),
            ("response, INT32", 4 * a.response_words),
            ("transposer, gearbox, residual words", (a.lanes + 2 + 32) * a.lanes),
        ]

    @property
    def feature_map_bytes(self) -> int:
        return sum(size for _, size in self.memory)


def schedule(
    network: Network,
    accelerator: Accelerator,
    grid: Grid | None = None,
    branch: str = "search",
    weights: Weights | None = None,
) -> Schedule:
    """The program of a branch.

    Parameters
    ----------
    grid
        Patch grid, by default the accelerator's.
    weights
        For the residuals' shifts; without them these are zero (cycles do not depend on them).

    Raises
    ------
    InputError
        The network does not fit: the layer and the limit.
    """
    return _Scheduler(network, accelerator, grid or Grid(*accelerator.patch_grid), branch, weights).schedule()


class _Scheduler:
    """Builds the steps; holds where the current map lies."""

    def __init__(
        self, network: Network, accelerator: Accelerator, grid: Grid, branch: str, weights: Weights | None
    ):
        self.network, self.accelerator, self.grid, self.branch, self.weights = (
            network,
            accelerator,
            grid,
            branch,
            weights,
        )
        self.lanes = accelerator.lanes
        # A pixel's last group of nine can take in the word behind it, with weights of zero: one word holds
        # nothing.
        self.spare = int(self.lanes > TAPS)
        self.map_words = accelerator.map_words - self.spare
        self.operators = {operator.name: operator for operator in network.operators(branch)}
        self.patches = patches(network, branch, grid)
        self.steps: list[Step] = []
        self._check_layers()
        self.patch_steps = steps_of_a_patch(network, accelerator, self.operators, self.patches[0].regions)
        self.weight_place = self._place_weights()

    # ---- places

    def words(self, operator: Operator) -> int:
        """Words of one pixel of an operator's output."""
        return blocks(operator.out_shape[2], self.lanes)

    def refuse(self, layer: str, what: str, need: int, have: int) -> None:
        if need > have:
            raise InputError(
                f"network {self.network.name} does not fit accelerator {self.accelerator.name}: layer "
                f"{layer} needs {need} {what}, there are {have}"
            )

    def refuse_words(self, layer: str, what: str, need: int) -> None:
        self.refuse(layer, what, need + self.spare, self.accelerator.map_words)

    def _check_layers(self) -> None:
        first, *others = self.network.patch_layers or (None,)
        if not isinstance(first, Convolution):
            raise InputError(
                f"network {self.network.name}: the first patch layer must be the convolution of the pixels"
            )
        for layer in (*others, *self.network.mixer_layers):
            if isinstance(layer, Convolution):
                raise InputError(
                    f"network {self.network.name}, layer {layer.name}: only the first layer can be a "
                    "dense convolution"
                )
        for layer in others:
            if isinstance(layer, ChannelMLP) or getattr(layer, "residual", False):
                raise InputError(
                    f"network {self.network.name}, layer {layer.name}: a patch layer cannot have a residual"
                )
        for operator in self.operators.values():
            self._check_operator(operator)

    def _check_operator(self, operator: Operator) -> None:
        name, a = operator.name, self.accelerator
        if operator.kind in ("depthwise", "correlation", "template"):
            kernel = operator.out_shape[0] if operator.kind == "template" else operator.kernel
            if kernel not in TAP_GROUPS or operator.stride not in (1, 2):
                raise InputError(
                    f"network {self.network.name} does not fit accelerator {a.name}: layer {name} has "
                    f"kernel {kernel}, "
                    f"stride {operator.stride}; windows are 3 x 3 or 5 x 5 of stride 1 or 2"
                )
            region = (
                self.patches[0].regions[operator.inputs[0]]
                if operator.patch
                else Region(0, 0, *operator.in_shape[:2])
            )
            width = kernel if operator.kind == "template" else region.width
            self.refuse(
                name, f"columns in the line buffers of a {kernel} x {kernel} window", width, a.line_width
            )
            if kernel == 5:
                self.refuse(name, "columns in the line buffers of a 5 x 5 window", width, a.line_width_5)
        if operator.kind == "convolution":
            if operator.kernel != 3 or operator.stride not in (1, 2):
                raise InputError(
                    f"network {self.network.name} does not fit accelerator {a.name}: layer {name} has "
                    f"kernel {operator.kernel}, "
                    f"stride {operator.stride}; the convolution of the pixels is 3 x 3 of stride 1 or 2"
                )
            self.refuse(
                name,
                "columns in the pixel line buffers",
                self.patches[0].regions["image"].width,
                a.pixel_width,
            )
        if operator.kind == "correlation":
            self.refuse(
                name, "response cells", operator.out_shape[0] * operator.out_shape[1], a.response_words
            )
        if operator.kind in ("convolution", "pointwise", "token", "depthwise"):
            limit = (1 << FIELDS["blocks"]) - 1 if operator.kind == "depthwise" else a.constants
            self.refuse(
                name,
                f"blocks of {self.lanes} outputs",
                blocks(operator.outputs, self.lanes),
                min(limit, a.constants),
            )
            self.refuse(name, f"groups of {a.group} inputs", groups(a, operator), (1 << FIELDS["macs"]) - 2)

    def _place_weights(self) -> dict[str, int]:
        """Addresses in the lanes' weight memories, the same for both branches."""
        place, position = {}, 0
        correlation = self.network.operators("search")[-1]
        place["template"] = position
        position = place["template/words"] = len(TAP_GROUPS[correlation.kernel]) * blocks(
            correlation.in_shape[2], self.lanes
        )
        place["template/constant"] = position
        position += blocks(correlation.in_shape[2], self.lanes)
        for operator in self.network.weighted():
            count = blocks(operator.outputs, self.lanes)
            # Constants stand at the end of a layer's weights, at the start of a depthwise layer's: next to
            # each other where the two are fused.
            parts = {"weight": count * groups(self.accelerator, operator), "constant": count}
            for part in reversed(parts) if operator.kind == "depthwise" else parts:
                place[f"{operator.name}/{part}"] = position
                position += parts[part]
            self.refuse(
                operator.name,
                "words of weight memory per lane (with the layers before it)",
                position,
                self.accelerator.weight_words,
            )
        place["end"] = position
        return place

    def schedule(self) -> Schedule:
        deep_base, extent, stem_words = self._place_deep()
        tiles = [self._tile_words(names[-1]) for names in self.patch_steps[:-1]]
        first, second = max(tiles[0::2], default=0), max(tiles[1::2], default=0)
        stem_end = deep_base + stem_words
        largest = self.patch_steps[int(np.argmax(tiles)) if tiles else 0][-1]
        what = f"words of feature-map memory (grid {self.grid})"
        self.refuse_words(largest, what, stem_end + first + second)
        self.refuse_words("of the deep stage", what, extent)
        self.deep_base, self.scratch, self.used = deep_base, extent, max(stem_end + first + second, extent)
        loop = self._patch_stage(deep_base, (stem_end, stem_end + first))
        self._deep_stage(deep_base)
        last = self.steps[-1]
        self.steps[-1] = replace(last, fields=last.fields | {"end": 1})
        words = (len(self.steps) + 1) * RECORD_WORDS
        self.refuse(
            last.name,
            "words of program memory (with the steps before it)",
            words,
            self.accelerator.program_words,
        )
        return Schedule(
            network=self.network,
            accelerator=self.accelerator,
            grid=self.grid,
            branch=self.branch,
            steps=tuple(self.steps),
            loop=loop,
            map_words=self.used + self.spare,
            placement=self.weight_place,
        )

    def _tile_words(self, name: str) -> int:
        region = self.patches[0].regions[name]
        return region.height * region.width * self.words(self.operators[name])

    def _place_deep(self) -> tuple[int, int, int]:
        """Base of the patch stage's map, end of the deep region, and size of that map, in words."""
        stem = self.operators[self.network.patch_layers[-1].name]
        base, extents = 0, []
        pixels, width = stem.out_shape[0] * stem.out_shape[1], self.words(stem)
        extents.append((base, pixels * width))
        for layer in self.network.mixer_layers:
            operator = self.operators[layer.name]
            pixels = operator.out_shape[0] * operator.out_shape[1]
            if isinstance(layer, Pointwise):
                base, width = base + self._displacement(width, self.words(operator)), self.words(operator)
            extents.append((base, pixels * width))
        lowest = min(start for start, _ in extents)
        return -lowest, max(start + size for start, size in extents) - lowest, extents[0][1]

    @staticmethod
    def _displacement(in_words: int, out_words: int) -> int:
        """How far a pointwise layer's output lies from its input (see the module's docstring)."""
        return in_words if out_words > in_words else -out_words

    # ---- steps

    def emit(
        self,
        name: str,
        operators: tuple[Operator, ...],
        writes,
        *,
        tensor: str | None,
        branch: str | None = None,
        **fields: int,
    ) -> None:
        """Append a step; ``writes`` is a function of the execution."""
        cycles = step_cycles(self.accelerator, fields)
        alone = {key: value for key, value in fields.items() if not key.startswith("fused")}
        step = Step(
            name=name,
            operators=operators,
            fields=fields,
            cycles=cycles,
            fused_cycles=cycles - step_cycles(self.accelerator, alone),
            tensor=tensor,
            branch=branch,
            writes=writes,
        )
        self.steps.append(replace(step, executions=len(self.patches) if step.in_loop else 1))

    def _weight_fields(self, operator: Operator) -> dict[str, int]:
        return {
            "relu": int(operator.relu),
            "blocks": blocks(operator.outputs, self.lanes),
            "weight_base": self.weight_place[f"{operator.name}/weight"],
            "constant_base": self.weight_place[f"{operator.name}/constant"],
        }

    def _residual_fields(self, name: str) -> dict[str, int]:
        """The residual's shifts."""
        fields = {"residual": 1}
        if self.weights is not None:
            shifts = self.weights.alignment(self.operators[name])
            fields |= {"left_x": shifts.left_x, "left_y": shifts.left_y, "right": shifts.right}
        return fields

    def _slots(self, macs: int, residual: bool, free: int | None) -> dict[str, int]:
        """Cycles of one block: the residual is read in the slot that needs no other word, or in one of its
        own.
        """
        if not residual:
            return {"macs": macs, "slots": macs}
        if free is not None and free < macs:
            return {"macs": macs, "slots": macs, "residual_slot": free}
        return {"macs": macs, "slots": macs + 1, "residual_slot": macs}

    def _pointwise_slots(self, operator: Operator, residual: bool = False) -> dict[str, int]:
        # The first group of nine that ends in the word of the group before.
        free = (
            next((g for g in range(1, 8) if (9 * g + 8) // self.lanes == (9 * g - 1) // self.lanes), None)
            if self.lanes > TAPS
            else None
        )
        return self._slots(groups(self.accelerator, operator), residual, free)

    def _patch_stage(self, map_base: int, buffers: tuple[int, int]) -> dict[str, int]:
        """The steps of one patch; returns the loop's record."""
        read_base = 0
        for index, names in enumerate(self.patch_steps):
            operators = tuple(self.operators[name] for name in names)
            last = operators[-1]
            final = index == len(self.patch_steps) - 1
            row = (last.out_shape[1] if final else self.patches[0].regions[last.name].width) * self.words(
                last
            )
            base = map_base if final else buffers[index % 2]
            extra = {"loop_end": 1, "patch_output": 1} if final else {}
            self._patch_step(operators, read_base, base, row, extra)
            read_base = base
        return self._loop_record(last)

    def _loop_record(self, last: Operator) -> dict[str, int]:
        region, words = self.patches[0].regions[last.name], self.words(last)
        row = last.out_shape[1] * words
        return {
            "kind": Kind.LOOP,
            "rows": self.grid.rows,
            "columns": self.grid.columns,
            "write_pixel": region.width * words,
            "write_row": region.height * row,
            "read_pixel": (last.out_shape[1] - region.width) * words,
            "read_row": (last.out_shape[0] - region.height) * row,
        }

    def _patch_step(
        self, operators: tuple[Operator, ...], read_base: int, base: int, row: int, extra: dict[str, int]
    ) -> None:
        first, last = operators[0], operators[-1]
        words = self.words(last)
        region = self.patches[0].regions[first.name]
        source = self.patches[0].regions[first.inputs[0]]
        in_words = blocks(first.in_shape[2], self.lanes)
        out = {"write_base": base, "write_pixel": words, "write_row": row}
        fields = {**extra, **out, **self._weight_fields(first), "stride_2": int(first.stride == 2)}
        match first.kind:
            case "convolution":
                slots = groups(self.accelerator, first)
                fields |= {
                    "kind": Kind.CONVOLUTION,
                    "rows": region.height,
                    "columns": region.width,
                    "macs": slots,
                    "slots": slots,
                }
            case "depthwise":
                fields |= {
                    "kind": Kind.DEPTHWISE,
                    "kernel_5": int(first.kernel == 5),
                    "rows": source.height,
                    "columns": source.width,
                }
                fields |= self._slots(groups(self.accelerator, first), False, None)
            case "pointwise":
                fields |= {
                    "kind": Kind.POINTWISE,
                    "rows": region.height,
                    "columns": region.width,
                    **self._pointwise_slots(first),
                }
        fields |= {"read_base": read_base, "read_pixel": in_words, "read_row": in_words * source.width}
        if last is not first:
            fields |= {"fused": 1, "fused_stride_2": int(last.stride == 2)}
        planes = first.kind == "depthwise" or (first.kind == "pointwise" and last is not first)
        writes = partial(self._patch_writes, last, base, row, words, bool(extra), planes)
        self.emit(
            "+".join(operator.name for operator in operators), operators, writes, tensor=last.name, **fields
        )

    def _patch_writes(
        self, operator: Operator, base: int, row: int, words: int, in_map: bool, planes: bool, execution: int
    ) -> Writes:
        region = self.patches[execution].regions[operator.name]
        if in_map:
            base += region.top * row + region.left * words
        return map_writes(
            operator.out_shape, region, self.lanes, base=base, row=row, pixel=words, planes=planes
        )

    def _deep_stage(self, base: int) -> None:
        layers = self.network.mixer_layers
        columns = None
        for layer, following in zip_longest(layers, layers[1:]):
            operator = self.operators[layer.name]
            match layer:
                case Depthwise():
                    columns = self._columns_behind(layer, following, base)
                    self._deep_depthwise(layer, base, columns)
                case Pointwise():
                    base = self._deep_pointwise(operator, base)
                case ChannelMLP():
                    self._channel_mlp(layer, base)
                case TokenMLP():
                    self._token_mlp(layer, base, columns)
                    columns = None
        final = next(
            operator for operator in self.operators.values() if operator.kind in ("template", "correlation")
        )
        (self._store_template if final.kind == "template" else self._correlate)(final, base)

    def _map_fields(self, shape, prefix: str, base: int) -> dict[str, int]:
        """Addresses of a whole map, row by row."""
        words = blocks(shape[2], self.lanes)
        return {f"{prefix}_base": base, f"{prefix}_pixel": words, f"{prefix}_row": words * shape[1]}

    def _columns_behind(self, layer: Depthwise, following: Layer | None, base: int) -> int | None:
        """Where a layer's transposed result lies if a token MLP reads it: behind its input, if there is
        room; None otherwise.
        """
        if not isinstance(following, TokenMLP):
            return None
        source = self.operators[f"{layer.name}.branch" if layer.residual else layer.name].in_shape
        columns = base + source[0] * source[1] * blocks(source[2], self.lanes)
        hidden = self.operators[f"{following.name}.hidden"]
        return columns if self._token_channels(hidden, columns) else None

    def _deep_depthwise(self, layer: Depthwise, base: int, columns: int | None) -> None:
        operator = self.operators[f"{layer.name}.branch" if layer.residual else layer.name]
        height, width, channels = operator.in_shape
        words = blocks(channels, self.lanes)
        fields = {"kind": Kind.DEPTHWISE, "rows": height, "columns": width, **self._weight_fields(operator)}
        fields |= {"kernel_5": int(layer.kernel == 5), "stride_2": int(layer.stride == 2)}
        fields |= self._map_fields(operator.in_shape, "read", base) | self._map_fields(
            operator.out_shape, "write", base
        )
        fields |= self._slots(groups(self.accelerator, operator), False, None)
        if layer.residual:
            fields |= self._residual_fields(layer.name)
        writes = partial(self._map_writes, operator, base, True, False)
        if columns is not None:
            fields |= self._columns_fields(operator.out_shape, columns)
            writes = partial(self._columns_writes, operator.out_shape, 0, words, columns)
        self.emit(
            layer.name,
            (operator,),
            writes,
            tensor=layer.name,
            branch=operator.name if layer.residual else None,
            **fields,
        )

    def _map_writes(
        self, operator: Operator, base: int, planes: bool, reverse: bool, execution: int
    ) -> Writes:
        height, width, channels = operator.out_shape
        words = blocks(channels, self.lanes)
        region = Region(0, 0, height, width)
        return map_writes(
            operator.out_shape,
            region,
            self.lanes,
            base=base,
            row=words * width,
            pixel=words,
            planes=planes,
            reverse=reverse,
        )

    def _deep_pointwise(self, operator: Operator, base: int) -> int:
        height, width, channels = operator.in_shape
        in_words, out_words = blocks(channels, self.lanes), self.words(operator)
        out_base = base + self._displacement(in_words, out_words)
        reverse = out_words > in_words
        fields = {
            "kind": Kind.POINTWISE,
            "rows": height,
            "columns": width,
            **self._weight_fields(operator),
            **self._pointwise_slots(operator),
        }
        for prefix, start, words in (("read", base, in_words), ("write", out_base, out_words)):
            sign = -1 if reverse else 1
            start += (height * width - 1) * words if reverse else 0
            fields |= {
                f"{prefix}_base": start,
                f"{prefix}_pixel": sign * words,
                f"{prefix}_row": sign * words * width,
            }
        self.emit(
            operator.name,
            (operator,),
            partial(self._map_writes, operator, out_base, False, reverse),
            tensor=operator.name,
            **fields,
        )
        return out_base

    def _channel_mlp(self, layer: ChannelMLP, base: int) -> None:
        """Block of tokens by block of tokens: the hidden block, then the branch onto the map."""
        hidden, branch = self.operators[f"{layer.name}.hidden"], self.operators[f"{layer.name}.branch"]
        height, width, channels = hidden.in_shape
        tokens, words, hidden_words = height * width, blocks(channels, self.lanes), self.words(hidden)
        room = (self.map_words - self.scratch) // hidden_words
        self.refuse_words(hidden.name, "words of feature-map memory", self.scratch + hidden_words)
        count = -(-tokens // min(room, (1 << FIELDS["columns"]) - 1))
        size = -(-tokens // count)
        self.used = max(self.used, self.scratch + size * hidden_words)
        for start in range(0, tokens, size):
            some = min(size, tokens - start)
            loops = {"kind": Kind.POINTWISE, "rows": 1, "columns": some}
            map_base = base + start * words
            self.emit(
                hidden.name,
                (hidden,),
                partial(self._line_writes, hidden, start, some, self.scratch),
                tensor=hidden.name,
                **loops,
                **self._weight_fields(hidden),
                **self._pointwise_slots(hidden),
                read_base=map_base,
                read_pixel=words,
                write_base=self.scratch,
                write_pixel=hidden_words,
            )
            self.emit(
                layer.name,
                (branch,),
                partial(self._line_writes, branch, start, some, map_base),
                tensor=layer.name,
                branch=branch.name,
                **loops,
                **self._weight_fields(branch),
                **self._pointwise_slots(branch, residual=True),
                **self._residual_fields(layer.name),
                read_base=self.scratch,
                read_pixel=hidden_words,
                write_base=map_base,
                write_pixel=words,
                residual_base=map_base,
                residual_pixel=words,
            )

    def _line_writes(self, operator: Operator, start: int, count: int, base: int, execution: int) -> Writes:
        """Tokens ``start`` to ``start + count`` of a map, seen as one line."""
        height, width, channels = operator.out_shape
        words = blocks(channels, self.lanes)
        region = Region(0, start, 1, count)
        return map_writes(
            (1, height * width, channels), region, self.lanes, base=base, row=0, pixel=words, planes=False
        )

    def _columns_fields(self, shape: Shape, base: int) -> dict[str, int]:
        """Results of a map, plane by plane, written as columns: a word holds tokens of a channel."""
        tokens, lanes = shape[0] * shape[1], self.lanes
        token_words = blocks(tokens, lanes)
        fields = {"write_base": base, "write_pixel": token_words, "write_row": lanes * token_words}
        return fields | {
            "transposed": 1,
            "groups": token_words,
            "pad": token_words * lanes - tokens,
            "tail": lanes,
        }

    def _columns_writes(self, shape: Shape, first: int, count: int, base: int, execution: int) -> Writes:
        """``count`` blocks of channels from ``first`` on, as columns, in the order in which they leave the
        transposer.
        """
        tokens, channels = shape[0] * shape[1], shape[2]
        return token_writes(
            tokens, channels, range(first, first + count), self.lanes, base=base, blocks_first=True
        )

    def _token_channels(self, hidden: Operator, columns: int) -> int:
        """Blocks of channels whose hidden words find room behind the columns of all."""
        height, width, channels = hidden.in_shape
        words, lanes = blocks(channels, self.lanes), self.lanes
        room = self.map_words - columns - words * lanes * blocks(height * width, lanes)
        return max(
            0,
            min(
                words,
                room // (lanes * blocks(hidden.outputs, lanes)),
                ((1 << FIELDS["columns"]) - 1) // lanes,
            ),
        )

    def _token_mlp(self, layer: TokenMLP, base: int, columns: int | None) -> None:
        """Two pointwise steps over tokens, a channel in a pixel's place; the second writes its columns back
        as a map.

        ``columns`` is where the layer before has written its result transposed. Where it has not, steps of
        their own transpose as many blocks of channels as there is room for.
        """
        hidden = self.operators[f"{layer.name}.hidden"]
        height, width, channels = hidden.in_shape
        lanes, words, token_words = (
            self.lanes,
            blocks(channels, self.lanes),
            blocks(height * width, self.lanes),
        )
        if columns is not None:
            size, held, transposing = self._token_channels(hidden, columns), words, False
        else:
            transposing = True
            columns = base + height * width * words
            each = lanes * (token_words + blocks(hidden.outputs, lanes))
            self.refuse_words(hidden.name, "words of feature-map memory", columns + each)
            size = held = min(
                words, (self.map_words - columns) // each, ((1 << FIELDS["columns"]) - 1) // lanes
            )
        hidden_base = columns + held * lanes * token_words
        self.used = max(self.used, hidden_base + size * lanes * blocks(hidden.outputs, lanes))
        for first in range(0, words, size):
            count, skipped = min(size, words - first), first * lanes * token_words
            if transposing:
                self._transpose(layer, base, columns, first, count)
                skipped = 0
            self._token_steps(layer, base, columns + skipped, hidden_base, first, count)

    def _transpose(self, layer: TokenMLP, base: int, columns: int, first: int, count: int) -> None:
        """A step that writes ``count`` blocks of channels as columns."""
        source = self.operators[layer.name].inputs[0]
        shape = self.operators[source].out_shape
        words = blocks(shape[2], self.lanes)
        self.emit(
            f"{layer.name}.columns",
            (),
            partial(self._columns_writes, shape, first, count, columns),
            tensor=source,
            kind=Kind.TRANSPOSE,
            rows=shape[0],
            columns=shape[1],
            blocks=count,
            slots=1,
            read_base=base + first,
            read_pixel=words,
            read_row=words * shape[1],
            **self._columns_fields(shape, columns),
        )

    def _token_steps(
        self, layer: TokenMLP, base: int, columns: int, hidden_base: int, first: int, count: int
    ) -> None:
        """Both token operators for ``count`` blocks of channels, whose columns lie at ``columns``, onto the
        map at ``base``.
        """
        hidden, branch = self.operators[f"{layer.name}.hidden"], self.operators[f"{layer.name}.branch"]
        height, width, channels = branch.out_shape
        tokens, lanes, words = height * width, self.lanes, blocks(channels, self.lanes)
        token_words, hidden_words = blocks(tokens, lanes), blocks(hidden.outputs, lanes)
        # Padding channels are left out, and filled in as zeros when the result is transposed back: biases
        # would show in them.
        there = min(count * lanes, channels - first * lanes)
        loops = {"kind": Kind.POINTWISE, "rows": 1, "columns": there}
        writes = partial(
            token_writes,
            hidden.outputs,
            channels,
            range(first, first + count),
            lanes,
            base=hidden_base,
            blocks_first=False,
        )
        self.emit(
            hidden.name,
            (hidden,),
            lambda _: writes(),
            tensor=hidden.name,
            **loops,
            **self._weight_fields(hidden),
            **self._pointwise_slots(hidden),
            read_base=columns,
            read_pixel=token_words,
            write_base=hidden_base,
            write_pixel=hidden_words,
        )
        back = partial(column_writes, branch.out_shape, range(first, first + count), lanes, base=base)
        self.emit(
            layer.name,
            (branch,),
            lambda _: back(),
            tensor=layer.name,
            branch=branch.name,
            **loops,
            **self._weight_fields(branch),
            **self._pointwise_slots(branch, residual=True),
            **self._residual_fields(layer.name),
            read_base=hidden_base,
            read_pixel=hidden_words,
            residual_base=columns,
            residual_pixel=token_words,
            transposed=1,
            groups=count,
            pad=count * lanes - there,
            tail=tokens - (token_words - 1) * lanes,
            write_base=base + first,
            write_pixel=words,
            write_row=lanes * words,
        )

    def _windows_of_embedding(self, operator: Operator, base: int, kernel: int) -> dict[str, int]:
        fields = {
            "blocks": blocks(operator.in_shape[2], self.lanes),
            "kernel_5": int(kernel == 5),
            "weight_base": self.weight_place["template"],
        }
        return (
            fields
            | self._map_fields(operator.in_shape, "read", base)
            | self._slots(len(TAP_GROUPS[kernel]), False, None)
        )

    def _store_template(self, operator: Operator, base: int) -> None:
        side, words = operator.out_shape[0], blocks(operator.in_shape[2], self.lanes)
        corner = [(have - side) // 2 for have in operator.in_shape[:2]]
        fields = self._windows_of_embedding(operator, base, side) | {
            "kind": Kind.STORE_TEMPLATE,
            "rows": side,
            "columns": side,
        }
        fields["read_base"] += (corner[0] * operator.in_shape[1] + corner[1]) * words
        self.emit("template", (operator,), None, tensor=None, **fields)

    def _correlate(self, operator: Operator, base: int) -> None:
        height, width, _ = operator.in_shape
        fields = self._windows_of_embedding(operator, base, operator.kernel) | {
            "kind": Kind.CORRELATE,
            "rows": height,
            "columns": width,
        }
        fields |= {
            "constant_base": self.weight_place["template/constant"],
            "write_pixel": 1,
            "write_row": operator.out_shape[1],
        }
        self.emit("response", (operator,), None, tensor=None, **fields)
