"""Resampling across rows: the crop's rows out of the ring of source rows."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.camera import Camera
from siammixer.ir.window import BLEND_BITS
from siammixer.rtl.camera.layouts import (
    BLENDED,
    BLENDED_BITS,
    COLOURS,
    RGB,
    frame_layout,
    half_up,
    window_layout,
)
from siammixer.rtl.camera.positions import Positions
from siammixer.rtl.camera.source_rows import SourceRows
from siammixer.rtl.primitives.multiplier import Multiplier
from siammixer.rtl.primitives.skew import delay
from siammixer.rtl.technology.technology import GENERIC, Technology


class VerticalResampler(wiring.Component):
    """Makes the crop's rows, one after the other: of two samples u and l of neighbouring source rows, at f of
    2**BLEND_BITS, ``(u << BLEND_BITS) + (l - u) * f`` over 2**(2 * BLEND_BITS), rounded half up, a colour.

    ``begin`` starts a crop of ``rows`` x ``columns`` pixels; which rows it needs is known
    :attr:`KNOWN` cycles later. A row begins when both its source rows have been complete for a cycle and
    there is ``room`` for it; then a pixel is read in each cycle and written :attr:`LATENCY` cycles later,
    whatever happens. The next row may begin two cycles after a row's last pixel was read.

    Parameters
    ----------
    camera
        Sizes.
    technology
        Parts that its multipliers are built of.

    Members
    -------
    frame : In(frame_layout(camera))
        Size of the frame; it stays while ``busy``, as do window, columns and rows.
    window : In(window_layout(camera))
        Of it ``top``, ``step`` and ``fill`` count.
    columns : In(range(camera.side + 1))
        Pixels of a row.
    rows : In(range(camera.side + 1))
        Rows of the crop.
    begin : In(1)
        A crop begins.
    clear : In(1)
        The crop is forgotten: nothing of it is written from the next cycle on.
    busy : Out(1)
        Rows are still to be read.
    waits : Out(1)
        It is not known yet which source rows are needed.
    needed : Out(range(camera.frame_height))
        The first source row that is still needed; late by a cycle, so that it may be one that no longer is.
    complete : In(range(camera.frame_height + 1))
        Source rows before this one are complete, as far as they are needed.
    room : In(1)
        There is room for row ``row`` of the crop.
    row : Out(range(camera.side))
        Row that is read, or next to be read.
    read_row : Out(range(camera.source_rows))
        The low bits of the number of the upper source row.
    read_column : Out(range(camera.side))
        The column of both.
    upper : In(BLENDED)
        The sample of that row, SourceRows.LATENCY cycles later.
    lower : In(BLENDED)
        The sample below it.
    write_enable : Out(1)
        A pixel is written.
    write_row : Out(range(camera.crop_rows))
        The low bits of its row's number.
    write_column : Out(range(camera.side))
        Its column.
    write_data : Out(RGB)
        The pixel.
    done : Out(1)
        It is the last of its row.
    """

    # The first position, the row.
    KNOWN = Positions.LATENCY + 1
    # The two samples, or the colour around the frame; their product; the rounded sum.
    LATENCY = SourceRows.LATENCY + 1 + Multiplier.LATENCY + 1

    def __init__(self, camera: Camera, technology: Technology = GENERIC):
        self._camera, self._technology = camera, technology
        super().__init__(
            {
                "frame": In(frame_layout(camera)),
                "window": In(window_layout(camera)),
                "columns": In(range(camera.side + 1)),
                "rows": In(range(camera.side + 1)),
                "begin": In(1),
                "clear": In(1),
                "busy": Out(1),
                "waits": Out(1),
                "needed": Out(range(camera.frame_height)),
                "complete": In(range(camera.frame_height + 1)),
                "room": In(1),
                "row": Out(range(camera.side)),
                "read_row": Out(range(camera.source_rows)),
                "read_column": Out(range(camera.side)),
                "upper": In(BLENDED),
                "lower": In(BLENDED),
                "write_enable": Out(1),
                "write_row": Out(range(camera.crop_rows)),
                "write_column": Out(range(camera.side)),
                "write_data": Out(RGB),
                "done": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        camera = self._camera
        m.submodules.positions = positions = Positions(
            camera.position_bits, camera.step_bits, camera.frame_height
        )
        place = positions.place
        outside = positions.outside
        read = Signal()
        last = Signal()
        known = Signal()
        upper_row = Mux(place == 0, 0, place - 1)
        m.d.comb += [
            positions.load.eq(self.begin),
            positions.first.eq(self.window.top),
            positions.step.eq(self.window.step),
            positions.count.eq(self.frame.height),
            positions.advance.eq(read & last),
            self.waits.eq(self.busy & ~known),
            self.read_row.eq(place - 1),
            last.eq(self.read_column == self.columns - 1),
        ]
        m.d.sync += [self.needed.eq(upper_row), known.eq(positions.valid & ~self.begin)]
        self._walk(m, read, last, positions)
        above, below = outside | (place == 0), outside | (place == self.frame.height)
        self._blend(m, Cat(above, below), positions.part)
        return m

    def _walk(self, m: Module, read: Signal, last: Signal, positions: Positions) -> None:
        """Row after row, in each of them column after column."""
        inside = Signal()  # a row has begun
        height, complete = self.frame.height, self.complete
        # The next row may begin: a register, since much depends on it in the same cycle.
        ready = Signal()
        there = positions.outside | (positions.place < complete) | (complete == height)
        m.d.sync += ready.eq(positions.valid & there & self.room & ~read & ~self.begin)
        m.d.comb += read.eq(self.busy & (inside | ready))
        with m.If(read):
            m.d.sync += [inside.eq(~last), self.read_column.eq(Mux(last, 0, self.read_column + 1))]
            with m.If(last):
                m.d.sync += self.row.eq(self.row + 1)
                with m.If(self.row == self.rows - 1):
                    m.d.sync += self.busy.eq(0)
        with m.If(self.begin):
            m.d.sync += [self.busy.eq(1), self.row.eq(0), self.read_column.eq(0), inside.eq(0)]
        with m.If(self.clear):
            m.d.sync += self.busy.eq(0)
        written = Cat(self.row[: len(self.write_row)], self.read_column)
        m.d.comb += Cat(self.write_row, self.write_column).eq(delay(m, written, self.LATENCY, "written"))
        enable, done = read, read & last
        for age in range(self.LATENCY):
            after = Signal(2, name=f"read_{age}")
            m.d.sync += after.eq(Mux(self.clear, 0, Cat(enable, done)))
            enable, done = after
        m.d.comb += [self.write_enable.eq(enable), self.done.eq(done)]

    def _blend(self, m: Module, around: Value, part: Value) -> None:
        """Two samples, of which those ``around`` the frame (above, below) have its colour; from the cycle of
        their reading on.
        """
        around = delay(m, around, SourceRows.LATENCY, "around")
        part = delay(m, part, SourceRows.LATENCY + 1, "part")
        samples = []
        for side, sample in enumerate((self.upper, self.lower)):
            chosen = Signal(BLENDED, name=f"sample_{side}", reset_less=True)
            for colour in COLOURS:
                colour_around = self.window.fill[colour] << BLEND_BITS
                m.d.sync += chosen[colour].eq(Mux(around[side], colour_around, sample[colour]))
            samples.append(chosen)
        for colour in COLOURS:
            upper, lower = (sample[colour] for sample in samples)
            multiplier = self._technology.multiplier(BLENDED_BITS + 1, BLEND_BITS + 1)
            m.submodules[f"multiplier_{colour}"] = multiplier
            whole = delay(m, upper, Multiplier.LATENCY, f"whole_{colour}")
            m.d.comb += [multiplier.a.eq(lower - upper), multiplier.b.eq(part)]
            rounded = (whole << BLEND_BITS) + multiplier.p + half_up(2 * BLEND_BITS)
            result = Signal(8, name=f"result_{colour}", reset_less=True)
            m.d.sync += result.eq(rounded[2 * BLEND_BITS :])
            m.d.comb += self.write_data[colour].eq(result)
