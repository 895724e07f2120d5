"""Instructions of the tracker's machine, and their cycles."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, auto, unique

OPERATION_BITS, OPERAND_BITS = 5, 12
WORD_BITS = OPERATION_BITS + 1 + OPERAND_BITS
"""An instruction: the operand from bit 0 on, a bit that says that it is a number and no register, and the
operation."""
SHORT_BITS = 9
"""Bits of a short multiplier."""
STACK = 3
"""Routines that may have called each other."""


@unique
class Operation(IntEnum):
    """Operations of the machine. A is the accumulator, F the flag, M the operand: a register, or a number of
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
    CALL = auto()
    """The next instruction is at n, and RETURN comes back to the one behind."""
    RETURN = auto()
    """The next instruction is the one behind the last CALL."""
    END = auto()
    """The machine stands still until its next start."""


def encode(operation: Operation, operand: int, *, named: bool = False) -> int:
    """The word of an instruction; ``operand`` is a number, or with ``named`` a register's."""
    place = operand & ((1 << OPERAND_BITS) - 1)
    return int(operation) << (OPERAND_BITS + 1) | int(not named) << OPERAND_BITS | place


JUMPS = (Operation.LOOP, Operation.CALL, Operation.RETURN)
"""Operations behind which the next instruction is fetched anew, wherever it is."""
FETCH = 2
"""Cycles until it is there."""


def cycles_of(operation: Operation, operand: int, long_bits: int) -> int:
    """Cycles of an instruction: one to read its register, one to decide what it does, those in which it does
    it, and those until the next one is there.
    """
    execute = {
        Operation.SHORT: SHORT_BITS,
        Operation.LONG: long_bits,
        Operation.RIGHT: operand,
        Operation.LEFT: operand,
        Operation.TABLE: 4,
        Operation.RESPONSE: 3,
    }
    return 2 + execute.get(operation, 1) + FETCH * (operation in JUMPS)


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
