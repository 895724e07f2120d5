"""The assembler of the tracker's machine, which also counts cycles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from siammixer.ir.errors import InputError
from siammixer.rtl.tracker.instructions import (
    FETCH,
    OPERAND_BITS,
    STACK,
    Operation,
    Program,
    cycles_of,
    encode,
)
from siammixer.rtl.tracker.registers import share_registers

_DIGIT = OPERAND_BITS - 2


@dataclass
class _Routine:
    """Its place, the places of its RETURNs, and (how often, operation, number, routine called) of its
    instructions.
    """

    place: int
    returns: list[int] = field(default_factory=list)
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
    """

    def __init__(self, tables: dict[str, tuple[int, ...]], long_bits: int):
        self._long_bits = long_bits
        self._code: list[tuple[Operation, int | str]] = []
        self._tables: list[int] = []
        self._bases: dict[str, int] = {}
        self._routines: dict[str, _Routine] = {}
        self._calls: list[tuple[int, str]] = []
        self._commands: list[str] = []
        self._loops = [1]
        for name, table in tables.items():
            self._bases[name] = len(self._tables)
            self._tables.extend(table)

    def base(self, table: str) -> int:
        """Place of a table's first word in the table memory."""
        return self._bases[table]

    def routine(self, name: str) -> None:
        """Begins the routine of that name, or the command, which ends with RETURN or END.

        Raises
        ------
        InputError
            There is one of that name.
        """
        if name in self._routines:
            raise InputError(f"a routine of the tracker's program is called {name} already")
        self._routines[name] = _Routine(len(self._code))

    def command(self, name: str) -> None:
        """Begins a command; they are numbered from 0 in the order in which they are written."""
        self.routine(name)
        self._commands.append(name)

    def emit(self, operation: Operation, operand: int | str = 0) -> None:
        """One instruction; ``operand`` is a register's name or a number."""
        self._append(operation, operand, None)

    def call(self, name: str) -> None:
        """Runs a routine that has been written."""
        self._calls.append((len(self._code), name))
        self._append(Operation.CALL, self._routines[name].place, name)

    @contextmanager
    def repeat(self, count: int) -> Iterator[None]:
        """Instructions run so many times, which may call no routine that repeats."""
        if len(self._loops) > 1:
            raise InputError("a loop of the tracker's program must not lie in another")
        self.emit(Operation.COUNT, count)
        start = len(self._code)
        self._loops.append(count)
        yield
        self.emit(Operation.LOOP, start)
        self._loops.pop()

    def number(self, value: int) -> None:
        """A = a number of any size."""
        if fits(value):
            self.emit(Operation.LOAD, value)
            return
        self.number(value >> _DIGIT)
        self.emit(Operation.LEFT, _DIGIT)
        if value & ((1 << _DIGIT) - 1):
            self.emit(Operation.ADD, value & ((1 << _DIGIT) - 1))

    def program(self) -> Program:
        """The program as it has been written.

        Raises
        ------
        InputError
            Routines call each other deeper than the machine can return.
        """
        if max(map(self._depth, self._commands)) > STACK:
            raise InputError(f"routines of the tracker's program must not lie deeper than {STACK}")
        entries = {name: self._routines[name].place for name in self._commands}
        behind: dict[str, list[int]] = {name: [] for name in self._routines}
        for place, name in self._calls:
            behind[name].append(place + 1)
        returns = {
            place: behind[name] for name, routine in self._routines.items() for place in routine.returns
        }
        numbers = share_registers(self._code, returns, tuple(entries.values()))
        return Program(
            words=tuple(
                encode(operation, numbers[operand], named=True)
                if isinstance(operand, str)
                else encode(operation, operand)
                for operation, operand in self._code
            ),
            tables=tuple(self._tables),
            entries=entries,
            # A start takes a cycle; then the first instruction is fetched.
            cycles={name: 1 + FETCH + self._cycles(name) for name in self._commands},
            registers=max(numbers.values(), default=0) + 1,
        )

    def _append(self, operation: Operation, operand: int | str, callee: str | None) -> None:
        if isinstance(operand, int) and not fits(operand):
            raise InputError(f"an operand of {operation.name} must fit {OPERAND_BITS} bits, not {operand}")
        current = self._routines[next(reversed(self._routines))]
        if operation is Operation.RETURN:
            current.returns.append(len(self._code))
        self._code.append((operation, operand))
        number = operand if isinstance(operand, int) else 0
        current.parts.append((self._loops[-1], operation, number, callee))

    def _cycles(self, name: str) -> int:
        total = 0
        for times, operation, operand, callee in self._routines[name].parts:
            within = 0 if callee is None else self._cycles(callee)
            total += times * (cycles_of(operation, operand, self._long_bits) + within)
        return total

    def _depth(self, name: str) -> int:
        called = [callee for *_, callee in self._routines[name].parts if callee is not None]
        return max((1 + self._depth(callee) for callee in called), default=0)


def fits(value: int) -> bool:
    """Whether an instruction can hold a number."""
    return -(1 << (OPERAND_BITS - 1)) <= value < 1 << (OPERAND_BITS - 1)
