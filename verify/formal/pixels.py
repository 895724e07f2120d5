"""Proofs about PixelWindows: it reads a tile to its end and no further, and loses no window for lack of room.

The pixels, their pauses and their ``last`` are free. So are the pauses at the output, the sizes, strides and
order of the tiles, ``clear`` and reset. A tile starts while the block is not ``busy``; its size stays while
the block is.
"""

from functools import partial
from typing import NamedTuple

from amaranth.hdl import Assert, Module, Mux, Signal, Value
from amaranth.lib import data

from siammixer.rtl.datapath.pixel_windows import PIXEL, TILE_BITS, PixelWindows
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.primitives.queue import Queue
from siammixer.verify.formal.bench import Bench, offers_stand, opened, registers
from siammixer.verify.formal.proof import Proof
from siammixer.verify.formal.streams import SIZES, queue_lies

TILE = data.StructLayout({"columns": 10, "rows": 10, "stride_2": 1, "final": 1})


def _windows(m: Module, inputs: Bench, width: int, depth: int) -> tuple[PixelWindows, data.View]:
    """(block, driven by its rules; tile that is at work or offered to ``start``)."""
    m.submodules.block = block = PixelWindows(width=width, depth=depth)
    held, tile = Signal(TILE), Signal(TILE)
    m.d.comb += tile.eq(Mux(block.busy, held, inputs.tile))
    m.d.sync += held.eq(tile)
    for name in TILE.members:
        m.d.comb += getattr(block, name).eq(tile[name])
    m.d.comb += [
        block.i.payload.eq(inputs.pixel),
        block.i.valid.eq(inputs.valid),
        block.o.ready.eq(inputs.ready),
        block.clear.eq(inputs.clear),
        # The tile's sides stand from the cycle before.
        block.start.eq(
            (inputs.start & ~block.busy & (tile.columns == held.columns) & (tile.rows == held.rows))
            & ((tile.columns > 0) & (tile.columns <= width) & (tile.rows > 0))
        ),
    ]
    return block, tile


def _centres(side, stride_2):
    """Number of positions of a 3 x 3 kernel along ``side`` pixels."""
    return Mux(stride_2, (Mux(side == 0, 1, side) - 1) >> 1, Mux(side < 2, 2, side) - 2)


class _Count(NamedTuple):
    """Pixels and windows that are still to come, counted outside the block."""

    rows: Signal
    """Rows of the tile that have not been taken whole."""
    pixels: Signal
    """Pixels of the current row that have not been taken."""
    windows: Signal
    """Windows that have not left, of all rows whose last pixel was taken."""
    row: Value
    """Number of the current row of the tile."""
    row_windows: Value
    """Windows that a row of the tile has, if it has any."""


def handshake(width: int, depth: int) -> Bench:
    """A bench that counts pixels and windows: the block takes exactly a tile's pixels, gives as many windows
    as the tile has, and has room for every window.
    """

    def build(m: Module, inputs: Bench) -> None:
        block, tile = _windows(m, inputs, width, depth)
        queue = opened(block).submodules.queue
        queue_lies(m, queue, depth)
        state = registers(block)
        on_their_way = [state[f"complete_{age}"] for age in range(1, BlockRam.LATENCY + 2)]
        there = queue.level + sum(on_their_way)
        count = _count(m, block, tile, depth)
        idle = _offers(m, block, count)
        _room(m, block, queue, there, depth)
        # The induction needs this: windows on their way belong to a recent pixel, and the block counts them.
        m.d.comb += [Assert(state["reserved"] == there), Assert(~state["room"] | (there < depth))]
        m.d.comb += [Assert((idle < age) | ~coming) for age, coming in enumerate(on_their_way, 1)]
        _position(m, block, tile, count, state, there)

    return Bench({"pixel": PIXEL, "valid": 1, "ready": 1, "start": 1, "clear": 1, "tile": TILE}, build)


def _count(m: Module, block: PixelWindows, tile: data.View, depth: int) -> _Count:
    """Counts what is still to come, and asserts that the block stops and complains at the right pixel.

    A row has windows from the third row on; with stride 2 every other row has.
    """
    taken, leaves = block.i.valid & block.i.ready, block.o.valid & block.o.ready
    rows, pixels = Signal.like(tile.rows), Signal.like(tile.columns)
    windows = Signal(range(2 ** len(tile.columns) + depth))
    row_windows, row = _centres(tile.columns, tile.stride_2), tile.rows - rows
    last_of_row = pixels == 1
    begun = taken & last_of_row & (rows > 1) & (row >= 1) & ~(tile.stride_2 & ~row[0])
    m.d.sync += windows.eq(windows - leaves + Mux(begun, row_windows, 0))
    with m.If(taken):
        m.d.sync += [pixels.eq(Mux(last_of_row, tile.columns, pixels - 1)), rows.eq(rows - last_of_row)]
    with m.If(block.start):
        m.d.sync += [rows.eq(tile.rows), pixels.eq(tile.columns)]
    with m.If(block.clear):
        m.d.sync += [rows.eq(0), windows.eq(0)]
    last = tile.final & last_of_row & (rows == 1)
    m.d.comb += [
        Assert(block.busy == (rows > 0)),
        Assert(block.busy | ~block.i.ready),
        Assert(block.short == (taken & block.i.payload.last & ~last)),
        Assert(block.long == (taken & ~block.i.payload.last & last)),
    ]
    return _Count(rows, pixels, windows, row, row_windows)


def _offers(m: Module, block: PixelWindows, count: _Count) -> Signal:
    """Asserts that offers stand, and that LATENCY cycles after the last pixel a window is on offer exactly
    while one is to come. Returns the cycles since the last pixel, up to LATENCY.
    """
    offers_stand(m, block.o, block.clear, "o")
    idle = Signal(range(PixelWindows.LATENCY + 1))
    m.d.sync += idle.eq(Mux(block.busy, 0, Mux(idle == PixelWindows.LATENCY, idle, idle + 1)))
    m.d.comb += [
        Assert(~block.o.valid | (count.windows > 0)),
        Assert((idle < PixelWindows.LATENCY) | block.busy | (block.o.valid == (count.windows > 0))),
    ]
    return idle


def _room(m: Module, block: PixelWindows, queue: Queue, there: Value, depth: int) -> None:
    """Asserts that every window finds room in the queue, and that pixels wait for no other reason.

    ``there`` counts the windows that are in the queue or on their way to it.
    """
    fewer = Signal()
    m.d.sync += fewer.eq(there < depth - 1)
    m.d.comb += [
        Assert(queue.i.ready | ~queue.i.valid),
        Assert(there <= depth),
        Assert(~block.busy | (block.i.ready == fewer)),
    ]


def _position(
    m: Module, block: PixelWindows, tile: data.View, count: _Count, state: dict[str, Signal], there: Value
) -> None:
    """Asserts what the induction needs: the block's position in the tile, and the windows of the current row
    that are complete.
    """
    rows, pixels, windows, row, row_windows = count
    column = state["column"]
    centre_row = (row >= 2) & ~(tile.stride_2 & row[0])
    with m.If(block.busy):
        m.d.comb += [
            Assert(
                (state["before_last"] == (tile.columns - 2)[:TILE_BITS])
                & (state["before_last_row"] == (tile.rows - 2)[:TILE_BITS])
            ),
            Assert((state["column_ends"] == (pixels == 1)) & (state["whole_row"] == centre_row)),
            Assert(state["whole_column"] == ((column >= 2) & ~(tile.stride_2 & column[0]))),
            Assert((state["only_column"] == (tile.columns == 1)) & (state["only_row"] == (tile.rows == 1))),
            Assert(state["row_ends"] == (rows == 1)),
            Assert((rows <= tile.rows) & (state["row"] == row)),
            Assert((pixels > 0) & (pixels <= tile.columns) & (column == tile.columns - pixels)),
            Assert(windows == there + Mux(centre_row, row_windows - _centres(column, tile.stride_2), 0)),
        ]
    with m.Else():
        m.d.comb += Assert(windows == there)


PROOFS = [
    Proof(
        name="pixels.handshake",
        claim="exactly a tile's pixels are taken, as many windows leave as it has; none lacks room, "
        "offers stand; a wrong end is told; any tiles",
        bench=partial(handshake, SIZES.pixel_width, SIZES.pixel_windows),
        depth=2,
    )
]
