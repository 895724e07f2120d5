"""Proofs about the sequencer's runs and the address generator's addresses.

They hold for any content of the program memory, any faults and any resets.
"""

from dataclasses import replace

from amaranth.hdl import Assert, Cat, Module, Mux, ResetSignal, Signal

from siammixer.arch.accelerator import ACCELERATORS, LANE_CYCLES
from siammixer.arch.errors import Error
from siammixer.rtl.control.address_generator import AddressGenerator
from siammixer.rtl.control.instruction import INSTRUCTION
from siammixer.rtl.control.sequencer import Sequencer
from siammixer.rtl.primitives.skew import delay
from siammixer.verify.formal.bench import Bench, constant, history, opened, registers
from siammixer.verify.formal.proof import Proof

SETTLE = 5
# Cycles of its own that the sequencer may take for an instruction: more than it needs to fetch and to settle.
PATIENCE = 3 * (Sequencer.FETCH + SETTLE)

INPUTS = {"word": 32, "start": 1, "entry": 16, "fault": Error, "refused": Error, "walking": 1}


def _sequencer(m: Module, inputs: Bench) -> tuple[Sequencer, Signal]:
    """(sequencer that fetches arbitrary words, signal that is 1 during a run as its ports show it)."""
    block = Sequencer(ACCELERATORS["tiny"], settle=SETTLE)
    program = opened(block).submodules.program
    program.elaborate = lambda platform: Module()
    m.submodules.block = block
    m.d.comb += [
        program.read_data.eq(inputs.word),
        block.start.eq(inputs.start),
        block.entry.eq(inputs.entry),
        block.refused.eq(inputs.refused),
        block.fault.eq(inputs.fault),
        block.walking.eq(inputs.walking),
    ]
    running = Signal()
    with m.If(block.start & ~block.busy):
        m.d.sync += running.eq(1)
    with m.Elif(block.done):
        m.d.sync += running.eq(0)
    # The induction needs this: the sequencer is idle while there is no run.
    state = registers(block)["fsm_state"]
    m.d.comb += Assert(block.busy == ((state != state.init) & ~block.done))
    return block, running


def runs() -> Bench:
    """A bench for runs: each goes from ``start`` to one ``done``, and a reset ends it."""

    def build(m: Module, inputs: Bench) -> None:
        block, running = _sequencer(m, inputs)
        was_reset, was_done, was_idle, error = Signal(reset_less=True), Signal(), Signal(), Signal(Error)
        m.d.sync += [was_reset.eq(ResetSignal()), was_done.eq(block.done)]
        m.d.sync += [was_idle.eq(~block.busy & ~block.start), error.eq(block.error)]
        m.d.comb += [
            Assert(block.busy == (running & ~block.done)),
            Assert(~block.done | running),
            Assert(~(block.done & was_done)),
        ]
        m.d.comb += [
            Assert(block.busy | ~(block.begin | block.step_done)),
            Assert(block.busy | block.done | ~block.abort),
        ]
        with m.If(was_idle):
            m.d.comb += Assert(block.error == error)
        with m.If(was_reset):
            m.d.comb += [
                Assert(~(block.busy | block.done | block.begin)),
                Assert(block.error == Error.NONE),
                Assert(block.step == 0),
            ]

    return Bench(INPUTS, build)


def progress() -> Bench:
    """A bench for progress: the ports show something new within PATIENCE cycles, unless the address generator
    works.
    """

    def build(m: Module, inputs: Bench) -> None:
        block, _ = _sequencer(m, inputs)
        quiet, step = Signal(range(PATIENCE + 1)), Signal.like(block.step)
        m.d.sync += [step.eq(block.step), quiet.eq(quiet + 1)]
        with m.If(~block.busy | block.walking | block.step_done | (block.step != step)):
            m.d.sync += quiet.eq(0)
        m.d.comb += Assert(quiet < PATIENCE)

    return Bench(INPUTS, build)


def patches() -> Bench:
    """A bench for the order of instructions: the next one follows, or an earlier one with a later patch."""

    def build(m: Module, inputs: Bench) -> None:
        block, _ = _sequencer(m, inputs)
        column, row, rows = block.patches.patch_column, block.patches.patch_row, block.patches.rows
        place, was_place = Cat(column, row), Signal(len(column) + len(row))
        m.d.sync += was_place.eq(place)
        # The patch follows the step by a cycle.
        step = delay(m, block.step, 1, "step")
        was_step, was_ended = delay(m, step, 1, "was_step"), delay(m, block.step_done, 2, "was_ended")
        with m.If(block.busy & delay(m, block.busy, 1, "was_busy") & delay(m, block.busy, 2, "before_busy")):
            follows = step == (was_step + 1)[: len(step)]
            m.d.comb += Assert(
                Mux(
                    was_ended,
                    follows | (place > was_place),
                    follows | ((step == was_step) & (place == was_place)),
                )
            )
        # The induction needs this: the patch lies within the loop.
        m.d.comb += Assert((row < rows) | (row == 0))

    return Bench(INPUTS, build)


def faults() -> Bench:
    """A bench for faults: the first fault of a run is its error until the next ``start``, and aborts the
    step.
    """

    def build(m: Module, inputs: Bench) -> None:
        block, _ = _sequencer(m, inputs)
        found, was_error, was_busy, was_start, was_abort = (
            Signal(Error),
            Signal(Error),
            Signal(),
            Signal(),
            Signal(),
        )
        m.d.sync += [
            was_error.eq(block.error),
            was_busy.eq(block.busy),
            was_start.eq(block.start),
            found.eq(Error.NONE),
        ]
        m.d.sync += was_abort.eq(block.abort)
        with m.If(block.busy & (block.error == Error.NONE)):
            m.d.sync += found.eq(Mux(block.fault != Error.NONE, block.fault, block.refused))
        m.d.comb += Assert(block.abort | ~(was_abort & was_busy))
        with m.If(found != Error.NONE):
            m.d.comb += [Assert(block.error == found), Assert(block.abort)]
        with m.Elif((was_error != Error.NONE) & (was_busy | ~was_start)):
            m.d.comb += Assert(block.error == was_error)

    return Bench(INPUTS, build)


# An accelerator whose memories end in the middle of their address ranges.
ODD = replace(
    ACCELERATORS["tiny"],
    name="odd",
    map_words=1000,
    weight_words=200,
    constants=20,
    line_width=24,
    line_width_5=14,
    response_words=50,
)
TOLD = 2  # cycles from an issue until ``outside``


def addresses() -> Bench:
    """Every address that is given out and used, against the end of its memory, for any one instruction."""

    def build(m: Module, inputs: Bench) -> None:
        m.submodules.block = block = AddressGenerator(ODD)
        at = opened(block).submodules.positions.position
        # Work of two kinds in one cycle: an induction begins in any state, and
        # tests/rtl/control/test_address_generator.py shows that this is none.
        two_at_once = at.load & (at.go | at.window)
        instruction = block.instruction
        m.d.comb += [
            instruction.eq(constant(m, inputs.instruction.as_value(), "instruction")),
            block.patch_offset.eq(inputs.patch_offset),
            *(getattr(block, name).eq(getattr(inputs, name)) for name in ("begin", "abort", "window_ready")),
        ]
        issue, lane, write = block.issue, block.issue.lane, block.write
        read = issue.advance | issue.residual_read | (lane.push & ~lane.fused)
        width = Mux(instruction.kernel_5, ODD.line_width_5, ODD.line_width)
        past_the_end = [
            read & (issue.read_address >= ODD.map_words),
            (lane.multiply | lane.store | lane.load) & ~two_at_once & (lane.weight >= ODD.weight_words),
            lane.load & ~two_at_once & (lane.constant >= ODD.constants),
            lane.push & (lane.column >= width),
        ]
        responds = delay(m, issue.respond, 1, "responds")
        past_the_end_a_cycle_later = [
            write.write & (write.address >= ODD.map_words),
            responds & (write.address >= ODD.response_words),
        ]
        settled = history(m, TOLD, "settled")
        for number, (wrong, told) in enumerate(
            [
                *((wrong, TOLD) for wrong in past_the_end),
                *((wrong, TOLD - 1) for wrong in past_the_end_a_cycle_later),
            ]
        ):
            m.d.comb += Assert(~(settled & delay(m, wrong, told, f"wrong_{number}")) | block.outside.any())

    return Bench(
        {"instruction": INSTRUCTION, "patch_offset": 16, "begin": 1, "abort": 1, "window_ready": 1}, build
    )


PROOFS = [
    Proof(
        name="sequencer.runs",
        claim="each start gives one run with one done, busy from the cycle after start until done; a "
        "reset gives idle; any program, any faults",
        bench=runs,
        depth=4,
    ),
    Proof(
        name="sequencer.progress",
        claim="in a run an instruction ends, or the address generator works, at least every "
        f"{PATIENCE} cycles (settle {SETTLE}); any program, any faults",
        bench=progress,
        depth=PATIENCE + 2,
    ),
    Proof(
        name="sequencer.patches",
        claim="after each instruction comes the next, or an earlier one and a later patch: in a memory that "
        "ends every run ends; any program and faults",
        bench=patches,
        depth=8,
    ),
    Proof(
        name="sequencer.faults",
        claim="the first fault of a run, or word refused in it, is its error until the next start, and from "
        "the next cycle on gives the step up; any program, any faults",
        bench=faults,
        depth=4,
    ),
    Proof(
        name="address_generator.addresses",
        claim="an address for the feature maps, weights, constants, line buffers or response past their "
        f"end is told {TOLD} cycles after; any instruction",
        bench=addresses,
        # Long enough that no result of the first, arbitrary state is still on its way.
        depth=LANE_CYCLES + TOLD + 2,
    ),
]
