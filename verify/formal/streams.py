"""Stream buffers keep the stream rules, and what comes out is what went in: nothing lost, doubled, changed
or out of order.

One word, any, is marked as it enters; how many words are ahead of it is counted outside. It must leave when
none is ahead, with the same bits. As it could be any word, all do.
"""

from functools import partial

from amaranth.hdl import Assert, Module, Mux, Signal, Value

from siammixer.arch.accelerator import DEFAULT_ACCELERATOR, find_accelerator
from siammixer.arch.link import BUFFER_BYTES
from siammixer.rtl.link.link_buffer import MessageBuffer
from siammixer.rtl.link.link_frame import MESSAGE_BYTE
from siammixer.rtl.primitives.queue import Queue
from siammixer.rtl.primitives.skew import delay
from siammixer.verify.formal.bench import Bench, offers_stand, opened, peek, registers
from siammixer.verify.formal.proof import Proof

SIZES = find_accelerator(DEFAULT_ACCELERATOR)


def queue(width: int, depth: int) -> Bench:
    """The queue, its level and its order."""

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

        # What makes it inductive: where things lie.
        m.d.comb += [
            place.eq(_around(read + ahead, depth)),
            Assert(~marked | ((ahead < held) & (there == word))),
        ]

    return Bench({"valid": 1, "payload": width, "ready": 1, "clear": 1, "mark": 1}, build)


def queue_lies(m: Module, block: Queue, depth: int) -> Signal:
    """Ready and valid tell of the level; and what an induction has to know: where the words lie, from the
    place that is returned.
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
    return Mux(place >= depth, place - depth, place)


def messages(depth: int) -> Bench:
    """The message buffer, its room and its order; what is lost is lost with its whole message, and told."""

    def build(m: Module, inputs: Bench) -> None:
        m.submodules.block = block = MessageBuffer(depth)
        module, place = opened(block), Signal(range(depth))
        there = peek(opened(module.submodules.ram), "words", place)
        ends = block.i.valid & block.i.payload.last
        m.d.comb += [
            block.i.valid.eq(inputs.valid),
            block.i.payload.eq(inputs.payload),
            # As it asks: a last byte is not dropped, and nothing is taken while all is forgotten.
            block.drop.eq(inputs.drop & ~ends),
            block.o.ready.eq(inputs.ready & ~inputs.clear),
            block.clear.eq(inputs.clear),
        ]
        take, lost = block.o.valid & block.o.ready, block.drop | block.overflow
        offers_stand(m, block.o, block.clear, "o")

        # Bytes of whole messages, and of the one that is coming; whether there was no room for one of these.
        # A byte that left in the cycle before may still count.
        held, came, short, left = Signal(range(depth)), Signal(range(depth + 1)), Signal(), Signal()
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

        # A byte that entered, and how many are before it: as many as are held, or more, as long as its
        # message is not whole.
        marked, ahead, byte = Signal(), Signal(range(2 * depth)), Signal.like(there)
        with m.If(marked & take):
            m.d.sync += ahead.eq(ahead - 1)
            with m.If(ahead == 0):
                m.d.comb += Assert(Value.cast(block.o.payload) == byte)
                m.d.sync += marked.eq(0)
        with m.If(marked & lost & (ahead >= held) | block.clear):
            m.d.sync += marked.eq(0)
        with m.Elif(~marked & inputs.mark & block.i.valid & ~lost):
            m.d.sync += [marked.eq(1), ahead.eq(held + came - take), byte.eq(block.i.payload)]

        # A byte that is held is offered soon; none is that was read while it was written.
        patience = Signal(range(BYTE_CYCLES + 1))
        m.d.sync += patience.eq(Mux((held == 0) | block.o.valid | block.clear, 0, patience + 1))
        ram = module.submodules.ram
        clash = delay(m, ram.write_enable & (ram.write_address == ram.read_address), ram.LATENCY, "clash")
        m.d.comb += [Assert(patience < BYTE_CYCLES), Assert(~(block.o.valid & clash))]

        # What makes it inductive: where things lie.
        state = registers(block)
        head, whole, tail, full = (state[name] for name in ("head", "whole", "tail", "full"))
        stored = (head - whole)[: len(head)]
        m.d.comb += [
            place.eq(tail + ahead),
            Assert(state["fsm_state"] < 3),
            Assert(held == (whole - tail)[: len(tail)]),
            Assert((held + stored < depth) & (came <= depth)),
            Assert(full | (held + stored < depth - 1)),
            Assert(Mux(state["lost"], short, came == stored)),
            Assert(~full | short | (held + left + came >= depth - 1)),
            Assert(~marked | (state["lost"] & (ahead >= held)) | ((ahead < held + came) & (there == byte))),
        ]

    return Bench({"valid": 1, "payload": MESSAGE_BYTE, "drop": 1, "clear": 1, "ready": 1, "mark": 1}, build)


# Payloads are only carried: their width decides nothing but the time that a proof takes.
WIDTH = 8
# In which a byte of the message buffer leaves, once it is held and taken at once.
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
