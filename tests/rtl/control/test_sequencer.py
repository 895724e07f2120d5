"""Sequencer: instructions in order, the patch loop, the cycles of a step, every error, and the run after an
error.
"""

from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

from siammixer.arch.accelerator import FETCH_CYCLES, RUN_DONE_CYCLES, STEP_DONE_CYCLES
from siammixer.arch.errors import Error
from siammixer.arch.instruction import FIELDS, INSTRUCTION_WORDS, Kind, encode, rules
from siammixer.rtl.control.sequencer import Sequencer
from siammixer.sim.block import simulate

SETTLE = 5
ONCE = {"blocks": 1, "columns": 1, "rows": 1, "macs": 1}
STEP = ONCE | {"kind": Kind.POINTWISE, "slots": 3}  # slots: cycles that this test's generator is busy
LAST = STEP | {"end": 1}


class Bench:
    """A sequencer with a stand-in for the address generator.

    It keeps of the latest run, with cycle 0 the one of ``start``: ``seen`` has (step, instruction, patch
    offset, final) of each step begun, ``step_done`` (step, cycle), ``done`` (cycle, error).
    """

    def __init__(self, accelerator):
        self.sequencer = Sequencer(accelerator, settle=SETTLE)
        self.seen, self.step_done, self.done, self.disturb = [], [], [], []

    async def generator(self, ctx) -> None:
        s, left, cycle = self.sequencer, 0, -(10**6)
        names = (
            "start",
            "busy",
            "begin",
            "abort",
            "step_done",
            "done",
            "step",
            "error",
            "patch_offset",
            "final",
            "instruction",
        )
        while True:
            _, _, *values = await ctx.tick().sample(*(getattr(s, name) for name in names))
            now = dict(zip(names, values, strict=True))
            cycle = 0 if now["start"] and not now["busy"] else cycle + 1
            left = now["instruction"].slots if now["begin"] else max(left - 1, 0)
            left = 0 if now["abort"] else left
            ctx.set(s.walking, left > 0)
            if now["begin"]:
                self.seen.append((now["step"], now["instruction"], now["patch_offset"], now["final"]))
            if now["step_done"]:
                self.step_done.append((now["step"], cycle))
            if now["done"]:
                self.done.append((cycle, Error(now["error"])))
            for when, port, value in self.disturb:
                if cycle in (when - 1, when):
                    ctx.set(getattr(s, port), value if cycle == when - 1 else 0)

    async def load(self, ctx, instructions: list[dict], first: int = 0) -> None:
        words = [encode(number, **instruction) for number, instruction in enumerate(instructions)]
        await self.load_words(ctx, np.concatenate(words), first)

    async def load_words(self, ctx, words: np.ndarray, first: int = 0) -> None:
        for address, word in enumerate(words, first):
            for port, value in (("write_enable", 1), ("write_address", address), ("write_data", int(word))):
                ctx.set(getattr(self.sequencer, port), value)
            await ctx.tick()
        ctx.set(self.sequencer.write_enable, 0)

    async def start(self, ctx, disturb=(), entry: int = 0) -> None:
        """A run from start to done; ``disturb`` are (cycle, port, value), each for one cycle. ``entry``
        stands in the cycle of ``start`` only.
        """
        self.seen, self.step_done, self.done, self.disturb = [], [], [], disturb
        ctx.set(self.sequencer.start, 1)
        ctx.set(self.sequencer.entry, entry)
        await ctx.tick()
        ctx.set(self.sequencer.start, 0)
        ctx.set(self.sequencer.entry, 0xFFFF)
        while not self.done:
            await ctx.tick()
        assert (ctx.get(self.sequencer.busy), ctx.get(self.sequencer.error)) == (0, self.done[0][1])

    def run(self, script) -> None:
        simulate(self.sequencer, [script], background=[self.generator], watchdog=3000)


def cycles(walking: list[int]) -> list[int]:
    """When each step of a run without a loop is over."""
    return np.cumsum([FETCH_CYCLES + busy + SETTLE + STEP_DONE_CYCLES for busy in walking]).tolist()


def test_instructions_in_order_with_every_field(small):
    bench, dice = Bench(small), np.random.default_rng(1)
    random = {name: int(dice.integers(1, 1 << width)) for name, width in FIELDS.items()}
    random |= dict.fromkeys(("end", "loop_end", "fused"), 0) | {"macs": 3, "tail": small.lanes}
    correlate = {"kind": Kind.CORRELATE, "slots": 3, "residual": 0, "transposed": 0}
    instructions = [
        random | {"kind": Kind.DEPTHWISE, "slots": 4, "pad": small.lanes - 1},
        random | correlate,
        LAST,
    ]

    async def script(ctx):
        await bench.load(
            ctx, [*instructions, {"kind": 0}]
        )  # the instruction after the end is never looked at
        for _ in range(2):
            await bench.start(ctx)
            assert [step for step, *_ in bench.seen] == [0, 1, 2]
            for (_, found, *_), instruction in zip(bench.seen, instructions, strict=True):
                assert {name: found[name] for name in FIELDS} == dict.fromkeys(FIELDS, 0) | instruction
            ends = cycles([4, 3, 3])
            assert bench.step_done == list(enumerate(ends))
            assert bench.done == [(ends[-1] + RUN_DONE_CYCLES, Error.NONE)]

    bench.run(script)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 3), (3, 1), (3, 2)])
def test_patch_loop(rows, columns, small):
    """Offsets grow by the patch's size and stop at the last patch's place; what follows the
    loop runs once."""
    step, limit = {"write_pixel": 4, "write_row": 50}, {"read_pixel": 7, "read_row": 90}
    loop = {"kind": Kind.LOOP, "rows": rows, "columns": columns, **step, **limit}
    bench, inside = Bench(small), [STEP | {"tail": 1}, STEP | {"tail": 2, "loop_end": 1}]

    async def script(ctx):
        await bench.load(ctx, [loop, *inside, LAST])
        for _ in range(2):
            await bench.start(ctx)
            expected = [
                (
                    number,
                    tail,
                    min(row * 50, 90) + min(column * 4, 7),
                    (row, column) == (rows - 1, columns - 1),
                )
                for row, column in product(range(rows), range(columns))
                for number, tail in ((1, 1), (2, 2))
            ]
            *looped, after = [
                (number, instruction.tail, offset, final) for number, instruction, offset, final in bench.seen
            ]
            assert looped == expected
            assert after[:2] == (3, 0)
            steps = (2 * rows * columns + 1) * (FETCH_CYCLES + 3 + SETTLE + STEP_DONE_CYCLES)
            assert bench.done == [(FETCH_CYCLES + steps + RUN_DONE_CYCLES, Error.NONE)]

    bench.run(script)


@pytest.mark.parametrize(
    "loop",
    [[], [{"kind": Kind.LOOP}], [{"kind": Kind.LOOP, "rows": 2}]],
    ids=["no loop", "of nothing", "no columns"],
)
def test_a_loop_of_nothing_ends(loop, small):
    """An end without a loop, or of one without rows or columns, which the compiler never writes."""
    bench = Bench(small)

    async def script(ctx):
        await bench.load(ctx, [*loop, STEP | {"loop_end": 1}, LAST])
        await bench.start(ctx)
        assert len(bench.seen) == 1 + max([1, *(instruction.get("rows", 0) for instruction in loop)])
        assert bench.done[0][1] == Error.NONE

    bench.run(script)


WINDOW = ONCE | {"kind": Kind.DEPTHWISE, "slots": 3}
PLANES = STEP | {"transposed": 1, "groups": 1, "tail": 1}
TRANSPOSE = PLANES | {"kind": Kind.TRANSPOSE, "macs": 0}
PIXELS = ONCE | {"kind": Kind.CONVOLUTION, "slots": 4}
LANES = 4  # of the fixture small
LEGAL = {
    "as many macs as slots": STEP | {"macs": 3},
    "windows of 3 x 3": WINDOW,
    "windows of 5 x 5": WINDOW | {"kernel_5": 1, "macs": 3},
    "template": WINDOW | {"kind": Kind.STORE_TEMPLATE},
    "pixels": PIXELS | {"macs": 3},
    "transposition": TRANSPOSE,
    "transposed windows, a whole block in the last row": WINDOW
    | {"transposed": 1, "groups": 1, "tail": LANES},
    "transposed, all but one filled in": PLANES | {"pad": LANES - 1},
    "residual of windows": WINDOW | {"residual": 1, "residual_slot": 7},
    "residual in the last slot": STEP | {"residual": 1, "residual_slot": 2},
    "residual of a transposed step": PLANES | {"residual": 1},
    "fused pixels of two blocks": PIXELS | {"fused": 1, "blocks": 2},
    "fused": STEP | {"fused": 1, "blocks": 3},
    "all that a loop does not use": {"kind": Kind.LOOP, "residual": 1, "transposed": 1, "fused": 1},
}
BY_KIND = {kind: WINDOW | {"kind": kind} for kind in (Kind.DEPTHWISE, Kind.STORE_TEMPLATE, Kind.CORRELATE)}
BY_KIND |= {Kind.CONVOLUTION: PIXELS, Kind.POINTWISE: STEP, Kind.TRANSPOSE: TRANSPOSE}
ILLEGAL = {
    **{
        f"{kind.name} of no {name}": BY_KIND[kind] | {name: 0}
        for kind in sorted(BY_KIND)
        for name in ("slots", "blocks", "columns", "rows")
    },
    "no macs": STEP | {"macs": 0},
    "more macs than slots": STEP | {"macs": 4},
    "3 x 3 of three macs": WINDOW | {"macs": 3},
    "5 x 5 of one mac": WINDOW | {"kernel_5": 1},
    "template of two macs": WINDOW | {"kind": Kind.STORE_TEMPLATE, "macs": 2},
    "correlation of two macs": WINDOW | {"kind": Kind.CORRELATE, "kernel_5": 1, "macs": 2},
    "pixels of four channels": PIXELS | {"macs": 4},
    "transposition that is not transposed": TRANSPOSE | {"transposed": 0},
    "transposed pixels": PIXELS | {"transposed": 1, "groups": 1, "tail": 1},
    "transposed template": WINDOW | {"kind": Kind.STORE_TEMPLATE, "transposed": 1, "groups": 1, "tail": 1},
    "transposed in no groups": PLANES | {"groups": 0},
    "transposed without a last row": PLANES | {"tail": 0},
    "transposed with a last row too long": PLANES | {"tail": LANES + 1},
    "transposed, all filled in": PLANES | {"pad": LANES},
    "residual of pixels": PIXELS | {"residual": 1},
    "residual of a template": WINDOW | {"kind": Kind.STORE_TEMPLATE, "residual": 1},
    "residual of a transposition": TRANSPOSE | {"residual": 1},
    "residual in no slot": STEP | {"residual": 1, "residual_slot": 3},
    "fused windows": WINDOW | {"fused": 1},
    "fused transposition": TRANSPOSE | {"fused": 1},
    "fused pixels of three blocks": PIXELS | {"fused": 1, "blocks": 3},
    "fused and transposed": PLANES | {"fused": 1},
    "fused with a residual": STEP | {"fused": 1, "residual": 1},
}
"""Of a legal instruction of its kind, but for what is said."""


@pytest.mark.parametrize("name", LEGAL)
def test_an_instruction_that_keeps_to_the_rules_is_run(name, small):
    instruction, bench = LEGAL[name], Bench(small)
    assert small.lanes == LANES
    assert all(rules(SimpleNamespace(**dict.fromkeys(FIELDS, 0) | instruction), small.lanes).values())

    async def script(ctx):
        await bench.load(ctx, [instruction, LAST])
        await bench.start(ctx)
        assert (len(bench.seen), bench.done[0][1]) == (1 + (instruction["kind"] != Kind.LOOP), Error.NONE)

    bench.run(script)


@pytest.mark.parametrize("name", ILLEGAL)
def test_an_instruction_that_breaks_one_rule_is_not_run(name, small):
    instruction, bench = ILLEGAL[name], Bench(small)
    assert small.lanes == LANES
    kept = rules(SimpleNamespace(**dict.fromkeys(FIELDS, 0) | instruction), small.lanes)
    assert list(kept.values()).count(False) == 1 or instruction["slots"] == 0, kept

    async def script(ctx):
        for instructions, steps in (([instruction], 0), ([STEP, instruction, LAST], 1)):
            await bench.load(ctx, instructions)
            await bench.start(ctx)
            assert (len(bench.seen), bench.done[0][1]) == (steps, Error.BAD_INSTRUCTION)
        await bench.load(ctx, [STEP, LAST])
        await bench.start(ctx)
        assert (len(bench.seen), bench.done[0][1]) == (2, Error.NONE)

    bench.run(script)


UNKNOWN_KINDS = sorted({*range(1 << FIELDS["kind"])} - {*Kind})
PROGRAMS = {
    **{f"unknown kind {kind}": ([STEP, {"kind": kind}], Error.BAD_INSTRUCTION, 1) for kind in UNKNOWN_KINDS},
    "unknown kind 15 first": ([{"kind": 15}], Error.BAD_INSTRUCTION, 0),
    "no end": ([STEP] * 4, Error.PROGRAM_END, 4),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_bad_programs(name, small):
    program, error, steps = PROGRAMS[name]
    bench = Bench(small)
    assert small.program_words == 4 * INSTRUCTION_WORDS

    async def script(ctx):
        await bench.load(ctx, program)
        await bench.start(ctx)
        assert (len(bench.seen), bench.done[0][1]) == (steps, error)
        await bench.load(ctx, [STEP] * 3 + [LAST])  # as long as the memory: no error
        await bench.start(ctx)
        assert bench.step_done == list(enumerate(cycles([3] * 4)))
        assert bench.done[0][1] == Error.NONE

    bench.run(script)


@pytest.mark.parametrize("seed", range(4), ids="seed={}".format)
@pytest.mark.parametrize("flips", [1, 2, 3])
def test_wrong_bits_of_an_instruction_are_found_before_its_step(flips, seed, small):
    dice, bench = np.random.default_rng([seed, flips]), Bench(small)
    instructions = [STEP | {"tail": 5}, STEP | {"write_base": 1234}, LAST]
    number = int(dice.integers(len(instructions)))

    async def script(ctx):
        words = np.concatenate([encode(at, **instruction) for at, instruction in enumerate(instructions)])
        for bit in dice.choice(32 * INSTRUCTION_WORDS, flips, replace=False):
            words[number * INSTRUCTION_WORDS + bit // 32] ^= np.uint32(1 << bit % 32)
        await bench.load_words(ctx, words)
        await bench.start(ctx)
        assert (len(bench.seen), bench.done[0][1]) == (number, Error.BAD_CHECK)
        await bench.load(ctx, instructions)
        await bench.start(ctx)
        assert (len(bench.seen), bench.done[0][1]) == (3, Error.NONE)

    bench.run(script)


def test_an_instruction_in_the_place_of_another_is_found(small):
    bench = Bench(small)
    first, second = encode(0, **STEP), encode(1, **STEP | {"tail": 5})

    async def script(ctx):
        await bench.load_words(ctx, np.concatenate([first, first, encode(2, **LAST)]))
        await bench.start(ctx)
        assert (len(bench.seen), bench.done[0][1]) == (1, Error.BAD_CHECK)
        await bench.load_words(ctx, np.concatenate([second, first]))
        await bench.start(ctx)
        assert (len(bench.seen), bench.done[0][1]) == (0, Error.BAD_CHECK)

    bench.run(script)


@pytest.mark.parametrize(
    "words", [1, INSTRUCTION_WORDS - 1, INSTRUCTION_WORDS, 2 * INSTRUCTION_WORDS, 3 * INSTRUCTION_WORDS - 1]
)
def test_a_program_whose_end_was_not_loaded_is_found(words, small):
    """Words that were not loaded are zero, as after power-up."""
    bench, instructions = Bench(small), [STEP, STEP, LAST]

    async def script(ctx):
        await bench.load_words(
            ctx,
            np.concatenate([encode(at, **instruction) for at, instruction in enumerate(instructions)])[
                :words
            ],
        )
        await bench.start(ctx)
        assert (len(bench.seen), bench.done[0][1]) == (words // INSTRUCTION_WORDS, Error.BAD_CHECK)
        await bench.load(ctx, instructions)
        await bench.start(ctx)
        assert (len(bench.seen), bench.done[0][1]) == (3, Error.NONE)

    bench.run(script)


@pytest.mark.parametrize("missing", [1, INSTRUCTION_WORDS - 1])
def test_an_instruction_that_the_memory_cuts_off_is_no_step(missing, small):
    bench = Bench(replace(small, program_words=5 * INSTRUCTION_WORDS - missing))

    async def script(ctx):
        await bench.load(ctx, [STEP] * 4)
        await bench.start(ctx)
        assert (len(bench.seen), bench.done[0][1]) == (4, Error.PROGRAM_END)

    bench.run(script)


FAULTS = {
    "start while busy": (("start", 1), Error.START_WHILE_BUSY),
    "input short": (("fault", Error.INPUT_SHORT), Error.INPUT_SHORT),
    "input long": (("fault", Error.INPUT_LONG), Error.INPUT_LONG),
}


@pytest.mark.parametrize("when", [1, 5, FETCH_CYCLES, FETCH_CYCLES + 1, FETCH_CYCLES + 4, FETCH_CYCLES + 7])
@pytest.mark.parametrize("name", FAULTS)
def test_faults_end_the_run_and_the_next_is_right(name, when, small):
    """In every phase of the first step; it ends with that step."""
    disturb, error = FAULTS[name]
    bench, clean = Bench(small), cycles([3, 3])

    async def script(ctx):
        await bench.load(ctx, [STEP, LAST])
        await bench.start(
            ctx, [(when, *disturb), (when + 2, "fault", Error.INPUT_LONG)]
        )  # the first error counts
        assert len(bench.seen) == 1
        assert bench.done[0][1] == error and bench.done[0][0] <= clean[0] + RUN_DONE_CYCLES
        await bench.start(ctx)
        assert bench.step_done == list(enumerate(clean))
        assert bench.done == [(clean[-1] + RUN_DONE_CYCLES, Error.NONE)]

    bench.run(script)


def test_programs_stand_side_by_side(small):
    """Each runs from its entry, numbers and loops counted from there."""
    bench = Bench(replace(small, program_words=8 * INSTRUCTION_WORDS))
    loop = {"kind": Kind.LOOP, "rows": 2, "columns": 2, "write_pixel": 8, "read_pixel": 99}
    programs = {
        0: [STEP, LAST],
        2 * INSTRUCTION_WORDS: [loop, STEP, STEP | {"loop_end": 1}, LAST],
        6 * INSTRUCTION_WORDS + 1: [LAST],
    }

    async def script(ctx):
        for first, instructions in programs.items():
            await bench.load(ctx, instructions, first)
        for first, steps in zip([*programs, 0], [[0, 1], [1, 2] * 4 + [3], [0], [0, 1]], strict=True):
            await bench.start(ctx, entry=first)
            assert ([step for step, *_ in bench.seen], bench.done[0][1]) == (steps, Error.NONE)

    bench.run(script)


@pytest.mark.parametrize("low_bits", [0, 1])
@pytest.mark.parametrize("high_bits", [0, 2**15])
def test_an_entry_past_the_end_is_no_program(high_bits, low_bits, small):
    """It is not another one's, whose address has the same low bits."""
    bench = Bench(small)

    async def script(ctx):
        await bench.load(ctx, [LAST])
        await bench.start(ctx, entry=(high_bits or small.program_words) + low_bits)
        assert (bench.seen, bench.done[0][1]) == ([], Error.PROGRAM_END)
        await bench.start(ctx)
        assert (len(bench.seen), bench.done[0][1]) == (1, Error.NONE)

    bench.run(script)


async def refuse(ctx, bench, error) -> None:
    """A word is refused in this cycle."""
    ctx.set(bench.sequencer.refused, error)
    await ctx.tick()
    ctx.set(bench.sequencer.refused, Error.NONE)


@pytest.mark.parametrize("idle", [0, 1, 9])
def test_a_refused_word_ends_the_next_run(idle, small):
    """So many cycles before its start, and only that run, before its first step."""
    bench = Bench(small)

    async def script(ctx):
        await bench.load(ctx, [LAST])
        for _ in range(2):
            if idle:
                await refuse(ctx, bench, Error.WRITE_OUTSIDE)
                for _ in range(idle - 1):
                    await ctx.tick()
                await bench.start(ctx)
            else:
                ctx.set(bench.sequencer.refused, Error.WRITE_OUTSIDE)
                await bench.start(ctx, disturb=[(1, "refused", Error.NONE)])
            assert (bench.seen, bench.done[0][1]) == ([], Error.WRITE_OUTSIDE)
            await bench.start(ctx)
            assert (len(bench.seen), bench.done[0][1]) == (1, Error.NONE)

    bench.run(script)


def test_a_refused_word_ends_the_run_in_progress(small):
    bench = Bench(small)

    async def script(ctx):
        await bench.load(ctx, [STEP, LAST])
        for cycle in range(1, FETCH_CYCLES + 8):
            await bench.start(ctx, disturb=[(cycle, "refused", Error.WRITE_WHILE_BUSY)])
            assert (len(bench.seen) < 2, bench.done[0][1]) == (True, Error.WRITE_WHILE_BUSY), cycle
            await bench.start(ctx)
            assert (len(bench.seen), bench.done[0][1]) == (2, Error.NONE), cycle

    bench.run(script)


def test_a_word_refused_beside_a_fault_is_told_by_the_next_run(small):
    bench = Bench(small)

    async def script(ctx):
        await bench.load(ctx, [STEP, LAST])
        at = FETCH_CYCLES + 2
        for later in range(3):
            found = [(at, "fault", Error.INPUT_LONG), (at + later, "refused", Error.WRITE_WHILE_BUSY)]
            await bench.start(ctx, disturb=found)
            assert bench.done[0][1] == Error.INPUT_LONG
            await bench.start(ctx)
            assert (bench.seen, bench.done[0][1]) == ([], Error.WRITE_WHILE_BUSY), later
            await bench.start(ctx)
            assert bench.done[0][1] == Error.NONE

    bench.run(script)
