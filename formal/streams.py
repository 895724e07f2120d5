"""Stream buffers keep the stream rules, and what comes out is what went in: nothing lost, doubled, changed or out of order.

One word, any, is marked as it enters; how many words are ahead of it is counted outside. It must leave when none is ahead, with the same
bits. As it could be any word, all do.
"""

from functools import partial

from amaranth.hdl import Assert, Module, Mux, Signal

from formal.bench import Bench, offers_stand, opened, peek
from formal.proof import Proof
from rtl.queue import Queue
from spec.accelerator import DEFAULT_ACCELERATOR, find_accelerator

SIZES = find_accelerator(DEFAULT_ACCELERATOR)


def queue(width: int, depth: int) -> Bench:
    """The queue, its level and its order."""

    def build(m: Module, inputs: Bench) -> None:
        block = Queue(width, depth)
        place = Signal(range(depth))
        m.submodules.block = block
        module = opened(block)
        there = peek(module, "words", place)
        read, write = (port.addr for port in (module.submodules.words.read_ports[0], module.submodules.words.write_ports[0]))
        m.d.comb += [block.i.valid.eq(inputs.valid), block.i.payload.eq(inputs.payload), block.o.ready.eq(inputs.ready), block.clear.eq(inputs.clear)]
        put, take = block.i.valid & block.i.ready, block.o.valid & block.o.ready
        offers_stand(m, block.o, block.clear, "o")

        held, ahead = Signal(range(depth + 1)), Signal(range(depth))
        marked, word = Signal(), Signal(width)
        m.d.comb += [Assert(block.level == held), Assert(block.i.ready == (held < depth)), Assert(block.o.valid == (held > 0))]
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
            Assert(read < depth),
            Assert(held <= depth),
            Assert(write == _around(read + held, depth)),
            Assert(~marked | ((ahead < held) & (there == word))),
        ]

    return Bench({"valid": 1, "payload": width, "ready": 1, "clear": 1, "mark": 1}, build)


def _around(place, depth: int):
    return Mux(place >= depth, place - depth, place)


# Payloads are only carried: their width decides nothing but the time that a proof takes.
WIDTH = 8

PROOFS = [
    Proof(
        name=f"queue.depth_{depth}",
        claim=f"{depth} words: offers stand; no word is lost, doubled, changed or overtaken; level, ready and valid tell how many are held",
        bench=partial(queue, WIDTH, depth),
        depth=2,
    )
    for depth in (5, SIZES.pixel_windows)
]
