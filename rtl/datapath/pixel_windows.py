"""3 x 3 windows of the pixel stream."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import TAPS
from siammixer.arch.interface import PIXEL_FIELDS
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.primitives.queue import Queue
from siammixer.rtl.primitives.skew import delay
from siammixer.rtl.technology.technology import GENERIC, Technology

PIXEL = data.StructLayout(dict(PIXEL_FIELDS))
CHANNELS = 3
WINDOW = data.ArrayLayout(8 * TAPS, CHANNELS)
TILE_BITS = 10  # of a tile's columns and rows


def tile_pixels(count, stride_2):
    """Pixels across so many windows."""
    return Mux(stride_2, 2 * count + 1, count + 2)


class PixelWindows(wiring.Component):
    """Turns a tile of RGB pixels, row by row, into the 3 x 3 windows of a first convolution.

    ``start``, while not ``busy``, begins a tile of ``rows`` x ``columns`` pixels: exactly that many are
    taken from ``i``, one per cycle while fewer than ``depth - 1`` windows wait or are on their way. A window
    leaves in ``o`` for every position of the kernel, in raster order, with pixels as INT8 (uint8 - 128): for
    each channel nine taps, tap 0 (top left) in the lowest byte. The window of a pixel is offered
    :attr:`LATENCY` cycles after the pixel was taken.

    Parameters
    ----------
    width
        Widest tile (depth of the line buffers).
    depth
        Windows that can wait.
    technology
        Parts that its memories are built of.

    Members
    -------
    start : In(1)
        A tile begins; only while not ``busy``.
    columns : In(TILE_BITS)
        Pixels of a row of the tile; it stands from the cycle before ``start`` and stays while ``busy``.
    rows : In(TILE_BITS)
        Rows of the tile; it stands from the cycle before ``start`` and stays while ``busy``.
    stride_2 : In(1)
        The kernel moves by two pixels; it stays while ``busy``.
    final : In(1)
        This tile is the last of the image: its last pixel must carry ``last``.
    i : In(stream.Signature(PIXEL))
        Pixels.
    o : Out(stream.Signature(WINDOW))
        Windows.
    busy : Out(1)
        Pixels of the tile are still to come.
    short : Out(1)
        One cycle: ``last`` came too early.
    long : Out(1)
        One cycle: ``last`` did not come with the last pixel.
    clear : In(1)
        The tile and all windows are forgotten.
    """

    # The line buffers' words, the window, the queue.
    LATENCY = BlockRam.LATENCY + 1 + Queue.LATENCY

    def __init__(self, *, width: int, depth: int, technology: Technology = GENERIC):
        self._width, self._depth, self._technology = width, depth, technology
        super().__init__(
            {
                "start": In(1),
                "columns": In(TILE_BITS),
                "rows": In(TILE_BITS),
                "stride_2": In(1),
                "final": In(1),
                "i": In(stream.Signature(PIXEL)),
                "o": Out(stream.Signature(WINDOW)),
                "busy": Out(1),
                "short": Out(1),
                "long": Out(1),
                "clear": In(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        r = _Registers(self._depth)
        m.submodules.queue = queue = Queue(WINDOW, self._depth, self._technology)
        wiring.connect(m, wiring.flipped(self.o), queue.o)
        m.d.comb += queue.clear.eq(self.clear)

        taken = Signal()
        complete = Signal()
        m.d.comb += [
            self.i.ready.eq(self.busy & r.room),
            taken.eq(self.i.valid & self.i.ready),
            complete.eq(taken & r.whole_row & r.whole_column),
        ]
        self._reserve(m, r, complete)
        self._count(m, r, taken)
        taps = self._taps(m, r, taken)
        for following in r.complete:
            m.d.sync += following.eq(complete & ~self.clear)
            complete = following
        m.d.comb += [queue.i.payload.eq(Cat(taps)), queue.i.valid.eq(complete)]
        return m

    def _reserve(self, m: Module, r: _Registers, complete: Signal) -> None:
        """A place in the queue for every window from the cycle that completes it."""
        leaving = Signal()
        m.d.comb += leaving.eq(self.o.valid & self.o.ready)
        m.d.sync += r.room.eq(r.reserved < self._depth - 1)
        with m.If(complete & ~leaving):
            m.d.sync += r.reserved.eq(r.reserved + 1)
        with m.If(leaving & ~complete):
            m.d.sync += r.reserved.eq(r.reserved - 1)
        with m.If(self.clear):
            m.d.sync += r.reserved.eq(0)

    def _count(self, m: Module, r: _Registers, taken: Signal) -> None:
        """Walk the tile; compare where it ends with where the stream says so."""
        m.d.sync += [
            r.before_last.eq(self.columns - 2),
            r.only_column.eq(self.columns == 1),
            r.before_last_row.eq(self.rows - 2),
            r.only_row.eq(self.rows == 1),
        ]
        end_of_row = r.column_ends
        end_of_tile = end_of_row & r.row_ends
        with m.If(taken):
            # The next pixel completes a window from the third on, at stride 2 every other one.
            m.d.sync += [
                r.column.eq(Mux(end_of_row, 0, r.column + 1)),
                r.column_ends.eq(Mux(end_of_row, r.only_column, r.column == r.before_last)),
                r.whole_column.eq(~end_of_row & (r.column >= 1) & ~(self.stride_2 & ~r.column[0])),
            ]
            with m.If(end_of_row):
                m.d.sync += [
                    r.row.eq(r.row + 1),
                    r.row_ends.eq(r.row == r.before_last_row),
                    r.whole_row.eq((r.row >= 1) & ~(self.stride_2 & ~r.row[0])),
                ]
            with m.If(end_of_tile):
                m.d.sync += self.busy.eq(0)
            m.d.comb += [
                self.short.eq(self.i.payload.last & ~(self.final & end_of_tile)),
                self.long.eq(self.final & end_of_tile & ~self.i.payload.last),
            ]
        with m.If(self.start):
            m.d.sync += [signal.eq(0) for signal in (r.column, r.row, r.whole_column, r.whole_row)]
            m.d.sync += [r.column_ends.eq(r.only_column), r.row_ends.eq(r.only_row), self.busy.eq(1)]
        with m.If(self.clear):
            m.d.sync += self.busy.eq(0)

    def _taps(self, m: Module, r: _Registers, taken: Signal) -> list:
        """Line buffers and window; the newest pixel is its lower right corner a cycle after the line
        buffers' words.
        """
        # uint8 - 128 as INT8 is the same byte with its top bit turned.
        fields = (self.i.payload.red, self.i.payload.green, self.i.payload.blue)
        pixel = delay(m, Cat(field ^ 0x80 for field in fields), BlockRam.LATENCY, "pixel")
        m.submodules.lines = lines = self._technology.block_ram(width=48, depth=self._width)
        there = delay(m, taken, BlockRam.LATENCY, "taken")
        above = lines.read_data
        m.d.comb += [
            lines.read_address.eq(r.column),
            lines.write_address.eq(delay(m, r.column, BlockRam.LATENCY, "column")),
            lines.write_data.eq(Cat(pixel, above[:24])),
            lines.write_enable.eq(there),
        ]
        with m.If(there):
            for ages, newest in zip(r.window, (pixel, above[:24], above[24:]), strict=True):
                m.d.sync += [ages[0].eq(newest), ages[1].eq(ages[0]), ages[2].eq(ages[1])]
        return [
            Cat(r.window[2 - tap // 3][2 - tap % 3].word_select(channel, 8) for tap in range(TAPS))
            for channel in range(CHANNELS)
        ]


class _Registers:
    """The block's registers, beside ``busy``. Those of the tile are set by ``start``, and count for nothing
    before it.
    """

    def __init__(self, depth: int):
        # The next pixel's place in the tile; the tile's last column and row but one, and whether it has only
        # one.
        self.column = Signal(TILE_BITS, reset_less=True)
        self.row = Signal(TILE_BITS, reset_less=True)
        self.before_last = Signal(TILE_BITS, reset_less=True)
        self.only_column = Signal(reset_less=True)
        self.before_last_row = Signal(TILE_BITS, reset_less=True)
        self.only_row = Signal(reset_less=True)
        # The next pixel's column, and its row, is the tile's last; they are such that it completes a window.
        self.column_ends = Signal(reset_less=True)
        self.row_ends = Signal(reset_less=True)
        self.whole_column = Signal(reset_less=True)
        self.whole_row = Signal(reset_less=True)
        # Windows that wait or are on their way, and whether there was room for another a cycle ago: two more
        # may be complete before the register tells.
        self.reserved = Signal(range(depth + 1))
        self.room = Signal(reset_less=True)
        # Whether the pixel of so many cycles ago completes a window.
        self.complete = [Signal(name=f"complete_{age}") for age in range(1, BlockRam.LATENCY + 2)]
        # window[line][age]: line 0 the newest, age 0 the newest column.
        self.window = [
            [Signal(24, name=f"window_{line}_{age}", reset_less=True) for age in range(3)]
            for line in range(3)
        ]
