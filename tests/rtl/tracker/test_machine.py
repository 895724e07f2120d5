"""The machine: every operation on drawn values, its cycles, starts, and what stands between commands."""

import random

import pytest
from amaranth.hdl import ResetInserter, Signal, signed
from amaranth.lib.wiring import Component

from siammixer.rtl.tracker.assembler import Assembler
from siammixer.rtl.tracker.instructions import FETCH, SHORT_BITS, STACK
from siammixer.rtl.tracker.instructions import Operation as Op
from siammixer.rtl.tracker.machine import BANK, TrackerMachine
from siammixer.sim.block import simulate

BITS, LONG = 40, 20
TABLE = (5, -7, 131071, -131072, 0, 99)


def machine(program, inputs=2, outputs=2, *, logic_tables=False):
    return TrackerMachine(
        program,
        bits=BITS,
        long_bits=LONG,
        inputs={f"i{number}": signed(BITS) for number in range(inputs)},
        outputs={f"o{number}": signed(BITS) for number in range(outputs)},
        logic_tables=logic_tables,
    )


def assembled(*commands, table=TABLE):
    """A program of commands that each write themselves into the assembler."""
    a = Assembler({"numbers": table}, LONG)
    for number, write in enumerate(commands):
        a.command(f"c{number}")
        write(a)
        a.emit(Op.END)
    return a.program()


def binary(operation, number=None):
    """Output 0 = the operation of A = input 0 and M = input 1 or a number."""

    def write(a):
        a.emit(Op.INPUT, 1)
        a.emit(Op.STORE, "m")
        a.emit(Op.INPUT, 0)
        a.emit(operation, "m" if number is None else number)
        a.emit(Op.OUTPUT, 0)

    return write


def flagged(operation):
    """Output 0 = what the operation chooses of the inputs, where the first one is less."""

    def write(a):
        a.emit(Op.INPUT, 1)
        a.emit(Op.STORE, "m")
        a.emit(Op.INPUT, 0)
        a.emit(Op.LESS, "m")
        a.emit(Op.ADD, 1)
        a.emit(operation, "m")
        a.emit(Op.OUTPUT, 0)

    return write


OPERATIONS = {
    "load": (binary(Op.LOAD), lambda a, m: m),
    "load a number": (binary(Op.LOAD, -2048), lambda a, m: -2048),
    "add": (binary(Op.ADD), lambda a, m: a + m),
    "add a number": (binary(Op.ADD, 2047), lambda a, m: a + 2047),
    "subtract": (binary(Op.SUBTRACT), lambda a, m: a - m),
    "keep": (flagged(Op.KEEP), lambda a, m: a + 1 if a < m else m),
    "take": (flagged(Op.TAKE), lambda a, m: m if a < m else a + 1),
    "short": (binary(Op.SHORT), lambda a, m: m * (a % 2**SHORT_BITS)),
    "long": (binary(Op.LONG), lambda a, m: m * (a % 2**LONG)),
    "right": (binary(Op.RIGHT, 7), lambda a, m: a >> 7),
    "right far": (binary(Op.RIGHT, 33), lambda a, m: a >> 33),
    "left": (binary(Op.LEFT, 3), lambda a, m: a << 3),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations(name, run_command):
    write, expected = OPERATIONS[name]
    dice, program = random.Random(name), assembled(write)
    block = machine(program)
    small = 2 ** (BITS - LONG - 2)
    rows = [(0, 0), (-1, 1), (1, -1), (-small, small), (small, -small), (5, 5), (2**LONG - 1, -small)]
    rows += [(dice.randint(-small, small), dice.randint(-small, small)) for _ in range(60)]

    async def bench(ctx):
        for one, other in rows:
            ctx.set(block.i0, one)
            ctx.set(block.i1, other)
            assert await run_command(ctx, block, 0) == program.cycles["c0"]
            assert ctx.get(block.o0) == expected(one, other), (one, other)

    simulate(block, [bench], watchdog=10_000)


def looked_up(a):
    """Output 0 = the table's value, output 1 the response's, at input 0."""
    a.emit(Op.INPUT, 0)
    a.emit(Op.TABLE, 0)
    a.emit(Op.OUTPUT, 0)
    a.emit(Op.INPUT, 0)
    a.emit(Op.RESPONSE)
    a.emit(Op.OUTPUT, 1)


@pytest.mark.parametrize("words", [1, BANK, BANK + 1, 3 * BANK - 1])
def test_tables_in_logic(run_command, words):
    """The same words as out of a block RAM, in the same cycles: the first and last of every bank."""
    dice = random.Random(words)
    table = tuple(dice.randint(-(2**17), 2**17 - 1) for _ in range(words))
    program = assembled(looked_up, table=table)
    block = machine(program, logic_tables=True)

    async def bench(ctx):
        for place in sorted({one for edge in range(0, words + BANK, BANK) for one in (edge - 1, edge)} | {0}):
            if 0 <= place < words:
                ctx.set(block.i0, place)
                assert await run_command(ctx, block, 0, [0] * words) == program.cycles["c0"]
                assert ctx.get(block.o0) == table[place]

    simulate(block, [bench])


def test_tables_and_response(run_command):
    program, values = assembled(looked_up), [3, -4, 127, -128, 0, 64]
    block = machine(program)

    async def bench(ctx):
        for place, value in enumerate(values):
            ctx.set(block.i0, place)
            # What is above the eight bits of a value counts for nothing.
            assert await run_command(ctx, block, 0, [one ^ 0x5500 for one in values]) == program.cycles["c0"]
            assert (ctx.get(block.o0), ctx.get(block.o1)) == (TABLE[place], value)

    simulate(block, [bench])


def test_loops_and_routines(run_command):
    """Calls as deep as they may be; a loop's sum."""
    a = Assembler({"numbers": TABLE}, LONG)
    for depth in range(STACK):
        a.routine(f"r{depth}")
        if depth:
            a.call(f"r{depth - 1}")
        a.emit(Op.ADD, 10**depth)
        a.emit(Op.RETURN)
    a.command("c0")
    a.emit(Op.INPUT, 0)
    a.call(f"r{STACK - 1}")
    a.call("r0")
    with a.repeat(5):
        a.emit(Op.ADD, 1000)
    with a.repeat(1):
        a.emit(Op.ADD, 2000)
    a.emit(Op.OUTPUT, 1)
    a.emit(Op.END)
    program = a.program()
    block = machine(program)

    async def bench(ctx):
        ctx.set(block.i0, -3)
        assert await run_command(ctx, block, 0) == program.cycles["c0"]
        assert ctx.get(block.o1) == -3 + 111 + 1 + 7000

    simulate(block, [bench])


def add_to_kept(a):
    a.emit(Op.LOAD, "kept")
    a.emit(Op.ADD, 1)
    a.emit(Op.STORE, "kept")
    a.emit(Op.OUTPUT, 0)


def set_kept(a):
    a.emit(Op.INPUT, 0)
    a.emit(Op.STORE, "kept")


def test_commands_and_what_they_leave(run_command):
    """Registers and outputs stand; each command is the one that is named; ``done`` is one cycle."""
    program = assembled(set_kept, add_to_kept)
    block = machine(program)

    async def bench(ctx):
        ctx.set(block.i0, 41)
        await run_command(ctx, block, 0)
        for count in range(1, 4):
            await run_command(ctx, block, 1)
            assert ctx.get(block.o0) == 41 + count
            assert not ctx.get(block.busy)
            for _ in range(5):
                _, _, busy, done, out = await ctx.tick().sample(block.busy, block.done, block.o0)
                assert (busy, done, out) == (0, 0, 41 + count)

    simulate(block, [bench])


def test_a_start_while_busy_is_nothing():
    program = assembled(set_kept, add_to_kept)
    block = machine(program)

    async def bench(ctx):
        ctx.set(block.i0, 7)
        ctx.set(block.start, 1)
        ends = []
        for cycle in range(3 * program.cycles["c0"]):
            ctx.set(block.command, int(cycle % 5 == 3))  # only that of the first cycle counts
            if cycle == program.cycles["c0"] - 1:
                ctx.set(block.start, 0)
            _, _, busy, done = await ctx.tick().sample(block.busy, block.done)
            assert busy == (0 < cycle < program.cycles["c0"])
            ends += [cycle] * done
        assert ends == [program.cycles["c0"]]

    simulate(block, [bench])


class Resettable(Component):
    """A machine with its reset as a member."""

    def __init__(self, program):
        super().__init__({})
        self.block, self.reset = machine(program), Signal()

    def elaborate(self, platform):
        return ResetInserter(self.reset)(self.block)


def test_a_reset_at_any_time(run_command):
    """It breaks the command off; the next one is as every other, and registers have kept their values."""
    program = assembled(set_kept, add_to_kept)
    bench, cycles = Resettable(program), program.cycles["c1"]
    block = bench.block

    async def script(ctx):
        for cycle in range(1, cycles + 2):
            ctx.set(block.i0, 100 * cycle)
            assert await run_command(ctx, block, 0) == program.cycles["c0"]
            ctx.set(block.command, 1)
            ctx.set(block.start, 1)
            for _ in range(cycle):
                await ctx.tick()
                ctx.set(block.start, 0)
            ctx.set(bench.reset, 1)
            await ctx.tick()
            ctx.set(bench.reset, 0)
            assert not ctx.get(block.busy) and not ctx.get(block.done)
            assert await run_command(ctx, block, 1) == cycles
            # STORE is the third instruction, of three cycles each; it writes even in the cycle of the reset.
            written = int(cycle >= FETCH + 3 * 3)
            assert ctx.get(block.o0) == 100 * cycle + 1 + written

    simulate(bench, [script])
