"""Proofs about the crop on the stream: samples lie where they should, and no row of a ring is overwritten
while it is needed.

Windows, strips, pauses and the order of events are free, as far as the blocks' contracts leave them so.
"""

from functools import partial

from amaranth.hdl import Assert, Module, Mux, Signal, signed

from siammixer.arch.camera import Camera
from siammixer.ir.window import BLEND_BITS, STEP_BITS
from siammixer.rtl.camera.layouts import half_up, strips_layout
from siammixer.rtl.camera.positions import Positions
from siammixer.rtl.camera.source_rows import SourceRows
from siammixer.rtl.camera.strip_sender import StripSender
from siammixer.verify.formal.bench import Bench, registers
from siammixer.verify.formal.proof import Proof

LARGE = Camera()
SMALL = Camera(side=15, crop_rows=4)


def positions(camera: Camera) -> Bench:
    """A bench that adds the step up itself: every sample's place and part, whatever the window."""

    def build(m: Module, inputs: Bench) -> None:
        bits = camera.position_bits
        m.submodules.block = block = Positions(bits, camera.step_bits, camera.frame_width)
        state = registers(block)
        step, count = Signal.like(block.step), Signal.like(block.count)
        load = inputs.load & (inputs.count > 0) & (inputs.count <= camera.frame_width)
        with m.If(load):
            m.d.sync += [step.eq(inputs.step), count.eq(inputs.count)]
        m.d.comb += [
            block.load.eq(load),
            block.first.eq(inputs.first),
            block.step.eq(Mux(load, inputs.step, step)),
            block.count.eq(Mux(load, inputs.count, count)),
            block.advance.eq(inputs.advance & block.valid),
        ]
        # The sample's exact position; no sample is asked for beyond the bits of a position.
        exact = Signal.like(state["position"])
        with m.If(block.advance):
            m.d.sync += exact.eq(exact + step)
        with m.If(load):
            m.d.sync += exact.eq(inputs.first)
        rounded = (exact + half_up(STEP_BITS - BLEND_BITS))[: len(exact)].as_signed()
        ahead = (rounded + 2 * step)[: len(exact)].as_signed()
        following = (rounded + step)[: len(exact)].as_signed()
        pixel, after = rounded >> STEP_BITS, following >> STEP_BITS
        outside = (pixel < -1) | (pixel >= count)
        part = rounded[STEP_BITS - BLEND_BITS : STEP_BITS]
        with m.If(block.valid):
            m.d.comb += [
                Assert(block.outside == outside),
                Assert(block.place == _place(pixel, count)),
                Assert(block.part == part),
                Assert(block.next_place == _place(after, count)),
                # The induction needs this: where the block stands ahead of the sample.
                Assert(state["position"] == ahead),
                Assert(state["filling"] == 0),
                Assert(state["next_outside"] == ((after < -1) | (after >= count))),
                Assert(state["next_part"] == following[STEP_BITS - BLEND_BITS : STEP_BITS]),
            ]
        _filling(m, state, (rounded, following), count)

    shapes = {"load": 1, "first": signed(camera.position_bits), "step": camera.step_bits}
    return Bench(shapes | {"count": camera.frame_width.bit_length(), "advance": 1}, build)


def _place(pixel, count):
    """The pixel behind ``pixel``, cut to 0 ... ``count``."""
    return Mux(pixel < -1, 0, Mux(pixel >= count, count, pixel + 1))


def _filling(m: Module, state: dict[str, Signal], samples: tuple, count) -> None:
    """Asserts what the induction needs: the two cycles between ``load`` and the first sample."""
    first, second = samples
    pixel = first >> STEP_BITS
    with m.If(state["filling"] == 2):
        m.d.comb += [Assert(state["position"] == first), Assert(~state["valid"])]
    with m.If(state["filling"] == 1):
        m.d.comb += [
            Assert(state["position"] == second),
            Assert(~state["valid"]),
            Assert(state["next_place"] == _place(pixel, count)),
            Assert(state["next_outside"] == ((pixel < -1) | (pixel >= count))),
            Assert(state["next_part"] == first[STEP_BITS - BLEND_BITS : STEP_BITS]),
        ]
    m.d.comb += Assert(state["filling"] != 3)


def source_rows(camera: Camera) -> Bench:
    """A bench that resamples each row for as long as it likes, and moves the first row that is needed on when
    it likes.
    """

    def build(m: Module, inputs: Bench) -> None:
        m.submodules.block = block = SourceRows(camera)
        state = registers(block)
        resampling, skipped, known = Signal(), Signal(), Signal()
        # Whether rows were wanted in the cycle before, and may be wanted from this one on.
        wanted, rises = Signal(), Signal()
        # The row in the resampler is one of a frame that has ended; the frame in progress was joined.
        old, joined = Signal(), Signal()
        needed, row, following = Signal.like(block.needed), Signal.like(block.row), Signal.like(block.row)
        begin = inputs.begin & ~state["more"]
        # A frame is joined where no wanted row of it is on its way, and its next is needed or before that.
        join = inputs.join & ~begin & ~inputs.clear & state["more"] & (skipped | ~resampling | old)
        least = Mux(join, block.row, Mux(known, needed, 0))
        now = Mux(inputs.grow > least, inputs.grow, least)
        m.d.comb += [
            *(getattr(block, name).eq(getattr(inputs, name)) for name in ("fresh", "clear", "height")),
            *(block.begin.eq(begin), block.join.eq(join)),
            block.waits.eq((inputs.waits & ~known) | join),
            block.wanted.eq(inputs.wanted & (wanted | rises)),
            block.needed.eq(now),
            block.resampling.eq(resampling),
            block.write_enable.eq(inputs.write & resampling & ~skipped),
            block.write_column.eq(inputs.column),
            block.done.eq(block.write_enable & inputs.finish),
        ]
        m.d.sync += [
            *(needed.eq(now), known.eq(~begin & (known | ~block.waits | join))),
            *(wanted.eq(block.wanted), rises.eq(begin | block.waits)),
            following.eq(Mux(begin, 0, block.row + block.start)),
        ]
        m.d.sync += [joined.eq(~begin & (joined | join)), old.eq(~block.start & (old | begin))]
        m.d.sync += resampling.eq(resampling & ~inputs.finish)
        with m.If(block.start):
            m.d.sync += [resampling.eq(1), skipped.eq(block.skip), row.eq(block.row)]
            m.d.comb += [
                Assert(block.skip | (block.row < now + camera.source_rows)),
                Assert(~(block.skip & block.wanted & (block.row >= now))),
                Assert(~resampling & ~block.waits & (block.row == following)),
            ]
        with m.If(block.write_enable):
            # It overwrites the row ``source_rows`` before it, which must not be needed any more. Of the frame
            # in progress no row is stored before one of it has been started.
            m.d.comb += Assert(old | (row < now + camera.source_rows))
        # An old row that is still on its way completes nothing.
        m.d.comb += Assert(~(joined & old & state["counts"]))
        # The induction needs this.
        behind = needed + camera.source_rows
        skips = block.skip == (~wanted | (block.row < needed))
        _decided(m, state, ~resampling, known, skips, block.row < behind)
        with m.If(resampling):
            m.d.comb += [Assert(state["resampled"] == row), Assert(skipped | old | (known & (row < behind)))]

    shapes = dict.fromkeys(("begin", "fresh", "join", "clear", "waits", "wanted", "finish", "write"), 1)
    shapes |= {"height": camera.frame_height.bit_length(), "grow": (camera.frame_height - 1).bit_length()}
    return Bench(shapes | {"column": (camera.side - 1).bit_length()}, build)


def _decided(m: Module, state: dict[str, Signal], now, known, skips, fits) -> None:
    """Asserts what the induction needs: what was decided a cycle ago of the row that is next."""
    with m.If(state["decided"] & state["more"] & now):
        m.d.comb += [Assert(known), Assert(~state["room"] | fits), Assert(skips)]


def strip_rows(camera: Camera) -> Bench:
    """A bench that writes each row when there is room for it, as slowly as it likes, and takes pixels when it
    likes.
    """

    def build(m: Module, inputs: Bench) -> None:
        m.submodules.block = block = StripSender(camera)
        state = registers(block)
        strips, rows = Signal(strips_layout(camera)), Signal(range(camera.side + 1))
        given = inputs.strips
        legal = (given.columns > 0) & (given.columns <= camera.side) & (given.rows > 0) & (given.advance > 0)
        begin = inputs.begin & ~block.busy & legal & (given.last_top + given.rows <= camera.side)
        with m.If(begin):
            m.d.sync += strips.eq(given)
        m.d.comb += [
            block.strips.eq(Mux(begin, given, strips)),
            block.begin.eq(begin),
            block.stop.eq(inputs.stop),
            block.clear.eq(inputs.clear),
            block.o.ready.eq(inputs.ready),
        ]
        writing, open_ = _writer(m, inputs, block, begin, rows, strips)
        # The first row that is still to be sent, and the rows that have been begun to be written.
        top, row, rest = state["top"], state["row"], state["rest"]
        following = Mux(top + strips.advance < strips.last_top, top + strips.advance, strips.last_top)
        kept = Mux((top == strips.last_top) | (row < following), row, following)
        begun = rows + writing
        with m.If(state["sending"]):
            m.d.comb += [
                Assert(begun <= kept + camera.crop_rows),
                Assert(begun <= row + camera.crop_rows),
                # The induction needs this: the strip that is sent, what is written, the room that is told.
                Assert((strips.columns > 0) & (strips.rows > 0) & (strips.advance > 0)),
                Assert(strips.last_top + strips.rows <= camera.side),
                Assert((top <= strips.last_top) & (row >= top) & (row + rest + 1 == top + strips.rows)),
                Assert(state["limit"] <= kept + camera.crop_rows),
                Assert(~open_ | (state["complete"] == rows)),
                Assert(state["complete"] <= begun),
            ]
        m.d.comb += Assert(~writing | open_)

    shapes = {"begin": 1, "stop": 1, "clear": 1, "ready": 1, "claim": 1, "finish": 1, "write": 1}
    return Bench(shapes | {"strips": strips_layout(camera)}, build)


def _writer(m: Module, inputs: Bench, block: StripSender, begin, rows: Signal, strips) -> tuple:
    """Whoever writes the crop's rows: (a row is being written, rows may be written)."""
    writing, open_ = Signal(), Signal()
    ends = writing & inputs.finish
    m.d.comb += [
        block.row.eq(rows),
        block.write_enable.eq(writing & inputs.write),
        block.row_done.eq(ends),
    ]
    with m.If(ends):
        m.d.sync += [writing.eq(0), rows.eq(rows + 1)]
    with m.Elif(open_ & inputs.claim & block.room & (rows < strips.last_top + strips.rows)):
        m.d.sync += writing.eq(1)
    with m.If(inputs.stop | inputs.clear):
        m.d.sync += [open_.eq(0), writing.eq(0)]
    with m.If(begin & ~inputs.clear):
        m.d.sync += [open_.eq(1), rows.eq(0), writing.eq(0)]
    return writing, open_


PROOFS = [
    Proof(
        name="source_rows.kept",
        claim="a row is started, in its turn, only if it is skipped or there is room for it; none is "
        "overwritten that is still needed",
        bench=partial(source_rows, LARGE),
        depth=2,
    ),
    Proof(
        name="positions.samples",
        claim="of any window each sample's place, part and whether it is outside are those of its position, "
        "rounded half up, and so is the next one's place",
        bench=partial(positions, LARGE),
        depth=2,
        long=True,
    ),
    *(
        Proof(
            name=f"strips.side_{camera.side}",
            claim=f"of any strips of a crop of {camera.side} pixels no row is overwritten that is still to "
            "be sent, now or again",
            bench=partial(strip_rows, camera),
            depth=2,
            long=camera is LARGE,
        )
        for camera in (SMALL, LARGE)
    ),
]
