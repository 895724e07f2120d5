"""Predicted cycles of a step. The simulation must take exactly as many."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import cache
from itertools import product

from siammixer.arch.accelerator import (
    FETCH_CYCLES,
    LANE_CYCLES,
    PIXEL_WINDOW_CYCLES,
    STEP_DONE_CYCLES,
    WALK_CYCLES,
    Accelerator,
)
from siammixer.arch.instruction import Kind


def step_cycles(accelerator: Accelerator, fields: Mapping[str, int]) -> int:
    """Cycles from the fetch of a step to its ``step_done``, with pixels that never pause.

    Parameters
    ----------
    fields
        The step's instruction (siammixer.arch.instruction.FIELDS).
    """
    constants = (
        _loads(fields)
        if fields["kind"] in (Kind.CONVOLUTION, Kind.DEPTHWISE, Kind.POINTWISE, Kind.CORRELATE)
        else 0
    )
    work = WORK[Kind(fields["kind"])](accelerator, fields)
    return (
        FETCH_CYCLES
        + WALK_CYCLES
        + constants
        + work
        + _transposer(accelerator, fields)
        + accelerator.settle_cycles
        + STEP_DONE_CYCLES
    )


def _loads(fields: Mapping[str, int]) -> int:
    """Words of biases and multipliers to load, those of both layers for a fused step."""
    return fields["blocks"] << fields.get("fused", 0)


def _pointwise(accelerator: Accelerator, fields: Mapping[str, int]) -> int:
    if not fields.get("fused"):
        return fields["rows"] * fields["columns"] * fields["blocks"] * fields["slots"]
    return _fused_pointwise_cycles(
        fields["columns"], fields["rows"], fields["blocks"], fields["slots"], _fused_stride(fields)
    )


def _fused_stride(fields: Mapping[str, int]) -> int:
    """Stride of the depthwise layer of a fused step; 0 for other steps."""
    return (2 if fields.get("fused_stride_2") else 1) if fields.get("fused") else 0


def _whole(row: int, column: int, stride: int) -> bool:
    """Whether this result of a fused step completes a 3 x 3 window."""
    return row >= 2 and column >= 2 and (row % stride, column % stride) == (0, 0)


@cache
def _fused_pointwise_cycles(columns: int, rows: int, blocks: int, slots: int, stride: int) -> int:
    """Cycles of a fused pointwise step.

    A window is due LANE_CYCLES after the result that completes it, and is multiplied before the next sum. The
    step waits LANE_CYCLES for the last one.
    """
    due: deque[int] = deque()
    cycle = 0
    for _, row, column in product(range(blocks), range(rows), range(columns)):
        while due and due[0] <= cycle:
            due.popleft()
            cycle += 1
        cycle += slots
        if _whole(row, column, stride):
            due.append(cycle - 1 + LANE_CYCLES)
    return cycle + LANE_CYCLES


def _transposer(accelerator: Accelerator, fields: Mapping[str, int]) -> int:
    """Cycles for the fillers of all planes and for emptying the transposer."""
    return fields["blocks"] * fields.get("pad", 0) + accelerator.lanes if fields.get("transposed") else 0


def _windows(accelerator: Accelerator, fields: Mapping[str, int]) -> int:
    """Cycles of a window step: one for each word of the map, and the further slots where a window is
    complete.
    """
    kernel = 5 if fields.get("kernel_5") else 3
    stride = 2 if fields.get("stride_2") else 1
    positions = ((fields["rows"] - kernel) // stride + 1) * ((fields["columns"] - kernel) // stride + 1)
    return fields["blocks"] * (fields["rows"] * fields["columns"] + positions * (fields["slots"] - 1))


def _convolution(accelerator: Accelerator, fields: Mapping[str, int]) -> int:
    stride = 2 if fields.get("stride_2") else 1
    return _convolution_cycles(
        accelerator.pixel_windows,
        fields["columns"],
        fields["rows"],
        stride,
        fields["blocks"],
        fields["slots"],
        _loads(fields),
        _fused_stride(fields),
    )


@cache
def _convolution_cycles(
    depth: int,
    columns: int,
    rows: int,
    stride: int,
    blocks: int,
    slots: int,
    head_start: int,
    fused_stride: int,
) -> int:
    """Cycles of a convolution of the pixels.

    One pixel arrives per cycle while there is room for windows. Each window keeps the lanes busy for
    ``blocks * slots`` cycles. The first pixel arrives ``head_start`` cycles before the lanes begin. With a
    ``fused_stride`` the windows of the second layer come between two sums, as in
    :func:`_fused_pointwise_cycles`.
    """
    due: deque[int] = deque()
    tile_columns, tile_rows = (columns - 1) * stride + 3, (rows - 1) * stride + 3
    on_the_way: list[int] = []  # cycles in which windows will be offered
    waiting = reserved = remaining = 0  # reserved: windows that wait or are on their way
    room = True
    left, column, row, cycle = columns * rows, 0, 0, -head_start
    while left:
        while on_the_way and on_the_way[0] <= cycle:
            on_the_way.pop(0)
            waiting += 1
        take = row < tile_rows and room
        room = reserved < depth - 1  # a cycle late, as siammixer.rtl.datapath.pixel_windows has it
        if due and due[0] <= cycle and remaining % slots == 0:
            due.popleft()
        elif cycle >= 0 and (remaining or waiting):
            remaining = (remaining or blocks * slots) - 1
            if (
                fused_stride
                and remaining % slots == 0
                and _whole(*divmod(columns * rows - left, columns), fused_stride)
            ):
                due.append(cycle + LANE_CYCLES)
            if not remaining:
                waiting, reserved, left = waiting - 1, reserved - 1, left - 1
        if take:
            if row >= 2 and column >= 2 and (row % stride, column % stride) == (0, 0):
                on_the_way.append(cycle + PIXEL_WINDOW_CYCLES)
                reserved += 1
            column += 1
            if column == tile_columns:
                column, row = 0, row + 1
        cycle += 1
    return cycle + LANE_CYCLES if fused_stride else cycle


WORK: dict[Kind, Callable[[Accelerator, Mapping[str, int]], int]] = {
    Kind.CONVOLUTION: _convolution,
    Kind.DEPTHWISE: _windows,
    Kind.STORE_TEMPLATE: _windows,
    Kind.CORRELATE: _windows,
    Kind.POINTWISE: _pointwise,
    Kind.TRANSPOSE: _pointwise,
}
"""Kind of instruction -> cycles in which the lanes have work. A loop instruction has none."""
