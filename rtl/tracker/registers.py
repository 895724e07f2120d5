"""Registers of the tracker's machine: which names can share one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from siammixer.rtl.tracker.instructions import Operation

Code = Sequence[tuple[Operation, int | str]]
"""Instructions in their places: a register's name or a number."""


def share_registers(
    code: Code, returns: Mapping[int, Iterable[int]], entries: Iterable[int]
) -> dict[str, int]:
    """A register's number for each name, so that none is written while it holds a value of another name that
    will still be read.

    Parameters
    ----------
    code
        The program. Only STORE writes a register; every other operation with a name reads it.
    returns
        Place of each RETURN -> the places that it may go on at.
    entries
        Places where commands begin. Between commands registers keep their values.
    """
    names = sorted({operand for _, operand in code if isinstance(operand, str)})
    bit = {name: 1 << number for number, name in enumerate(names)}
    live = _needed(code, bit, returns, tuple(entries))
    rivals = dict.fromkeys(names, 0)
    for place, (operation, operand) in enumerate(code):
        if operation is Operation.STORE:
            rivals[str(operand)] |= _behind(code, live, returns, entries, place)
    numbers: dict[str, int] = {}
    # Those with the most rivals first: they have the least choice.
    for name in sorted(names, key=lambda one: (-rivals[one].bit_count(), one)):
        taken = {
            numbers[other] for other in numbers if rivals[name] & bit[other] or rivals[other] & bit[name]
        }
        numbers[name] = next(number for number in range(len(names)) if number not in taken)
    return numbers


def _needed(code: Code, bit: Mapping[str, int], returns, entries) -> list[int]:
    """The names whose values are still read from each place on, its instruction included, as bits."""
    live = [0] * len(code)
    changed = True
    while changed:
        changed = False
        for place in reversed(range(len(code))):
            operation, operand = code[place]
            names = _behind(code, live, returns, entries, place)
            if isinstance(operand, str):
                names = names & ~bit[operand] if operation is Operation.STORE else names | bit[operand]
            changed |= names != live[place]
            live[place] = names
    return live


def _behind(code: Code, live: Sequence[int], returns, entries, place: int) -> int:
    """The names that are still read behind an instruction."""
    operation, operand = code[place]
    following: Iterable[int] = (place + 1,)
    if operation is Operation.LOOP:
        following = (place + 1, int(operand))
    elif operation is Operation.CALL:
        following = (int(operand),)
    elif operation is Operation.RETURN:
        following = returns[place]
    elif operation is Operation.END:
        following = entries
    names = 0
    for one in following:
        names |= live[one]
    return names
