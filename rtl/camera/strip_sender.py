"""The ring of crop rows, sent strip by strip."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.camera import Camera
from siammixer.rtl.camera.layouts import RGB, strips_layout
from siammixer.rtl.datapath.pixel_windows import PIXEL
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.primitives.queue import Queue
from siammixer.rtl.primitives.skew import delay
from siammixer.rtl.technology.technology import GENERIC, Technology


class StripSender(wiring.Component):
    """Keeps the crop's rows from the lowest that is still to be sent on, and sends them in the core's order:
    strip by strip (siammixer.arch.camera.Strips), what two strips share twice, the very last pixel marked
    ``last``.

    ``begin`` starts a crop. Rows are written from their first pixel to their last, in order, each after there
    was ``room`` for it; a row is sent once it is complete, a pixel a cycle if nobody stalls, the first
    :attr:`LATENCY` cycles after the row's last was written. ``stop`` ends the crop early: one more pixel
    leaves, of any colour, marked ``last``. ``busy`` is high until the last pixel has left.

    Parameters
    ----------
    camera
        Sizes.
    technology
        Parts that its memories are built of.

    Members
    -------
    strips : In(strips_layout(camera))
        The strips; it stays while ``busy``. Two strips share ``crop_rows`` rows at most.
    begin : In(1)
        A crop begins; only while not ``busy``.
    stop : In(1)
        Nothing more comes of it. No effect where its last pixel is on its way, or none is.
    clear : In(1)
        Everything is forgotten, offers too.
    row : In(range(camera.side))
        A row of the crop, the next to be written.
    room : Out(1)
        There is room for it.
    write_enable : In(1)
        A pixel is stored.
    write_row : In(range(camera.crop_rows))
        The low bits of its row's number.
    write_column : In(range(camera.side))
        Its column.
    write_data : In(RGB)
        The pixel.
    row_done : In(1)
        It is the last of its row.
    o : Out(stream.Signature(PIXEL))
        The pixels for the core.
    busy : Out(1)
        Pixels are still to be sent.
    """

    WAITING = 4  # pixels on their way from the ring to the stream, or waiting there
    # The row is complete, its first pixel read, the queue.
    LATENCY = 1 + BlockRam.LATENCY + Queue.LATENCY

    def __init__(self, camera: Camera, technology: Technology = GENERIC):
        self._camera, self._technology = camera, technology
        super().__init__(
            {
                "strips": In(strips_layout(camera)),
                "begin": In(1),
                "stop": In(1),
                "clear": In(1),
                "row": In(range(camera.side)),
                "room": Out(1),
                "write_enable": In(1),
                "write_row": In(range(camera.crop_rows)),
                "write_column": In(range(camera.side)),
                "write_data": In(RGB),
                "row_done": In(1),
                "o": Out(stream.Signature(PIXEL)),
                "busy": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        r = _Registers(self._camera)
        read = Signal()
        end = Signal()
        ends = Signal()
        m.d.comb += [
            read.eq((r.stopping | (r.sending & (r.row < r.complete))) & (r.reserved < self.WAITING)),
            end.eq(r.column == self.strips.columns - 1),
        ]
        following, last_strip = self._strip(m, r)
        m.d.comb += ends.eq(r.stopping | (end & (r.rest == 0) & last_strip))
        with m.If(read):
            m.d.sync += r.column.eq(Mux(end, 0, r.column + 1))
            with m.If(end):
                m.d.sync += [r.row.eq(r.row + 1), r.rest.eq(r.rest - 1)]
                with m.If(r.rest == 0):
                    m.d.sync += [r.top.eq(following), r.row.eq(following), r.rest.eq(self.strips.rows - 1)]
        self._begin_and_end(m, r, read & ends)
        self._send(m, r, read, ends)
        return m

    def _strip(self, m: Module, r: _Registers) -> tuple[Value, Value]:
        """The first row of the strip behind this one, and whether there is none; room for rows."""
        strips = self.strips
        last_strip = Signal()
        following = Signal.like(r.top)
        behind = strips.last_top - r.top
        # The first row that is still to be sent, now or again, keeps its place.
        kept = Mux(last_strip | (r.row < following), r.row, following)
        m.d.comb += [
            last_strip.eq(behind == 0),
            following.eq(Mux(behind < strips.advance, strips.last_top, r.top + strips.advance)),
            self.room.eq(self.row < r.limit),
        ]
        m.d.sync += r.limit.eq(kept + self._camera.crop_rows)
        return following, last_strip

    def _begin_and_end(self, m: Module, r: _Registers, sent: Value) -> None:
        with m.If(self.row_done):
            m.d.sync += r.complete.eq(r.complete + 1)
        with m.If(sent):
            m.d.sync += [r.sending.eq(0), r.stopping.eq(0)]
        with m.Elif(self.stop & r.sending):
            m.d.sync += [r.sending.eq(0), r.stopping.eq(1)]
        with m.If(self.begin):
            m.d.sync += [signal.eq(0) for signal in (r.top, r.row, r.column, r.complete)]
            m.d.sync += [
                *(r.rest.eq(self.strips.rows - 1), r.limit.eq(self._camera.crop_rows)),
                *(r.sending.eq(1), r.stopping.eq(0)),
            ]
        with m.If(self.clear):
            m.d.sync += [r.sending.eq(0), r.stopping.eq(0)]

    def _send(self, m: Module, r: _Registers, read: Value, ends: Value) -> None:
        """From the ring into a queue that has a place for each pixel that is read."""
        camera = self._camera
        m.submodules.queue = queue = Queue(PIXEL, self.WAITING, self._technology)
        m.submodules.ring = ring = self._technology.block_ram(
            width=len(Value.cast(self.write_data)), depth=camera.crop_rows * camera.pitch
        )
        column_bits, row_bits = (camera.pitch - 1).bit_length(), len(self.write_row)
        wiring.connect(m, wiring.flipped(self.o), queue.o)
        m.d.comb += [
            ring.read_address.eq(Cat(r.column[:column_bits], r.row[:row_bits])),
            ring.write_address.eq(Cat(self.write_column[:column_bits], self.write_row)),
            ring.write_data.eq(self.write_data),
            ring.write_enable.eq(self.write_enable),
            Value.cast(queue.i.payload).eq(Cat(ring.read_data, delay(m, ends, BlockRam.LATENCY, "ends"))),
            queue.clear.eq(self.clear),
            self.busy.eq(r.sending | r.stopping | (r.reserved != 0)),
        ]
        there = read
        for age in range(BlockRam.LATENCY):
            after = Signal(name=f"read_{age}")
            m.d.sync += after.eq(there & ~self.clear)
            there = after
        leaves = self.o.valid & self.o.ready
        m.d.comb += queue.i.valid.eq(there)
        m.d.sync += r.reserved.eq(Mux(self.clear, 0, r.reserved + read - leaves))


class _Registers:
    """The block's registers."""

    def __init__(self, camera: Camera):
        bits = camera.side.bit_length()
        # The strip's first row, the row and column to send next, rows of the strip behind it.
        self.top = Signal(bits)
        self.row = Signal(bits)
        self.rest = Signal(bits)
        self.column = Signal(range(camera.side))
        # Rows that are complete, and the first for which there was no room a cycle ago.
        self.complete = Signal(bits)
        self.limit = Signal(range(camera.side + camera.crop_rows + 1))
        # The crop is sent, or ended early.
        self.sending = Signal()
        self.stopping = Signal()
        # Pixels on their way to the stream.
        self.reserved = Signal(range(StripSender.WAITING + 1))
