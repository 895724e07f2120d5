"""The tracker's machine: one accumulator, one adder, registers in logic RAM, program and tables in two block
RAMs.
"""

from collections.abc import Mapping
from itertools import pairwise

from amaranth.hdl import Array, Cat, Module, Mux, Shape, Signal, signed
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from siammixer.arch.interface import RESPONSE_ADDRESS_BITS, RESPONSE_BITS, RESPONSE_LATENCY
from siammixer.arch.tracker import TABLE_WORD_BITS
from siammixer.rtl.primitives.skew import delay
from siammixer.rtl.technology.technology import GENERIC, Technology
from siammixer.rtl.tracker.instructions import (
    JUMPS,
    OPERAND_BITS,
    SHORT_BITS,
    STACK,
    WORD_BITS,
    Operation,
    Program,
)

_MULTIPLYING = (Operation.SHORT, Operation.LONG)
_DOUBLING = (*_MULTIPLYING, Operation.LEFT)
_OUTSIDE = (Operation.TABLE, Operation.RESPONSE, Operation.INPUT)
VALUE_BITS = 8
"""Bits of a value of the response."""
BANK_BITS = 7
BANK = 1 << BANK_BITS
"""Words of the tables that are chosen from in one cycle, where they stand in lookup tables."""


class TrackerMachine(wiring.Component):
    """Runs a command of a program (:class:`siammixer.rtl.tracker.instructions.Operation`).

    ``start`` begins a command while the machine is not ``busy``, and is nothing while it is. ``done`` is high
    for one cycle when the command has ended, ``program.cycles`` after ``start``. Inputs must stand
    still while ``busy``, and so must the response; outputs and registers keep their values from command to
    command and have no reset: the program must write before it reads. There is no back-pressure: nobody
    waits for anything. Sums wrap: the program keeps to ``bits``. A reset breaks a command off; what it has
    written stays.

    Parameters
    ----------
    program
        Instructions, tables, entries.
    bits
        Bits of a word, signed.
    long_bits
        Bits of a long multiplier, unsigned.
    inputs, outputs
        Shapes of the values that the program takes in and gives out, in the order of their numbers, by name.
    technology
        Parts that its registers are built of.
    logic_tables
        The tables stand in lookup tables instead of a block RAM.

    Members
    -------
    start : In(1)
        The command begins.
    command : In(range(max(2, len(program.entries))))
        Its number, in the cycle of ``start``.
    busy : Out(1)
        A command is in progress.
    done : Out(1)
        It has ended, in the first cycle in which ``busy`` is low again.
    response_address : Out(16)
        Value of the response to read.
    response_data : In(signed(32))
        That value, three cycles later, of which eight bits count.
    """

    def __init__(
        self,
        program: Program,
        *,
        bits: int,
        long_bits: int,
        inputs: Mapping[str, Shape],
        outputs: Mapping[str, Shape],
        technology: Technology = GENERIC,
        logic_tables: bool = False,
    ):
        self._logic_tables = logic_tables
        self._program, self._bits, self._long_bits = program, bits, long_bits
        self._inputs, self._outputs, self._technology = tuple(inputs), tuple(outputs), technology
        super().__init__(
            {
                "start": In(1),
                "command": In(range(max(2, len(program.entries)))),
                "busy": Out(1),
                "done": Out(1),
                "response_address": Out(RESPONSE_ADDRESS_BITS),
                "response_data": In(signed(RESPONSE_BITS)),
            }
            | {name: In(shape) for name, shape in inputs.items()}
            | {name: Out(shape) for name, shape in outputs.items()}
        )

    def elaborate(self, platform):
        m = Module()
        places = range(max(2, len(self._program.words)))
        accumulator = Signal(signed(self._bits), reset_less=True)
        operand = Signal(signed(self._bits), reset_less=True)
        operation = Signal(Operation, reset_less=True)
        flag = Signal(reset_less=True)
        left = Signal(range(max(self._bits, self._long_bits) + 1), reset_less=True)
        place = Signal(places, reset_less=True)
        # An instruction is on its way from the memory; it is there, and its register is read; what it does is
        # decided; it does it, for the last cycle.
        fetching = Signal(2)
        reading, deciding, executing = (Signal(name=name) for name in ("reading", "deciding", "executing"))
        last, jumps = (Signal(name=name, reset_less=True) for name in ("last", "jumps"))

        # The loop's counter; the loop goes on.
        counter = Signal(OPERAND_BITS, reset_less=True)
        more = Signal(reset_less=True)
        m.d.sync += more.eq(counter != 1)

        # A register between: the memory can lie far from the machine.
        word = Signal(WORD_BITS, reset_less=True)
        m.d.sync += word.eq(_rom(m, "instructions", self._program.words, WORD_BITS, place))
        coming = word[OPERAND_BITS + 1 :]
        final = executing & last
        m.d.sync += [
            self.done.eq(0),
            fetching.eq(fetching << 1),
            reading.eq(fetching[-1] | (final & ~jumps & (operation != Operation.END))),
            deciding.eq(reading),
            left.eq(left - 1),
            last.eq(left == 1),
        ]
        with m.If(~self.busy & self.start):
            entries = Array(self._program.entries.values())
            m.d.sync += [self.busy.eq(1), fetching.eq(1), place.eq(entries[self.command])]
        with m.If(reading):
            # The instruction behind is there when this one has executed for a cycle.
            m.d.sync += place.eq(place + 1)
        with m.If(deciding):
            waits = _waits(m, coming, word, self._bits, self._long_bits)
            m.d.sync += [operation.eq(coming), left.eq(waits), last.eq(waits == 0)]
            m.d.sync += [jumps.eq(_among(coming, *JUMPS)), executing.eq(1)]
        with m.If(final):
            m.d.sync += [executing.eq(0), fetching.eq(jumps)]
            self._follow(m, operation, operand, place, counter, more)
        self._operands(m, word, accumulator, operand, operation, deciding, final)
        self._compute(m, coming, accumulator, operand, operation, flag, executing, deciding, final)
        return m

    def _follow(self, m: Module, operation, operand, place, counter, more) -> None:
        """The place of the next instruction, at the end of one that jumps."""
        stack = [Signal.like(place, name=f"caller_{depth}", reset_less=True) for depth in range(STACK)]
        with m.Switch(operation):
            with m.Case(Operation.COUNT):
                m.d.sync += counter.eq(operand)
            with m.Case(Operation.LOOP):
                m.d.sync += counter.eq(counter - 1)
                with m.If(more):
                    m.d.sync += place.eq(operand)
            with m.Case(Operation.CALL):
                m.d.sync += place.eq(operand)
                m.d.sync += [to.eq(value) for to, value in zip(stack, [place, *stack], strict=False)]
            with m.Case(Operation.RETURN):
                m.d.sync += place.eq(stack[0])
                m.d.sync += [to.eq(value) for to, value in pairwise(stack)]
            with m.Case(Operation.END):
                m.d.sync += [self.busy.eq(0), self.done.eq(1)]

    def _operands(self, m: Module, word, accumulator, operand, operation, deciding, final) -> None:
        """M, from the registers or the instruction, and the register that STORE writes."""
        depth = max(2, self._program.registers)
        m.submodules.registers = registers = self._technology.logic_ram(
            shape=self._bits, depth=depth, registered=True
        )
        read, write = registers.read_port(domain="comb"), registers.write_port()
        number, at = word[OPERAND_BITS], word[:OPERAND_BITS]
        target = Signal(range(depth), reset_less=True)
        stored = Signal(signed(self._bits), reset_less=True)
        m.d.sync += stored.eq(read.data)
        m.d.comb += [
            read.addr.eq(at),
            write.addr.eq(target),
            write.data.eq(accumulator),
            write.en.eq(final & (operation == Operation.STORE)),
        ]
        # Only then: while an instruction executes, the memory gives the next one.
        with m.If(deciding):
            m.d.sync += [operand.eq(Mux(number, at.as_signed(), stored)), target.eq(at)]

    def _compute(self, m, coming, accumulator, operand, operation, flag, executing, deciding, final) -> None:
        """The adder, the accumulator and the flag."""
        total = self._total(m, coming, accumulator, operand, deciding)
        address = delay(m, total[: _address_bits(self._program.tables)], 1, "table_address")
        table = _table(m, self._program.tables, address, logic=self._logic_tables)
        outside = self._outside(m, accumulator, operand, operation, table, final)
        from_outside = Signal(reset_less=True)
        changes = Signal()
        with m.If(deciding):
            m.d.sync += from_outside.eq(_among(coming, *_OUTSIDE))
        with m.Switch(operation):
            with m.Case(Operation.LOAD, Operation.ADD, Operation.SUBTRACT, Operation.RIGHT, *_DOUBLING):
                m.d.comb += changes.eq(executing)
            with m.Case(*_OUTSIDE):
                m.d.comb += changes.eq(final)
            with m.Case(Operation.KEEP):
                m.d.comb += changes.eq(executing & ~flag)
            with m.Case(Operation.TAKE):
                m.d.comb += changes.eq(executing & flag)
            with m.Case(Operation.LESS):
                with m.If(executing):
                    m.d.sync += flag.eq(total[-1])
        with m.If(deciding & _among(coming, *_MULTIPLYING)):
            m.d.sync += accumulator.eq(0)
        with m.Elif(changes):
            m.d.sync += accumulator.eq(
                Mux(operation == Operation.RIGHT, accumulator >> 1, Mux(from_outside, outside, total))
            )
        m.d.comb += self.response_address.eq(accumulator)

    def _total(self, m: Module, coming, accumulator, operand, deciding) -> Signal:
        """The adder's sum: A, twice A or nothing, and M, less M, M where the multiplier says so, or nothing.

        What it adds is decided a cycle before it executes, and stands in registers.
        """
        multiplier = Signal(self._long_bits, reset_less=True)
        keeps, doubles, adds, multiplies, minus = (
            Signal(name=name, reset_less=True) for name in ("keeps", "doubles", "adds", "multiplies", "minus")
        )
        with m.If(deciding):
            short = accumulator[:SHORT_BITS] << (self._long_bits - SHORT_BITS)
            m.d.sync += [
                keeps.eq(_among(coming, Operation.ADD, Operation.SUBTRACT, Operation.LESS, Operation.TABLE)),
                doubles.eq(_among(coming, *_DOUBLING)),
                adds.eq(~_among(coming, *_DOUBLING)),
                multiplies.eq(_among(coming, *_MULTIPLYING)),
                minus.eq(_among(coming, Operation.SUBTRACT, Operation.LESS)),
                multiplier.eq(Mux(coming == Operation.SHORT, short, accumulator)),
            ]
        with m.Else():
            m.d.sync += multiplier.eq(multiplier << 1)
        one, other = (Signal(self._bits, name=name) for name in ("one", "other"))

        def all_of(bit):
            return bit.replicate(self._bits)

        m.d.comb += [
            one.eq((accumulator & all_of(keeps)) | (Cat(0, accumulator[:-1]) & all_of(doubles))),
            other.eq((operand & all_of(adds | (multiplies & multiplier[-1]))) ^ all_of(minus)),
        ]
        # One adder: the lowest place makes the carry that a difference needs.
        total = Signal(signed(self._bits))
        m.d.comb += total.eq((Cat(minus, one) + Cat(minus, other))[1:])
        return total

    def _outside(self, m: Module, accumulator, operand, operation, table, final) -> Signal:
        """The value from the tables, the response or an input; values for the outputs."""
        given, value = (Signal(signed(self._bits), name=name) for name in ("given", "value"))
        with m.Switch(operand):
            for number, name in enumerate(self._inputs):
                with m.Case(number):
                    m.d.comb += given.eq(getattr(self, name))
        with m.Switch(operation):
            with m.Case(Operation.TABLE):
                m.d.comb += value.eq(table.as_signed())
            with m.Case(Operation.RESPONSE):
                m.d.comb += value.eq(self.response_data[:VALUE_BITS].as_signed())
            with m.Default():
                m.d.comb += value.eq(given)
        with m.If(final & (operation == Operation.OUTPUT)):
            with m.Switch(operand):
                for number, name in enumerate(self._outputs):
                    with m.Case(number):
                        m.d.sync += getattr(self, name).eq(accumulator)
        return value


def _waits(m: Module, coming, word, bits: int, long_bits: int) -> Signal:
    """Cycles that the instruction just read executes, less one."""
    waits = Signal(range(max(bits, long_bits) + 1))
    with m.Switch(coming):
        with m.Case(Operation.SHORT):
            m.d.comb += waits.eq(SHORT_BITS - 1)
        with m.Case(Operation.LONG):
            m.d.comb += waits.eq(long_bits - 1)
        with m.Case(Operation.LEFT, Operation.RIGHT):
            m.d.comb += waits.eq(word[: len(waits)] - 1)
        with m.Case(Operation.TABLE):
            m.d.comb += waits.eq(3)
        with m.Case(Operation.RESPONSE):
            m.d.comb += waits.eq(RESPONSE_LATENCY - 1)
    return waits


def _table(m: Module, words, address, *, logic: bool) -> Signal:
    """The word of the tables at an ``address`` that has stood for two cycles. In logic one word of each BANK
    is chosen in the first cycle, and one of these in the second.
    """
    table = Signal(TABLE_WORD_BITS, name="table", reset_less=True)
    if not logic:
        m.d.sync += table.eq(_rom(m, "tables", words, TABLE_WORD_BITS, address))
        return table
    parts = [
        _rom(m, f"tables_{at}", words[at : at + BANK], TABLE_WORD_BITS, address[:BANK_BITS], logic=True)
        for at in range(0, len(words), BANK)
    ]
    m.d.sync += table.eq(Array(parts)[address[BANK_BITS:]])
    return table


def _rom(m: Module, name: str, words, bits: int, address, *, logic: bool = False):
    """The word at ``address`` of the cycle before, of a memory that is never written."""
    mask = (1 << bits) - 1
    rom = memory.Memory(
        shape=bits,
        depth=max(2, len(words)),
        init=[word & mask for word in words],
        attrs={"rom_style": "logic" if logic else "block"},
    )
    m.submodules[name] = rom
    read = rom.read_port()
    m.d.comb += [read.en.eq(1), read.addr.eq(address)]
    return read.data


def _address_bits(words) -> int:
    return max(1, (max(2, len(words)) - 1).bit_length())


def _among(operation, *operations):
    """Whether an operation is one of those."""
    return Cat(operation == one for one in operations).any()
