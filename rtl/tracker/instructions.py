"""Instructions of the tracker's machine, and the assembler that also counts their cycles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum, auto, unique

from siammixer.ir.errors import InputError

OPERATION_BITS, OPERAND_BITS = 5, 12
WORD_BITS = OPERATION_BITS + 1 + OPERAND_BITS
"""An instruction: the operand from bit 0 on, a bit that says that it is a number and no register, and the
operation."""
SHORT_BITS = 9
"""Bits of a short multiplier."""
STACK = 3
"""Routines that may have called each other."""
_DIGIT = OPERAND_BITS - 2


@unique
class Operation(IntEnum):
    """What an instruction does. A is the accumulator, F the flag, M the operand: a register, or a number of
    OPERAND_BITS bits, signed.
    """

    LOAD = 0
    """A = M"""
    ADD = auto()
    """A = A + M"""
    SUBTRACT = auto()
    """A = A - M"""
    LESS = auto()
    """F = A < M"""
    KEEP = auto()
    """A = M unless F"""
    TAKE = auto()
    """A = M if F"""
    SHORT = auto()
    """A = M * A, of whose A the low SHORT_BITS bits count, unsigned"""
    LONG = auto()
    """A = M * A, of whose A as many low bits count as the machine's long multiplier has, unsigned"""
    RIGHT = auto()
    """A = A >> n, arithmetic; n is at least 1"""
    LEFT = auto()
    """A = A << n; n is at least 1"""
    STORE = auto()
    """register = A"""
    TABLE = auto()
    """A = the table memory's word at A + M"""
    RESPONSE = auto()
    """A = the response's value at address A, INT8"""
    INPUT = auto()
    """A = input n"""
    OUTPUT = auto()
    """output n = A"""
    COUNT = auto()
    """The loop counter is n."""
    LOOP = auto()
    """The loop counter is one less; the next instruction is at n unless it is now 0."""
    JUMP = auto()
    """The next instruction is at n."""
    CALL = auto()
    """Likewise, and RETURN comes back to the one behind."""
    RETURN = auto()
    """The next instruction is the one behind the last CALL."""
    END = auto()
    """The machine stands still until its next start."""


def cycles_of(operation: Operation, operand: int, long_bits: int) -> int:
    """Cycles of an instruction: one to read it and its operand, the others to execute it."""
    execute = {
        Operation.SHORT: SHORT_BITS,
        Operation.LONG: long_bits,
        Operation.RIGHT: operand,
        Operation.LEFT: operand,
        Operation.TABLE: 2,
        Operation.RESPONSE: 3,
    }
    return 1 + execute.get(operation, 1)


@dataclass(frozen=True, kw_only=True)
class Program:
    """Words for the program memory and the table memory, and what they take.

    Parameters
    ----------
    words
        Instructions.
    tables
        Words of the table memory, signed.
    entries
        Place of each command's first instruction.
    cycles
        Cycles of each command from its start until the machine is done: each always takes the same.
    registers
        Registers used.
    """

    words: tuple[int, ...]
    tables: tuple[int, ...]
    entries: dict[str, int]
    cycles: dict[str, int]
    registers: int


@dataclass
class _Routine:
    """Its place, and (how often, operation, operand, routine called) of its instructions."""

    place: int
    parts: list[tuple[int, Operation, int, str | None]] = field(default_factory=list)


class Assembler:
    """Puts a program together, routine after routine; each must be written before it is called.

    Registers go by names, numbers are written as they are.

    Parameters
    ----------
    tables
        The tables by their names, in the order in which they lie in the memory.
    long_bits
        Bits of the machine's long multiplier.
    word_bits
        Bits of the table memory's words.
    """

    def __init__(self, tables: dict[str, tuple[int, ...]], long_bits: int, word_bits: int):
        self._long_bits, self._limit = long_bits, 1 << (word_bits - 1)
        self._words: list[int] = []
        self._tables: list[int] = []
        self._bases: dict[str, int] = {}
        self._registers: dict[str, int] = {}
        self._routines: dict[str, _Routine] = {}
        self._commands: list[str] = []
        self._times = 1
        for name, table in tables.items():
            self._bases[name] = len(self._tables)
            self._tables.extend(map(self._word, table))

    def base(self, table: str) -> int:
        """Place of a table's first word in the table memory."""
        return self._bases[table]

    def routine(self, name: str) -> None:
        """What follows is the routine of that name, or the command: it ends with RETURN or END."""
        self._routines[name] = _Routine(len(self._words))
        self._current = self._routines[name]

    def command(self, name: str) -> None:
        """What follows is a command; they are numbered from 0 in the order in which they are written."""
        self.routine(name)
        self._commands.append(name)

    def emit(self, operation: Operation, operand: int | str = 0) -> None:
        """One instruction; ``operand`` is a register's name or a number."""
        self._append(operation, operand, None)

    def call(self, name: str) -> None:
        """Runs a routine that has been written."""
        self._append(Operation.CALL, self._routines[name].place, name)

    @contextmanager
    def repeat(self, count: int) -> Iterator[None]:
        """Instructions run so many times, which may call no routine that repeats."""
        if self._times != 1:
            raise InputError("a loop of the tracker's program must not lie in another")
        self.emit(Operation.COUNT, count)
        self._times, start = count, len(self._words)
        yield
        self.emit(Operation.LOOP, start)
        self._times = 1

    def number(self, value: int) -> None:
        """A = a number of any size."""
        if _fits(value):
            self.emit(Operation.LOAD, value)
            return
        self.number(value >> _DIGIT)
        self.emit(Operation.LEFT, _DIGIT)
        if value & ((1 << _DIGIT) - 1):
            self.emit(Operation.ADD, value & ((1 << _DIGIT) - 1))

    def program(self) -> Program:
        """The program as it has been written."""
        return Program(
            words=tuple(self._words),
            tables=tuple(self._tables),
            entries={name: self._routines[name].place for name in self._commands},
            # A start takes a cycle, in which the machine reads the first instruction.
            cycles={name: 1 + self._cycles(name) for name in self._commands},
            registers=len(self._registers),
        )

    def _append(self, operation: Operation, operand: int | str, callee: str | None) -> None:
        number = not isinstance(operand, str)
        value = operand if number else self._registers.setdefault(str(operand), len(self._registers))
        if number and not _fits(int(value)):
            raise InputError(f"an operand of {operation.name} must fit {OPERAND_BITS} bits, not {value}")
        self._words.append(
            int(operation) << (OPERAND_BITS + 1)
            | int(number) << OPERAND_BITS
            | int(value) & ((1 << OPERAND_BITS) - 1)
        )
        self._current.parts.append((self._times, operation, int(value), callee))

    def _cycles(self, name: str) -> int:
        total = 0
        for times, operation, operand, callee in self._routines[name].parts:
            within = 0 if callee is None else self._cycles(callee)
            total += times * (cycles_of(operation, operand, self._long_bits) + within)
        return total

    def _word(self, value: int) -> int:
        if not -self._limit <= value < self._limit:
            raise InputError(f"a word of a table must lie within +-{self._limit}, not {value}")
        return value


def _fits(value: int) -> bool:
    return -(1 << (OPERAND_BITS - 1)) <= value < 1 << (OPERAND_BITS - 1)
