"""3 x 3 windows of the pixel stream."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.queue import Queue
from spec.accelerator import TAPS

PIXEL = data.StructLayout({"red": 8, "green": 8, "blue": 8, "last": 1})
CHANNELS = 3
WINDOW = data.ArrayLayout(8 * TAPS, CHANNELS)


class PixelWindows(wiring.Component):
    """Turns a tile of RGB pixels, row by row, into the 3 x 3 windows of a first convolution.

    ``start`` begins a tile of ``rows`` x ``columns`` pixels: exactly that many are taken from
    ``i``, one per cycle while fewer than ``depth`` windows wait. A window leaves in ``o`` for
    every position of the kernel, in raster order, with pixels as INT8 (uint8 - 128): for each
    channel nine taps, tap 0 (top left) in the lowest byte. The window of a pixel is offered
    :attr:`LATENCY` cycles after the pixel was taken.

    Parameters
    ----------
    width
        Widest tile (depth of the line buffers).
    depth
        Windows that can wait.

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

    LATENCY = 3

    def __init__(self, *, width: int, depth: int):
        self._width, self._depth = width, depth
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

        column, row = Signal(10), Signal(10)
        taken = Signal()
        # Two windows may still be on their way into the queue.
        m.d.comb += [
            self.i.ready.eq(self.busy & (queue.level < self._depth - 2)),
            taken.eq(self.i.valid & self.i.ready),
        ]
        self._count(m, column, row, taken)

        complete = Signal()
        m.d.comb += complete.eq(taken & (row >= 2) & (column >= 2) & ~(self.stride_2 & (row[0] | column[0])))
        taps = self._taps(m, column, taken)
        complete_1, complete_2 = Signal(), Signal()
        m.d.sync += [complete_1.eq(complete & ~self.clear), complete_2.eq(complete_1 & ~self.clear)]
        m.d.comb += [queue.i.payload.eq(Cat(taps)), queue.i.valid.eq(complete_2)]
        return m

    def _count(self, m: Module, column: Signal, row: Signal, taken: Signal) -> None:
        """Walk the tile; compare where it ends with where the stream says so."""
        end_of_row = column == self.columns - 1
        end_of_tile = end_of_row & (row == self.rows - 1)
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
        """Line buffers and window; the newest pixel is its lower right corner two cycles later."""
        # uint8 - 128 as INT8 is the same byte with its top bit turned.
        pixel = Signal(24, reset_less=True)
        fields = (self.i.payload.red, self.i.payload.green, self.i.payload.blue)
        m.d.sync += pixel.eq(Cat(field ^ 0x80 for field in fields))
        m.submodules.lines = lines = memory.Memory(shape=48, depth=self._width, init=[])
        read, write = lines.read_port(), lines.write_port()
        taken_1 = Signal()
        column_1 = Signal.like(column, reset_less=True)
        m.d.sync += [taken_1.eq(taken), column_1.eq(column)]
        m.d.comb += [
            read.addr.eq(column),
            read.en.eq(1),
            write.addr.eq(column_1),
            write.data.eq(Cat(pixel, read.data[:24])),
            write.en.eq(taken_1),
        ]
        # window[line][age]: line 0 the newest, age 0 the newest column.
        window = [[Signal(24, name=f"window_{line}_{age}", reset_less=True) for age in range(3)] for line in range(3)]
        with m.If(taken_1):
            for ages, newest in zip(window, (pixel, read.data[:24], read.data[24:]), strict=True):
                m.d.sync += [ages[0].eq(newest), ages[1].eq(ages[0]), ages[2].eq(ages[1])]
        return [
            Cat(window[2 - tap // 3][2 - tap % 3].word_select(channel, 8) for tap in range(TAPS)) for channel in range(CHANNELS)
        ]
