"""3 x 3 windows of the pixel stream."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.accelerator import TAPS
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.primitives.queue import Queue
from siammixer.rtl.primitives.skew import delay

PIXEL = data.StructLayout({"red": 8, "green": 8, "blue": 8, "last": 1})
CHANNELS = 3
WINDOW = data.ArrayLayout(8 * TAPS, CHANNELS)


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
        See :class:`siammixer.rtl.primitives.block_ram.BlockRam`.

    Members
    -------
    start, columns, rows, stride_2
        Tile size and stride; they stay while ``busy``.
    final
        This tile is the last of the image: its last pixel must carry ``last``.
    i
        Pixels.
    o
        Windows.
    busy
        Pixels of the tile are still to come.
    short, long
        One cycle: ``last`` came too early, or not with the last pixel.
    clear
        Forget the tile and all windows.
    """

    # The line buffers' words, the window, the queue.
    LATENCY = BlockRam.LATENCY + 1 + Queue.LATENCY

    def __init__(self, *, width: int, depth: int, technology: str = "generic"):
        self._width, self._depth, self._technology = width, depth, technology
        super().__init__(
            {
                "start": In(1),
                "columns": In(10),
                "rows": In(10),
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
        m.submodules.queue = queue = Queue(WINDOW, self._depth)
        wiring.connect(m, wiring.flipped(self.o), queue.o)
        m.d.comb += queue.clear.eq(self.clear)

        column = Signal(10)
        row = Signal(10)
        taken = Signal()
        complete = Signal()
        room = self._reserve(m, complete)
        m.d.comb += [
            self.i.ready.eq(self.busy & room),
            taken.eq(self.i.valid & self.i.ready),
            complete.eq(taken & (row >= 2) & (column >= 2) & ~(self.stride_2 & (row[0] | column[0]))),
        ]
        self._count(m, column, row, taken)
        taps = self._taps(m, column, taken)
        for age in range(1, BlockRam.LATENCY + 2):
            following = Signal(name=f"complete_{age}")
            m.d.sync += following.eq(complete & ~self.clear)
            complete = following
        m.d.comb += [queue.i.payload.eq(Cat(taps)), queue.i.valid.eq(complete)]
        return m

    def _reserve(self, m: Module, complete: Signal) -> Signal:
        """A place in the queue for every window from the cycle that completes it; returns whether there was
        one a cycle ago.
        """
        # Windows that wait or are on their way: two more may be complete before the register tells.
        reserved = Signal(range(self._depth + 1))
        room = Signal()
        leaving = Signal()
        m.d.comb += leaving.eq(self.o.valid & self.o.ready)
        m.d.sync += room.eq(reserved < self._depth - 1)
        with m.If(complete & ~leaving):
            m.d.sync += reserved.eq(reserved + 1)
        with m.If(leaving & ~complete):
            m.d.sync += reserved.eq(reserved - 1)
        with m.If(self.clear):
            m.d.sync += reserved.eq(0)
        return room

    def _count(self, m: Module, column: Signal, row: Signal, taken: Signal) -> None:
        """Walk the tile; compare where it ends with where the stream says so."""
        last_column = Signal(10)
        last_row = Signal(10)
        m.d.sync += [last_column.eq(self.columns - 1), last_row.eq(self.rows - 1)]
        end_of_row = column == last_column
        end_of_tile = end_of_row & (row == last_row)
        with m.If(taken):
            m.d.sync += column.eq(Mux(end_of_row, 0, column + 1))
            with m.If(end_of_row):
                m.d.sync += row.eq(row + 1)
            with m.If(end_of_tile):
                m.d.sync += self.busy.eq(0)
            m.d.comb += [
                self.short.eq(self.i.payload.last & ~(self.final & end_of_tile)),
                self.long.eq(self.final & end_of_tile & ~self.i.payload.last),
            ]
        with m.If(self.start):
            m.d.sync += [column.eq(0), row.eq(0), self.busy.eq(1)]
        with m.If(self.clear):
            m.d.sync += self.busy.eq(0)

    def _taps(self, m: Module, column: Signal, taken: Signal) -> list:
        """Line buffers and window; the newest pixel is its lower right corner a cycle after the line
        buffers' words.
        """
        # uint8 - 128 as INT8 is the same byte with its top bit turned.
        fields = (self.i.payload.red, self.i.payload.green, self.i.payload.blue)
        pixel = delay(m, Cat(field ^ 0x80 for field in fields), BlockRam.LATENCY, "pixel")
        m.submodules.lines = lines = BlockRam(width=48, depth=self._width, technology=self._technology)
        there = delay(m, taken, BlockRam.LATENCY, "taken")
        above = lines.read_data
        m.d.comb += [
            lines.read_address.eq(column),
            lines.write_address.eq(delay(m, column, BlockRam.LATENCY, "column")),
            lines.write_data.eq(Cat(pixel, above[:24])),
            lines.write_enable.eq(there),
        ]
        # window[line][age]: line 0 the newest, age 0 the newest column.
        window = [
            [Signal(24, name=f"window_{line}_{age}", reset_less=True) for age in range(3)]
            for line in range(3)
        ]
        with m.If(there):
            for ages, newest in zip(window, (pixel, above[:24], above[24:]), strict=True):
                m.d.sync += [ages[0].eq(newest), ages[1].eq(ages[0]), ages[2].eq(ages[1])]
        return [
            Cat(window[2 - tap // 3][2 - tap % 3].word_select(channel, 8) for tap in range(TAPS))
            for channel in range(CHANNELS)
        ]
