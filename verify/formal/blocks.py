"""Proofs that the blocks which rearrange words keep every byte, in its order and at its time: gearbox,
transposer and the queue of residuals.

What goes in, and when, is free. Only what a block asks of its user is kept: at most as many words in the
queue as it has places, none taken before it can be read, ``turn`` that changes with every block.
"""

from functools import partial

from amaranth.hdl import Assert, Cat, Module, Mux, Signal, Value

from siammixer.arch.accelerator import DEFAULT_ACCELERATOR, RESIDUALS, TAPS, find_accelerator
from siammixer.rtl.datapath.gearbox import Gearbox
from siammixer.rtl.datapath.residual_queue import ResidualQueue
from siammixer.rtl.datapath.transposer import Transposer
from siammixer.rtl.primitives.skew import delay
from siammixer.verify.formal.bench import Bench, constant, history, opened, peek, registers
from siammixer.verify.formal.proof import Proof

NAMES = (DEFAULT_ACCELERATOR, "tiny")
"""The accelerators with as many lanes as the benches have: words longer than a group, and shorter ones."""


def gearbox(name: str) -> Bench:
    """A bench for the gearbox: LATENCY cycles after ``end`` the group is out that ends at that byte of the
    two newest words.
    """
    accelerator = find_accelerator(name)
    lanes = accelerator.lanes

    def build(m: Module, inputs: Bench) -> None:
        m.submodules.block = block = Gearbox(accelerator)
        m.d.comb += [
            block.advance.eq(inputs.advance),
            block.i.eq(inputs.i),
            block.end.eq(inputs.end),
        ]
        state = registers(block)
        newest, before = (Signal(8 * lanes, name=name, reset_less=True) for name in ("newest", "before"))
        with m.If(inputs.advance):
            m.d.sync += [newest.eq(inputs.i), before.eq(newest)]
        # The induction needs this: the block holds the same two words.
        m.d.comb += [Assert(state["newest"] == newest), Assert(state["before"] == before)]
        end = delay(m, inputs.end, 1, "end")
        channels = Cat(before, newest)
        group = Signal(8 * TAPS)
        if lanes < TAPS:
            m.d.comb += group.eq(newest)
        else:
            with m.Switch(end):
                for last in range(lanes):
                    with m.Case(last):
                        stop = 8 * (lanes + last + 1)
                        m.d.comb += group.eq(channels[stop - 8 * TAPS : stop])
        expected = delay(m, group, Gearbox.LATENCY - 1, "expected")
        with m.If(history(m, Gearbox.LATENCY, "filled")):
            m.d.comb += Assert(block.o == expected)

    return Bench({"advance": 1, "i": 8 * lanes, "end": range(lanes)}, build)


def transposer(size: int) -> Bench:
    """A bench for the transposer: an arbitrary byte of every block leaves in the next block, in the word of
    its own column, at the place of its own row. The words pause as they like.
    """

    def build(m: Module, inputs: Bench) -> None:
        m.submodules.block = block = Transposer(size)
        cells = registers(block)
        flat = Cat(cells[f"cell_{row}_{column}"] for row in range(size) for column in range(size))
        row, column = constant(m, inputs.row, "row"), constant(m, inputs.column, "column")
        bypass = constant(m, inputs.bypass, "bypass")
        place, turn, whole = Signal(range(size)), Signal(reset_less=True), Signal()
        coming, held = Signal(8, reset_less=True), Signal(8, reset_less=True)
        m.d.comb += [
            block.shift.eq(inputs.shift),
            block.turn.eq(turn),
            block.bypass.eq(bypass),
            block.i.eq(inputs.i),
        ]
        byte, last = inputs.i.word_select(column, 8), place == size - 1
        with m.If(inputs.shift):
            m.d.sync += place.eq(place + 1)
            with m.If(place == row):
                m.d.sync += coming.eq(byte)
            with m.If(last):
                m.d.sync += [turn.eq(~turn), whole.eq(1), held.eq(Mux(place == row, byte, coming))]
        due = delay(m, inputs.shift & whole & (place == column), 1, "due")
        expected = delay(m, held, 1, "expected")
        passed, now = delay(m, inputs.i, 1, "passed"), history(m, 1, "now")
        with m.If(now & bypass):
            m.d.comb += Assert(block.o == passed)
        with m.If(now & due & ~bypass):
            m.d.comb += Assert(block.o.word_select(row, 8) == expected)
        # The induction needs this: where both bytes lie. A block that came as rows moves left while the next
        # one comes as columns, and the other way round.
        came = Signal(range(size))
        left = Signal(range(size))
        m.d.comb += [came.eq(size - place + row), left.eq(column - place)]
        new, old = (Signal(8, name=name) for name in ("new", "old"))
        m.d.comb += [
            new.eq(flat.word_select(Mux(turn, column * size + came, came * size + column), 8)),
            old.eq(flat.word_select(Mux(turn, row * size + left, left * size + row), 8)),
            Assert((row >= place) | (new == coming)),
            Assert(~whole | (column < place) | (old == held)),
        ]

    shapes = {"shift": 1, "i": 8 * size, "bypass": 1, "row": range(size), "column": range(size)}
    return Bench(shapes, build)


def residual_queue(lanes: int, lane: int) -> Bench:
    """A bench for one byte of the words of the queue. It marks an arbitrary word as it comes and counts the
    words before it; when these have left, the next that is taken is the marked one.

    The byte goes in and out ``lane`` cycles later than byte 0, and all that the bench knows is as much later.
    """
    depth = RESIDUALS

    def build(m: Module, inputs: Bench) -> None:
        block = ResidualQueue(lanes, depth)
        place = Signal(range(depth))
        m.submodules.block = block
        there = peek(opened(block), f"bytes_{lane}", place)
        state = registers(block)
        held = Signal(range(depth + 1), reset_less=True)
        put = (inputs.read | inputs.centre) & ~inputs.clear & (held < depth)
        young = delay(m, put, 1, "young")
        take = inputs.take & (held > young)
        m.d.comb += [
            block.read.eq(put & ~inputs.centre),
            block.centre.eq(put & inputs.centre),
            block.take.eq(take),
            block.clear.eq(inputs.clear),
            block.activations.eq(inputs.activation << 8 * lane),
            block.centres.eq(inputs.middle << 8 * lane),
        ]
        m.d.sync += held.eq(Mux(inputs.clear, 0, held + put - take))
        read, write = state["read_position"], state["write_position"]
        # The induction needs this: places agree with the count.
        m.d.comb += [
            Assert(held <= depth),
            Assert(~young | (held > 0)),
            Assert(write == (read + held - young)[: len(write)]),
        ]
        _mark(
            m,
            block.o.word_select(lane, 8),
            put=delay(m, put, lane, "put_late"),
            take=delay(m, take, lane, "take_late"),
            clear=delay(m, inputs.clear, lane, "clear_late"),
            mark=inputs.mark,
            held=delay(m, held, lane, "held_late"),
            first=delay(m, read, lane, "read_late"),
            byte=Mux(delay(m, inputs.centre, lane, "centre_late"), inputs.middle, inputs.activation),
            entering=state[f"entering_{lane}"],
            place=place,
            there=there,
        )

    shapes = {"read": 1, "centre": 1, "take": 1, "clear": 1, "mark": 1, "activation": 8, "middle": 8}
    return Bench(shapes, build)


def _mark(
    m: Module, out: Value, *, put, take, clear, mark, held, first, byte, entering, place, there
) -> None:
    """Marks a byte that comes with ``put``, and asserts that ``out`` is it a cycle after it was taken.

    ``held`` words are in the queue, the first of them at ``first``; ``there`` is the memory's byte at
    ``place``, ``entering`` the byte that is about to be written.
    """
    marked, fresh = Signal(reset_less=True), Signal(reset_less=True)
    ahead, wanted = Signal.like(place, reset_less=True), Signal(8, reset_less=True)
    leaves = marked & take & (ahead == 0)
    m.d.sync += [fresh.eq(0), ahead.eq(ahead - (marked & take))]
    with m.If(leaves):
        m.d.sync += marked.eq(0)
    with m.If(~marked & mark & put):
        m.d.sync += [marked.eq(1), fresh.eq(1), ahead.eq(held - take), wanted.eq(byte)]
    with m.If(clear):
        m.d.sync += marked.eq(0)
    left, expected = delay(m, leaves, 1, "left"), delay(m, wanted, 1, "expected")
    with m.If(left):
        m.d.comb += Assert(out == expected)
    # The induction needs this: where the marked byte lies.
    m.d.comb += [
        place.eq(first + ahead),
        Assert(~marked | (ahead < held)),
        Assert(~marked | Mux(fresh, entering == wanted, there == wanted)),
    ]


SIZES = find_accelerator(DEFAULT_ACCELERATOR)

PROOFS = [
    *(
        Proof(
            name=f"gearbox.lanes_{find_accelerator(name).lanes}",
            claim=f"{Gearbox.LATENCY} cycles after end the group is out that ends there, of the two newest "
            "words; any words, ends and pauses",
            bench=partial(gearbox, name),
            depth=Gearbox.LATENCY + 2,
        )
        for name in NAMES
    ),
    *(
        Proof(
            name=f"transposer.size_{size}",
            claim=f"{size} x {size} bytes: every byte of a block leaves once, in the next block, row and "
            "column exchanged, a cycle after its shift; any pauses",
            bench=partial(transposer, size),
            depth=2,
            long=size > 8,
        )
        for size in (4, 8, SIZES.lanes)
    ),
    *(
        Proof(
            name=f"residual_queue.lane_{lane}",
            claim=f"{RESIDUALS} words, byte {lane} of each: none is lost, doubled, changed or overtaken; it "
            f"is out {lane + 1} cycles after take; with at most {RESIDUALS} words held",
            bench=partial(residual_queue, lane + 1, lane),
            depth=lane + 4,
        )
        for lane in (0, 2, SIZES.lanes - 1)
    ),
]
