"""Proofs that a memory with one port serves for the weights of a lane."""

from amaranth.hdl import Assert, Module, Mux, Signal

from siammixer.arch.accelerator import LANE_CYCLES
from siammixer.arch.instruction import Kind
from siammixer.rtl.control.address_generator import AddressGenerator
from siammixer.rtl.control.instruction import INSTRUCTION
from siammixer.rtl.primitives.block_ram import BlockRam
from siammixer.rtl.primitives.skew import delay
from siammixer.rtl.technology.asic import OnePortRam, TwoPortRam
from siammixer.verify.formal.bench import Bench, history, opened, peek
from siammixer.verify.formal.control import ODD
from siammixer.verify.formal.proof import Proof

WIDTH, DEPTH = 3, 4
# Cycles from the work that stores an operand to the work whose word would be read while it is written: the
# write is a cycle after the operand, and the read as long before its own as a block RAM takes.
CONFLICT = 1 + BlockRam.LATENCY
# A step begins no sooner after the one before: accelerators settle longer, for all that is on its way.
REST = LANE_CYCLES + 1


def memories() -> Bench:
    """A bench for :class:`OnePortRam` beside :class:`TwoPortRam`: equal but for what is read in a cycle that
    writes.
    """

    def build(m: Module, inputs: Bench) -> None:
        pair = [kind(width=WIDTH, depth=DEPTH) for kind in (OnePortRam, TwoPortRam)]
        modules = [opened(ram) for ram in pair]
        m.submodules.one, m.submodules.two = pair
        for ram in pair:
            m.d.comb += [getattr(ram, name).eq(getattr(inputs, name)) for name in INPUTS]
        # The induction needs this: they hold the same.
        for part in ("words_0", "words_2"):
            for address in range(DEPTH):
                one, two = (peek(module, part, address) for module in modules)
                m.d.comb += Assert(one == two)
        wrote = delay(m, inputs.write_enable, BlockRam.LATENCY, "wrote")
        settled = history(m, BlockRam.LATENCY, "settled")
        m.d.comb += Assert(~settled | wrote | (pair[0].read_data == pair[1].read_data))

    return Bench(INPUTS, build)


INPUTS = {
    "read_address": range(DEPTH),
    "write_enable": 1,
    "write_address": range(DEPTH),
    "write_data": WIDTH,
}


def stores() -> Bench:
    """A bench for the address generator: CONFLICT cycles after an operand was stored nothing is multiplied or
    loaded, for any instructions one after the other, none of them a fused STORE_TEMPLATE, and any aborts.
    """

    def build(m: Module, inputs: Bench) -> None:
        m.submodules.block = block = AddressGenerator(ODD)
        rest, instruction = Signal(range(REST + 1)), Signal(INSTRUCTION)
        begin = Signal()
        m.d.comb += begin.eq(inputs.begin & ~block.busy & (rest == REST))
        m.d.sync += rest.eq(Mux(block.busy | begin, 0, Mux(rest == REST, REST, rest + 1)))
        storing = instruction.kind == Kind.STORE_TEMPLATE
        with m.If(~block.busy & (rest < REST - 1)):
            m.d.sync += instruction.eq(inputs.instruction)
        m.d.comb += [
            block.begin.eq(begin),
            block.instruction.eq(instruction),
            block.instruction.fused.eq(instruction.fused & ~storing),
            block.patch_offset.eq(inputs.patch_offset),
            block.abort.eq(inputs.abort),
            block.window_ready.eq(inputs.window_ready),
        ]
        # The induction needs this: no window of a fused step is left when operands are stored, and there is
        # nothing to load.
        parts = opened(block).submodules
        other = parts.fused.due | parts.positions.position.load | parts.positions.position.window
        m.d.comb += Assert(~(block.busy & storing & other))
        lane = block.issue.lane
        stored = delay(m, lane.store, CONFLICT, "stored")
        settled = history(m, CONFLICT, "settled")
        m.d.comb += Assert(~(settled & stored & (lane.multiply | lane.load)))

    return Bench(
        {"instruction": INSTRUCTION, "patch_offset": 16, "begin": 1, "abort": 1, "window_ready": 1}, build
    )


PROOFS = [
    Proof(
        name="one_port.memory",
        claim="a memory with one port holds and reads what one with two does, but for words read in a cycle "
        "that writes",
        bench=memories,
        depth=BlockRam.LATENCY + 2,
    ),
    Proof(
        name="one_port.stores",
        claim=f"nothing is multiplied or loaded {CONFLICT} cycles after an operand was stored, which would "
        "read the weights while they are written; any legal instructions and aborts",
        bench=stores,
        depth=CONFLICT + REST + 2,
    ),
]
