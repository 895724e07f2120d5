"""Programs of the tracker's machine: interpreted with unbounded integers, or run in Amaranth's simulator."""

from collections.abc import Callable, Sequence

import pytest
from amaranth.hdl import signed

from siammixer.arch.tracker import TrackerDesign
from siammixer.ir.catalogue import NETWORKS
from siammixer.rtl.tracker.instructions import FETCH, OPERAND_BITS, SHORT_BITS, cycles_of
from siammixer.rtl.tracker.instructions import Operation as Op
from siammixer.rtl.tracker.machine import TrackerMachine
from siammixer.rtl.tracker.program import assembler
from siammixer.sim.block import simulate
from siammixer.tracking.settings import Settings


class Interpreter:
    """The machine as its instructions' docstrings tell it, which refuses every value beyond its bits.

    ``run`` takes the inputs, the outputs of the commands before stand in ``outputs``.
    """

    def __init__(self, program, *, bits, long_bits):
        self.program, self.limit, self.long_bits = program, 1 << (bits - 1), long_bits
        self.registers, self.outputs = {}, {}
        self.largest = 0

    def run(self, command, inputs=(), response=()):
        """The cycles of a command."""
        p, place, stack, flag, counter, cycles = self.program, 0, [], False, 0, 1 + FETCH
        place, accumulator = p.entries[command], 0
        while True:
            word = p.words[place]
            operation, raw = Op(word >> (OPERAND_BITS + 1)), word & ((1 << OPERAND_BITS) - 1)
            number = raw - ((raw >> (OPERAND_BITS - 1)) << OPERAND_BITS)
            named = not word >> OPERAND_BITS & 1 and operation is not Op.STORE
            m = self.registers[raw] if named else number
            place += 1
            cycles += cycles_of(operation, number, self.long_bits)
            match operation:
                case Op.LOAD:
                    accumulator = m
                case Op.ADD:
                    accumulator += m
                case Op.SUBTRACT:
                    accumulator -= m
                case Op.LESS:
                    flag = accumulator < m
                    assert abs(accumulator - m) < self.limit
                case Op.KEEP:
                    accumulator = accumulator if flag else m
                case Op.TAKE:
                    accumulator = m if flag else accumulator
                case Op.SHORT | Op.LONG:
                    width = SHORT_BITS if operation is Op.SHORT else self.long_bits
                    accumulator = m * (accumulator & ((1 << width) - 1))
                case Op.RIGHT:
                    accumulator >>= number
                case Op.LEFT:
                    accumulator <<= number
                case Op.STORE:
                    self.registers[raw] = accumulator
                case Op.TABLE:
                    at = accumulator + m
                    assert at >= 0
                    accumulator = p.tables[at]
                case Op.RESPONSE:
                    assert accumulator >= 0
                    accumulator = int(response[accumulator])
                case Op.INPUT:
                    accumulator = int(inputs[number])
                case Op.OUTPUT:
                    self.outputs[number] = accumulator
                case Op.COUNT:
                    counter = m
                case Op.LOOP:
                    counter -= 1
                    place = m if counter else place
                case Op.CALL:
                    stack.append(place)
                    place = m
                case Op.RETURN:
                    place = stack.pop()
                case Op.END:
                    return cycles
            self.largest = max(self.largest, abs(accumulator))
            assert -self.limit <= accumulator < self.limit, (operation, place)


async def command(ctx, block, number: int, response: Sequence[int] = ()) -> int:
    """Runs a command; the cycles from its start until it is done, in which its response is read."""
    late, cycles, done = [0, 0, 0], 0, 0
    ctx.set(block.command, number)
    ctx.set(block.start, 1)
    while not done:
        late.append(ctx.get(block.response_address))
        at = late.pop(0)
        # Anything outside: nobody may use it.
        ctx.set(block.response_data, int(response[at]) if at < len(response) else 77)
        _, _, done = await ctx.tick().sample(block.done)
        ctx.set(block.start, 0)
        cycles += 1
    return cycles - 1


class Stepped:
    """A step as a program of its own, on a machine of its own.

    Parameters
    ----------
    write
        Writes it into an assembler.
    inputs, outputs
        Registers; ``A`` is the accumulator, the last input and the first output.
    """

    def __init__(
        self,
        design: TrackerDesign,
        write: Callable,
        inputs: Sequence[str] = (),
        outputs: Sequence[str] = ("A",),
    ):
        a = assembler(design)
        a.command("alone")
        for number, name in enumerate(inputs):
            a.emit(Op.INPUT, number)
            if name != "A":
                a.emit(Op.STORE, name)
        write(a)
        for number, name in enumerate(outputs):
            if name != "A":
                a.emit(Op.LOAD, name)
            a.emit(Op.OUTPUT, number)
        a.emit(Op.END)
        self.program, self.outputs = a.program(), outputs
        self.sizes = {"bits": design.word_bits, "long_bits": design.multiplier_bits}
        self.shapes = [
            {f"{kind}{number}": signed(design.word_bits) for number in range(len(names))}
            for kind, names in (("i", inputs), ("o", outputs))
        ]

    def interpreted(self, given: Sequence[int], response: Sequence[int] = ()) -> tuple[int, ...]:
        """The outputs, of the instructions as they are described; the cycles are as counted."""
        interpreter = Interpreter(self.program, **self.sizes)
        assert interpreter.run("alone", given, response) == self.program.cycles["alone"]
        return tuple(interpreter.outputs[number] for number in range(len(self.outputs)))

    def simulated(self, cases: Sequence[tuple]) -> list[tuple[int, ...]]:
        """The outputs of the machine for each (inputs, response), in the cycles that were counted."""
        inputs, outputs = self.shapes
        machine = TrackerMachine(self.program, inputs=inputs, outputs=outputs, **self.sizes)
        rows = []

        async def bench(ctx):
            for given, response in cases:
                for name, value in zip(inputs, given, strict=True):
                    ctx.set(getattr(machine, name), int(value))
                assert await command(ctx, machine, 0, response) == self.program.cycles["alone"]
                rows.append(tuple(ctx.get(getattr(machine, name)) for name in outputs))

        simulate(machine, [bench], watchdog=(self.program.cycles["alone"] + 2) * len(cases) + 10)
        return rows

    def check(self, cases: Sequence[tuple], expected: Callable, simulated: int) -> None:
        """``expected(inputs, response)`` of every (inputs, response), as the instructions are described; of
        the first so many on the machine too.
        """
        wanted = [tuple(expected(*case)) for case in cases]
        for case, want in zip(cases, wanted, strict=True):
            assert self.interpreted(*case) == want, case
        assert self.simulated(cases[:simulated]) == wanted[:simulated]


@pytest.fixture(scope="session")
def stepped() -> type[Stepped]:
    return Stepped


@pytest.fixture(scope="session")
def interpreter() -> type[Interpreter]:
    return Interpreter


@pytest.fixture(scope="session")
def run_command() -> Callable:
    return command


@pytest.fixture(scope="session")
def designs() -> dict[str, TrackerDesign]:
    """The trackers of the networks with the settings' defaults, by the network's name."""
    return {name: TrackerDesign.of(network, Settings().shares()) for name, network in NETWORKS.items()}
