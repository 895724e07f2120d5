"""Resampling along a row, as its pixels come."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.camera import Camera
from siammixer.ir.window import BLEND_BITS
from siammixer.rtl.camera.layouts import (
    BLENDED,
    BLENDED_BITS,
    COLOURS,
    RGB,
    frame_layout,
    strips_layout,
    window_layout,
)
from siammixer.rtl.camera.positions import Positions
from siammixer.rtl.primitives.multiplier import Multiplier
from siammixer.rtl.primitives.skew import delay
from siammixer.rtl.technology.technology import GENERIC, Technology


class HorizontalResampler(wiring.Component):
    """Makes the ``columns`` samples of a crop's row from a row of the frame: between two pixels p and q, at f
    of 2**BLEND_BITS, ``(p << BLEND_BITS) + (q - p) * f`` a colour.

    ``start``, only while not ``busy``, begins a row, of which exactly ``width`` pixels are taken. With
    ``skip`` they are only dropped. In each cycle a sample is made, or a pixel taken, or both, where one comes
    that lies between the two: a row takes a cycle for each pixel and each further sample between the same two
    pixels or outside the frame, if no pixel is late. A sample is written :attr:`LATENCY` cycles after it was
    made, and nothing stops it. From ``start`` until ``busy`` is low pass :attr:`OVERHEAD` cycles more,
    :attr:`SKIPPED` where the row is dropped; fewer where pixels are taken behind the last sample.

    Parameters
    ----------
    camera
        Sizes.
    technology
        Parts that its multipliers are built of.

    Members
    -------
    frame : In(frame_layout(camera))
        Size of the frame; it stays while ``busy``, as do window and strips.
    window : In(window_layout(camera))
        Of it ``left``, ``step`` and ``fill`` count.
    strips : In(strips_layout(camera))
        Of it ``columns`` count.
    start : In(1)
        A row begins.
    skip : In(1)
        Nothing is made of it; in the cycle of ``start``.
    i : In(stream.Signature(RGB))
        Pixels.
    busy : Out(1)
        Pixels of the row are still to come, or samples still to be written.
    clear : In(1)
        The row is forgotten: nothing of it is written from the next cycle on.
    broken : In(1)
        No further pixel of the frame comes: as ``clear``, but for a row that has all its pixels. One that
        starts in this cycle has none.
    write_enable : Out(1)
        A sample is written.
    write_column : Out(range(camera.side))
        Its column.
    write_data : Out(BLENDED)
        Its colours.
    done : Out(1)
        It is the last of its row.
    """

    # The two pixels, their product, the sum.
    LATENCY = 1 + Multiplier.LATENCY + 1
    # The first position; the last sample is written.
    OVERHEAD = Positions.LATENCY + LATENCY
    SKIPPED = 2

    def __init__(self, camera: Camera, technology: Technology = GENERIC):
        self._camera, self._technology = camera, technology
        super().__init__(
            {
                "frame": In(frame_layout(camera)),
                "window": In(window_layout(camera)),
                "strips": In(strips_layout(camera)),
                "start": In(1),
                "skip": In(1),
                "i": In(stream.Signature(RGB)),
                "busy": Out(1),
                "clear": In(1),
                "broken": In(1),
                "write_enable": Out(1),
                "write_column": Out(range(camera.side)),
                "write_data": Out(BLENDED),
                "done": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        camera = self._camera
        positions = self._positions(m)
        # The pixel before the stream's, of a row of which so many have been taken.
        before = Signal(RGB)
        taken = Signal(camera.frame_width.bit_length())
        column = Signal.like(self.write_column)
        # Samples are still to be made, or on their way; this one is the last; all pixels have been taken.
        making = Signal()
        writing = Signal()
        last = Signal()  # in a register: what may be taken depends on it in the same cycle
        past = Signal()
        here = Signal()
        make = Signal()
        take = Signal()
        more_to_take = Signal()
        m.d.comb += [
            here.eq(making & positions.valid & (positions.place == taken)),
            make.eq(here & (positions.outside | past | self.i.valid)),
            positions.advance.eq(make),
            # Behind the last sample what is left of the row is taken.
            more_to_take.eq(Mux(last, self.frame.width != taken, positions.next_place != taken)),
            self.i.ready.eq(
                self.busy
                & ~past
                & Mux(here, more_to_take, ~making | (positions.valid & (positions.place != taken)))
            ),
            take.eq(self.i.valid & self.i.ready),
        ]
        with m.If(take):
            m.d.sync += [taken.eq(taken + 1), before.eq(self.i.payload)]
            with m.If(taken == self.frame.width - 1):
                m.d.sync += past.eq(1)
        with m.If(make):
            m.d.sync += [column.eq(column + 1), making.eq(~last), last.eq(column + 2 == self.strips.columns)]
        with m.If(self.done):
            m.d.sync += writing.eq(0)
        with m.If(past & ~(writing & ~self.done)):
            m.d.sync += self.busy.eq(0)
        with m.If(self.start):
            m.d.sync += [
                *(self.busy.eq(1), making.eq(~self.skip), writing.eq(~self.skip)),
                *(taken.eq(0), past.eq(0), column.eq(0), before.eq(self.window.fill)),
                last.eq(self.strips.columns == 1),
            ]
        forgotten = Signal()
        m.d.comb += forgotten.eq(self.clear | (self.broken & (~past | self.start)))
        with m.If(forgotten):
            m.d.sync += [self.busy.eq(0), making.eq(0)]
        m.d.comb += self.write_column.eq(delay(m, column, self.LATENCY, "column"))
        fill, outside = self.window.fill, positions.outside
        left, right = Mux(outside, fill, before), Mux(outside | past, fill, self.i.payload)
        self._blend(m, left, right, positions.part)
        self._written(m, make, make & last, forgotten)
        return m

    def _positions(self, m: Module) -> Positions:
        """The row's samples."""
        camera = self._camera
        m.submodules.positions = positions = Positions(
            camera.position_bits, camera.step_bits, camera.frame_width
        )
        m.d.comb += [
            positions.load.eq(self.start & ~self.skip),
            positions.first.eq(self.window.left),
            positions.step.eq(self.window.step),
            positions.count.eq(self.frame.width),
        ]
        return positions

    def _blend(self, m: Module, left: Value, right: Value, part: Value) -> None:
        """The sample of two pixels, of as many cycles ago as its writing is late."""
        pixels = [delay(m, pixel, 1, name) for pixel, name in ((left, "left"), (right, "right"))]
        part = delay(m, part, 1, "part")
        for number, colour in enumerate(COLOURS):
            before, after = (pixel.word_select(number, 8) for pixel in pixels)
            multiplier = self._technology.multiplier(9, BLEND_BITS + 1)
            m.submodules[f"multiplier_{colour}"] = multiplier
            whole = delay(m, before, Multiplier.LATENCY, f"whole_{colour}")
            m.d.comb += [multiplier.a.eq(after - before), multiplier.b.eq(part)]
            total = ((whole << BLEND_BITS) + multiplier.p)[:BLENDED_BITS]
            m.d.comb += self.write_data[colour].eq(delay(m, total, 1, f"sum_{colour}"))

    def _written(self, m: Module, made: Value, last: Value, forgotten: Value) -> None:
        """Samples on their way are forgotten with their row."""
        for age in range(self.LATENCY):
            enable = Signal(name=f"made_{age}")
            done = Signal(name=f"last_{age}")
            m.d.sync += [enable.eq(made & ~forgotten), done.eq(last & ~forgotten)]
            made, last = enable, done
        m.d.comb += [self.write_enable.eq(made), self.done.eq(last)]
