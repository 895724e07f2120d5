"""The sequencer and its runs: whatever the program memory holds, whatever faults come, whenever it is reset."""

from amaranth.hdl import Assert, Cat, Module, Mux, ResetSignal, Signal

from formal.bench import Bench, opened, registers
from formal.proof import Proof
from rtl.sequencer import Sequencer
from spec.accelerator import ACCELERATORS
from spec.errors_hardware import Error

SETTLE = 5
# Cycles of its own that the sequencer may take for a record, wherever it stands: fetching and settling, and more than both.
PATIENCE = 3 * (Sequencer.FETCH + SETTLE)

INPUTS = {"word": 32, "start": 1, "fault": Error, "walking": 1}


def _sequencer(m: Module, inputs: Bench) -> tuple[Sequencer, Signal]:
    """A sequencer that fetches any words, other ones each time; the runs that its ports show."""
    block = Sequencer(ACCELERATORS["tiny"], settle=SETTLE)
    program = opened(block).submodules.program
    program.elaborate = lambda platform: Module()
    m.submodules.block = block
    m.d.comb += [
        program.read_data.eq(inputs.word),
        block.start.eq(inputs.start),
        block.fault.eq(inputs.fault),
        block.walking.eq(inputs.walking),
    ]
    running = Signal()
    with m.If(block.start & ~block.busy):
        m.d.sync += running.eq(1)
    with m.Elif(block.done):
        m.d.sync += running.eq(0)
    # What makes it inductive: it is idle where no run is.
    state = registers(block)["fsm_state"]
    m.d.comb += Assert(block.busy == ((state != state.init) & ~block.done))
    return block, running


def runs() -> Bench:
    """A run from its start to its one ``done``; a reset ends it."""

    def build(m: Module, inputs: Bench) -> None:
        block, running = _sequencer(m, inputs)
        was_reset, was_done, was_idle, error = Signal(reset_less=True), Signal(), Signal(), Signal(Error)
        m.d.sync += [was_reset.eq(ResetSignal()), was_done.eq(block.done)]
        m.d.sync += [was_idle.eq(~block.busy & ~block.start), error.eq(block.error)]
        m.d.comb += [Assert(block.busy == (running & ~block.done)), Assert(~block.done | running), Assert(~(block.done & was_done))]
        m.d.comb += Assert(block.busy | ~(block.begin | block.step_done | block.abort))
        with m.If(was_idle):
            m.d.comb += Assert(block.error == error)
        with m.If(was_reset):
            m.d.comb += [Assert(~(block.busy | block.done | block.begin)), Assert(block.error == Error.NONE), Assert(block.step == 0)]

    return Bench(INPUTS, build)


def progress() -> Bench:
    """How long the ports may show nothing new while it runs and the walker does not."""

    def build(m: Module, inputs: Bench) -> None:
        block, _ = _sequencer(m, inputs)
        quiet, step = Signal(range(PATIENCE + 1)), Signal.like(block.step)
        m.d.sync += [step.eq(block.step), quiet.eq(quiet + 1)]
        with m.If(~block.busy | block.walking | block.step_done | (block.step != step)):
            m.d.sync += quiet.eq(0)
        m.d.comb += Assert(quiet < PATIENCE)

    return Bench(INPUTS, build)


def patches() -> Bench:
    """From record to record: on to the next, or back in the program and on in the patches."""

    def build(m: Module, inputs: Bench) -> None:
        block, _ = _sequencer(m, inputs)
        column, row, rows = block._patch_column, block._patch_row, block._loop.rows
        place, was_place, was_step = Cat(column, row), Signal(len(column) + len(row)), Signal.like(block.step)
        was_busy, was_ended = Signal(), Signal()
        m.d.sync += [was_place.eq(place), was_step.eq(block.step), was_busy.eq(block.busy), was_ended.eq(block.step_done)]
        with m.If(block.busy & was_busy):
            next_record = block.step == (was_step + 1)[: len(block.step)]
            m.d.comb += Assert(Mux(was_ended, next_record | (place > was_place), next_record | ((block.step == was_step) & (place == was_place))))
        # What makes it inductive: the patch lies within the loop.
        m.d.comb += Assert((row < rows) | (row == 0))

    return Bench(INPUTS, build)


PROOFS = [
    Proof(
        name="sequencer.runs",
        claim="each start gives one run with one done, busy from the cycle after start until done; a reset gives idle; any program, any faults",
        bench=runs,
        depth=4,
    ),
    Proof(
        name="sequencer.progress",
        claim=f"in a run a record ends, or the walker works, at least every {PATIENCE} cycles (settle {SETTLE}); any program, any faults",
        bench=progress,
        depth=PATIENCE + 2,
        long=True,
    ),
    Proof(
        name="sequencer.patches",
        claim="after each record comes the next, or an earlier one and a later patch: in a memory that ends every run ends; any program and faults",
        bench=patches,
        depth=8,
    ),
]
