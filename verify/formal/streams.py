"""Proofs that stream buffers keep the stream rules and neither lose, repeat, change nor reorder words.

A bench marks an arbitrary word as it enters, and counts the words ahead of it. The word must leave when none
is ahead, with the same bits. Since the word is arbitrary, all words do.
"""

from functools import partial
from typing import NamedTuple

from amaranth.hdl import Assert, Module, Mux, Signal, Value

from siammixer.arch.accelerator import DEFAULT_ACCELERATOR, find_accelerator
from siammixer.arch.link import BUFFER_BYTES
from siammixer.rtl.link.link_buffer import MessageBuffer
from siammixer.rtl.link.link_frame import MESSAGE_BYTE
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.primitives.queue import Queue
from siammixer.rtl.primitives.skew import delay
from siammixer.verify.formal.bench import Bench, offers_stand, opened, peek, registers
from siammixer.verify.formal.proof import Proof

SIZES = find_accelerator(DEFAULT_ACCELERATOR)


def queue(width: int, depth: int) -> Bench:
    """A bench for the queue: its level and its order."""

    def build(m: Module, inputs: Bench) -> None:
        block = Queue(width, depth)
        place = Signal(range(depth))
        m.submodules.block = block
        there = peek(opened(block), "words", place)
        read = queue_lies(m, block, depth)
        m.d.comb += [
            block.i.valid.eq(inputs.valid),
            block.i.payload.eq(inputs.payload),
            block.o.ready.eq(inputs.ready),
            block.clear.eq(inputs.clear),
        ]
        put, take = block.i.valid & block.i.ready, block.o.valid & block.o.ready
        offers_stand(m, block.o, block.clear, "o")

        held, ahead = Signal(range(depth + 1)), Signal(range(depth))
        marked, word = Signal(), Signal(width)
        m.d.comb += Assert(block.level == held)
        m.d.sync += held.eq(held + put - take)
        with m.If(marked & take):
            m.d.sync += ahead.eq(ahead - 1)
            with m.If(ahead == 0):
                m.d.comb += Assert(block.o.payload == word)
                m.d.sync += marked.eq(0)
        with m.If(~marked & inputs.mark & put):
            m.d.sync += [marked.eq(1), ahead.eq(held - take), word.eq(block.i.payload)]
        with m.If(block.clear):
            m.d.sync += [held.eq(0), marked.eq(0)]

        # The induction needs this: the place of the marked word.
        m.d.comb += [
            place.eq(_around(read + ahead, depth)),
            Assert(~marked | ((ahead < held) & (there == word))),
        ]

    return Bench({"valid": 1, "payload": width, "ready": 1, "clear": 1, "mark": 1}, build)


def queue_lies(m: Module, block: Queue, depth: int) -> Signal:
    """Asserts that ready and valid follow from the level, and that the words lie where an induction needs
    them.

    Returns the place of the first word.
    """
    words = opened(block).submodules.words
    read, write = words.read_ports[0].addr, words.write_ports[0].addr
    m.d.comb += [
        Assert(block.i.ready == (block.level < depth)),
        Assert(block.o.valid == (block.level > 0)),
        Assert(block.level <= depth),
        Assert(read < depth),
        Assert(write == _around(read + block.level, depth)),
    ]
    return read


def _around(place, depth: int):
    """``place`` modulo ``depth``, for places below twice the depth."""
    return Mux(place >= depth, place - depth, place)


class _Count(NamedTuple):
    """Bytes of the message buffer, counted outside it."""

    held: Signal
    """Bytes of whole messages that have not left."""
    came: Signal
    """Bytes of the message that is coming."""
    short: Signal
    """Whether there was no room for one of these."""
    left: Signal
    """Whether a byte left in the cycle before; the block may still count it."""


def messages(depth: int) -> Bench:
    """A bench for the message buffer: its room and its order. It loses only whole messages, and reports
    that.
    """

    def build(m: Module, inputs: Bench) -> None:
        m.submodules.block = block = MessageBuffer(depth)
        module, place = opened(block), Signal(range(depth))
        there = peek(opened(module.submodules.ram), "words", place)
        ends = block.i.valid & block.i.payload.last
        m.d.comb += [
            block.i.valid.eq(inputs.valid),
            block.i.payload.eq(inputs.payload),
            # By the rules of the block, a last byte is not dropped, and nothing is taken during ``clear``.
            block.drop.eq(inputs.drop & ~ends),
            block.o.ready.eq(inputs.ready & ~inputs.clear),
            block.clear.eq(inputs.clear),
        ]
        offers_stand(m, block.o, block.clear, "o")
        count = _count_bytes(m, block, depth)
        marked, ahead, byte = _mark_byte(m, inputs, block, count, there, depth)
        _offered_soon(m, block, count.held, module.submodules.ram)
        state = registers(block)
        m.d.comb += [
            place.eq(state["tail"] + ahead),
            # The induction needs this: the place of the marked byte.
            Assert(
                ~marked
                | (state["lost"] & (ahead >= count.held))
                | ((ahead < count.held + count.came) & (there == byte))
            ),
        ]
        _byte_places(m, count, state, depth)

    return Bench({"valid": 1, "payload": MESSAGE_BYTE, "drop": 1, "clear": 1, "ready": 1, "mark": 1}, build)


def _count_bytes(m: Module, block: MessageBuffer, depth: int) -> _Count:
    """Counts bytes, and asserts that the buffer drops a message only where it lacks room."""
    held, came, short, left = Signal(range(depth)), Signal(range(depth + 1)), Signal(), Signal()
    ends, take = block.i.valid & block.i.payload.last, block.o.valid & block.o.ready
    lacks = short | (block.i.valid & (held + left + came >= depth - 1))
    m.d.sync += [held.eq(held - take), left.eq(take)]
    with m.If(block.i.valid):
        m.d.sync += [came.eq(Mux(came == depth, depth, came + 1)), short.eq(lacks)]
    with m.If(ends & ~block.overflow):
        m.d.sync += held.eq(held - take + came + 1)
    with m.If(ends | block.drop | block.clear):
        m.d.sync += [came.eq(0), short.eq(0)]
    with m.If(block.clear):
        m.d.sync += [held.eq(0), left.eq(0)]
    m.d.comb += [
        Assert(block.i.ready),
        Assert(~block.overflow | (ends & lacks)),
        Assert(~block.o.valid | (held > 0)),
    ]
    return _Count(held, came, short, left)


def _mark_byte(
    m: Module, inputs: Bench, block: MessageBuffer, count: _Count, there: Value, depth: int
) -> tuple[Signal, Signal, Signal]:
    """Marks a byte as it enters, and asserts that it leaves when no byte is ahead of it, with the same bits.

    Returns (whether a byte is marked, number of bytes ahead of it, the byte). While its message is not whole,
    at least ``held`` bytes are ahead of it.
    """
    take, lost = block.o.valid & block.o.ready, block.drop | block.overflow
    marked, ahead = Signal(), Signal(range(2 * depth))
    byte = Signal.like(there)
    with m.If(marked & take):
        m.d.sync += ahead.eq(ahead - 1)
        with m.If(ahead == 0):
            m.d.comb += Assert(Value.cast(block.o.payload) == byte)
            m.d.sync += marked.eq(0)
    with m.If(marked & lost & (ahead >= count.held) | block.clear):
        m.d.sync += marked.eq(0)
    with m.Elif(~marked & inputs.mark & block.i.valid & ~lost):
        m.d.sync += [marked.eq(1), ahead.eq(count.held + count.came - take), byte.eq(block.i.payload)]
    return marked, ahead, byte


def _offered_soon(m: Module, block: MessageBuffer, held: Signal, ram: BlockRam) -> None:
    """Asserts that a byte that is held is offered within BYTE_CYCLES, and that no byte is offered which was
    read in the cycle in which it was written.
    """
    patience = Signal(range(BYTE_CYCLES + 1))
    m.d.sync += patience.eq(Mux((held == 0) | block.o.valid | block.clear, 0, patience + 1))
    clash = delay(m, ram.write_enable & (ram.write_address == ram.read_address), ram.LATENCY, "clash")
    m.d.comb += [Assert(patience < BYTE_CYCLES), Assert(~(block.o.valid & clash))]


def _byte_places(m: Module, count: _Count, state: dict[str, Signal], depth: int) -> None:
    """Asserts what the induction needs: the buffer's pointers and flags agree with the count."""
    held, came, short, left = count
    head, whole, tail, full = (state[name] for name in ("head", "whole", "tail", "full"))
    stored = (head - whole)[: len(head)]
    m.d.comb += [
        Assert(state["fsm_state"] < 3),
        Assert(held == (whole - tail)[: len(tail)]),
        Assert(state["before"] == (tail - 1)[: len(tail)]),
        Assert(state["second_before"] == (tail - 2)[: len(tail)]),
        Assert((held + stored < depth) & (came <= depth)),
        Assert(full | (held + stored < depth - 1)),
        Assert(Mux(state["lost"], short, came == stored)),
        Assert(~full | short | (held + left + came >= depth - 1)),
    ]


# Bits of a payload. The blocks only carry payloads, so the width influences only the time of a proof.
WIDTH = 8
# Cycles in which a held byte of the message buffer leaves, if it is taken at once.
BYTE_CYCLES = 3

PROOFS = [
    *(
        Proof(
            name=f"queue.depth_{depth}",
            claim=f"{depth} words: offers stand; no word is lost, doubled, changed or overtaken; level, "
            "ready and valid tell how many are held",
            bench=partial(queue, WIDTH, depth),
            depth=2,
        )
        for depth in (5, SIZES.pixel_windows)
    ),
    *(
        Proof(
            name=f"messages.depth_{depth}",
            claim=f"{depth} bytes: of whole messages they leave in order, one in {BYTE_CYCLES} cycles; "
            "without room a message is lost whole and told",
            bench=partial(messages, depth),
            depth=6,
            long=depth > 16,
        )
        for depth in (16, 64, BUFFER_BYTES)
    ),
]
