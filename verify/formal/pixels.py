"""Pixels in, windows out: a tile is walked to its end and no further, and no window is lost for want of room.

The pixels, their pauses and their ``last`` are free, so are the taker's pauses, the tiles' sizes, strides
and their order, ``clear`` and reset. A tile starts while none is ``busy``; its size stays while it is.
"""

from functools import partial

from amaranth.hdl import Assert, Module, Mux, Signal
from amaranth.lib import data

from siammixer.rtl.datapath.pixel_windows import PIXEL, PixelWindows
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.verify.formal.bench import Bench, offers_stand, opened, registers
from siammixer.verify.formal.proof import Proof
from siammixer.verify.formal.streams import SIZES, queue_lies

TILE = data.StructLayout({"columns": 10, "rows": 10, "stride_2": 1, "final": 1})


def _windows(m: Module, inputs: Bench, width: int, depth: int) -> tuple[PixelWindows, data.View]:
    """The block, driven as it asks; the tile that is at work, or offered to ``start``."""
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
        block.start.eq(
            inputs.start & ~block.busy & (tile.columns > 0) & (tile.columns <= width) & (tile.rows > 0)
        ),
    ]
    return block, tile


def _centres(side, stride_2):
    """How many positions a kernel of three has along so many pixels."""
    return Mux(stride_2, (Mux(side == 0, 1, side) - 1) >> 1, Mux(side < 2, 2, side) - 2)


def handshake(width: int, depth: int) -> Bench:
    """Pixels taken and windows left, counted outside; room for every window that arrives."""

    def build(m: Module, inputs: Bench) -> None:
        block, tile = _windows(m, inputs, width, depth)
        module = opened(block)
        queue = module.submodules.queue
        queue_lies(m, queue, depth)
        state = registers(block)
        taken, leaves = block.i.valid & block.i.ready, block.o.valid & block.o.ready
        offers_stand(m, block.o, block.clear, "o")

        # What is still to come: rows of the tile, pixels of the row, windows of what was begun of all tiles.
        # A row has windows from the third on, with stride 2 every other one.
        rows, pixels, windows = (
            Signal.like(tile.rows),
            Signal.like(tile.columns),
            Signal(range(2 ** len(tile.columns) + depth)),
        )
        of_row, row = _centres(tile.columns, tile.stride_2), tile.rows - rows
        last_of_row = pixels == 1
        begun = taken & last_of_row & (rows > 1) & (row >= 1) & ~(tile.stride_2 & ~row[0])
        m.d.sync += windows.eq(windows - leaves + Mux(begun, of_row, 0))
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

        # When the last pixel has had its time, there is a window on offer exactly as long as one is to come.
        idle = Signal(range(PixelWindows.LATENCY + 1))
        m.d.sync += idle.eq(Mux(block.busy, 0, Mux(idle == PixelWindows.LATENCY, idle, idle + 1)))
        m.d.comb += [
            Assert(~block.o.valid | (windows > 0)),
            Assert((idle < PixelWindows.LATENCY) | block.busy | (block.o.valid == (windows > 0))),
        ]

        # Every window finds its place, and pixels wait for no other reason.
        on_their_way = [state[f"complete_{age}"] for age in range(1, BlockRam.LATENCY + 2)]
        there, fewer = queue.level + sum(on_their_way), Signal()
        m.d.sync += fewer.eq(there < depth - 1)
        m.d.comb += [
            Assert(queue.i.ready | ~queue.i.valid),
            Assert(there <= depth),
            Assert(~block.busy | (block.i.ready == fewer)),
        ]

        # What makes it inductive: where the walk stands, and what the windows that are complete have come to.
        column = state["column"]
        centre_row = (row >= 2) & ~(tile.stride_2 & row[0])
        m.d.comb += [Assert(state["reserved"] == there), Assert(~state["room"] | (there < depth))]
        m.d.comb += [Assert((idle < age) | ~coming) for age, coming in enumerate(on_their_way, 1)]
        with m.If(block.busy):
            m.d.comb += [
                Assert((state["last_column"] == tile.columns - 1) & (state["last_row"] == tile.rows - 1)),
                Assert((rows <= tile.rows) & (state["row"] == row)),
                Assert((pixels > 0) & (pixels <= tile.columns) & (column == tile.columns - pixels)),
                Assert(windows == there + Mux(centre_row, of_row - _centres(column, tile.stride_2), 0)),
            ]
        with m.Else():
            m.d.comb += Assert(windows == there)

    return Bench({"pixel": PIXEL, "valid": 1, "ready": 1, "start": 1, "clear": 1, "tile": TILE}, build)


PROOFS = [
    Proof(
        name="pixels.handshake",
        claim="exactly a tile's pixels are taken, as many windows leave as it has; none lacks room, "
        "offers stand; a wrong end is told; any tiles",
        bench=partial(handshake, SIZES.pixel_width, SIZES.pixel_windows),
        depth=2,
    )
]
