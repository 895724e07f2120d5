"""The ring of resampled source rows, and which rows are resampled at all."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.camera import Camera
from siammixer.rtl.camera.layouts import BLENDED
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.primitives.skew import delay
from siammixer.rtl.technology.technology import GENERIC, Technology


class SourceRows(wiring.Component):
    """Keeps the last ``source_rows`` resampled rows of a frame from the lowest that is still needed on, and
    starts the resampling of each row when there is room for it.

    ``begin`` starts a frame of ``height`` rows. A frame in progress, of which no row has been wanted, is
    taken up with ``join``, while its next row is not behind the first one needed. Row after row is started as
    soon as the resampler is free: to be skipped, where it lies before the first row that is needed or none is
    needed any more, else when it is among the ``source_rows`` rows from the first one needed on. So no row is
    overwritten that is still needed. Two neighbouring rows lie in two memories, of even and of odd rows, and
    are read together, a column a cycle, :attr:`LATENCY` cycles after their address.

    Parameters
    ----------
    camera
        Sizes.
    technology
        Parts that its memories are built of.

    Members
    -------
    begin : In(1)
        A frame begins; its first row may be started in the next cycle. Only when all rows of the frame before
        have been started, or after ``clear``.
    fresh : In(1)
        In the cycle of ``begin``: what is stored is needed no more.
    join : In(1)
        One cycle, in which ``waits`` is high: rows of the frame in progress are wanted from the next cycle
        on, and what is stored is needed no more, nor a row of the frame before that is still in the
        resampler.
    clear : In(1)
        No further row is started.
    height : In(range(camera.frame_height + 1))
        Rows of the frame, at least 1; it stays until the next ``begin``.
    waits : In(1)
        It is not known yet which rows are needed: none is started, nor in the cycle after.
    wanted : In(1)
        Rows are still needed. It rises in the cycle after ``begin`` or after one of ``waits`` only.
    needed : In(range(camera.frame_height))
        The first of them; while rows are wanted it never falls within a frame.
    start : Out(1)
        One cycle: the resampler begins a row. Only while not ``resampling``.
    skip : Out(1)
        It drops the row.
    row : Out(range(camera.frame_height))
        Number of the row that is started next.
    open : Out(1)
        There is such a row.
    resampling : In(1)
        The resampler is at a row, from the cycle after ``start`` on.
    write_enable : In(1)
        A sample of the row that was started last is stored.
    write_column : In(range(camera.side))
        Its column.
    write_data : In(BLENDED)
        The sample.
    done : In(1)
        It is its row's last.
    complete : Out(range(camera.frame_height + 1))
        All rows before this one that were needed are stored, since the last ``fresh`` or ``join``.
    read_row : In(range(camera.source_rows))
        The low bits of the number of the upper row to read.
    read_column : In(range(camera.side))
        The column to read.
    upper : Out(BLENDED)
        The sample of that row and column.
    lower : Out(BLENDED)
        The sample below it.
    """

    # The memory, then one memory or the other.
    LATENCY = BlockRam.LATENCY + 1

    def __init__(self, camera: Camera, technology: Technology = GENERIC):
        self._camera, self._technology = camera, technology
        super().__init__(
            {
                "begin": In(1),
                "fresh": In(1),
                "join": In(1),
                "clear": In(1),
                "height": In(range(camera.frame_height + 1)),
                "waits": In(1),
                "wanted": In(1),
                "needed": In(range(camera.frame_height)),
                "start": Out(1),
                "skip": Out(1),
                "row": Out(range(camera.frame_height)),
                "open": Out(1),
                "resampling": In(1),
                "write_enable": In(1),
                "write_column": In(range(camera.side)),
                "write_data": In(BLENDED),
                "done": In(1),
                "complete": Out(range(camera.frame_height + 1)),
                "read_row": In(range(camera.source_rows)),
                "read_column": In(range(camera.side)),
                "upper": Out(BLENDED),
                "lower": Out(BLENDED),
            }
        )

    def elaborate(self, platform):
        m = Module()
        self._start_rows(m)
        self._store(m)
        return m

    def _start_rows(self, m: Module) -> None:
        more = Signal()  # rows of the frame are still to be started
        # Whether it is skipped, and whether it has room, is decided in the cycle before, of the same row.
        # Meanwhile what is needed only moves on: at worst the row waits for room that is there, or is kept
        # for nobody.
        decided = Signal()
        room = Signal()
        m.d.sync += [
            decided.eq(more & ~self.waits),
            self.skip.eq(~self.wanted | (self.row < self.needed)),
            room.eq(self.row - self.needed < self._camera.source_rows),
        ]
        m.d.comb += [
            self.open.eq(more),
            self.start.eq(more & decided & ~self.resampling & ~self.waits & (self.skip | room)),
        ]
        with m.If(self.start):
            m.d.sync += self.row.eq(self.row + 1)
            with m.If(self.row == self.height - 1):
                m.d.sync += more.eq(0)
        with m.If(self.begin):
            m.d.sync += [more.eq(1), self.row.eq(0)]
        with m.If(self.clear):
            m.d.sync += more.eq(0)

    def _store(self, m: Module) -> None:
        """Row r lies in the memory of its parity, in slot r // 2."""
        camera = self._camera
        bits = (camera.source_rows - 1).bit_length()
        row = Signal.like(self.row, name="resampled")
        read = self.read_row[:bits]
        # The row in the resampler has been started since the last ``join``. Another may still be on its way
        # then, of a frame that has ended, and is no row of this one.
        counts = Signal()
        with m.If(self.start):
            m.d.sync += [row.eq(self.row), counts.eq(1)]
        with m.Elif(self.join):
            m.d.sync += counts.eq(0)
        with m.If(self.done & counts):
            m.d.sync += self.complete.eq(row + 1)
        with m.If((self.begin & self.fresh) | self.join):
            m.d.sync += self.complete.eq(0)
        odd = Signal()
        m.d.comb += odd.eq(delay(m, read[0], BlockRam.LATENCY, "odd"))
        words = []
        for parity, slot in ((0, (read + 1)[1:bits]), (1, read[1:])):
            ram = self._technology.block_ram(
                width=len(Value.cast(self.upper)), depth=camera.source_rows // 2 * camera.pitch
            )
            m.submodules[f"rows_{parity}"] = ram
            column_bits = (camera.pitch - 1).bit_length()
            m.d.comb += [
                ram.read_address.eq(Cat(self.read_column[:column_bits], slot)),
                ram.write_address.eq(Cat(self.write_column[:column_bits], row[1:bits])),
                ram.write_data.eq(self.write_data),
                ram.write_enable.eq(self.write_enable & (row[0] == parity)),
            ]
            words.append(ram.read_data)
        m.d.sync += [self.upper.eq(Mux(odd, words[1], words[0])), self.lower.eq(Mux(odd, words[0], words[1]))]
