"""Places, cycles, and what is refused."""

import pytest

from siammixer.ir.errors import InputError
from siammixer.rtl.tracker.assembler import Assembler
from siammixer.rtl.tracker.instructions import STACK, encode
from siammixer.rtl.tracker.instructions import Operation as Op


def started():
    return Assembler({"one": (5, 6), "two": (7,)}, 12)


def test_tables_lie_one_after_the_other():
    a = started()
    assert (a.base("one"), a.base("two")) == (0, 2)
    a.command("x")
    a.emit(Op.END)
    assert a.program().tables == (5, 6, 7)


def test_cycles_of_loops_and_calls():
    a = started()
    a.routine("r")
    a.emit(Op.LONG, "v")  # 14 cycles
    a.emit(Op.RETURN)  # 5
    a.command("x")
    a.emit(Op.STORE, "v")  # 3
    with a.repeat(5):  # 3
        a.emit(Op.RIGHT, 7)  # 5 times 9, and 5 times 5
    a.call("r")  # 5 + 19
    a.emit(Op.END)  # 3
    program = a.program()
    assert program.cycles == {"x": 3 + 3 + 3 + 70 + 24 + 3} and program.entries == {"x": 2}


def test_words():
    a = started()
    a.command("x")
    a.emit(Op.ADD, -1)
    a.emit(Op.ADD, "v")
    a.emit(Op.END)
    assert a.program().words[:2] == (0b00001_1_111111111111, encode(Op.ADD, 0, named=True))


@pytest.mark.parametrize("value", [2048, -2049])
def test_an_operand_that_does_not_fit(value):
    a = started()
    a.command("x")
    with pytest.raises(InputError, match="must fit 12 bits"):
        a.emit(Op.ADD, value)


def test_a_name_twice():
    a = started()
    a.routine("r")
    with pytest.raises(InputError, match="called r already"):
        a.command("r")


def test_a_loop_in_a_loop():
    a = started()
    a.command("x")
    with a.repeat(2), pytest.raises(InputError, match="must not lie in another"), a.repeat(3):
        pass


def test_routines_too_deep():
    a = started()
    for depth in range(STACK + 1):
        a.routine(f"r{depth}")
        if depth:
            a.call(f"r{depth - 1}")
        a.emit(Op.RETURN)
    for depth in (STACK - 1, STACK):
        a.command(f"c{depth}")
        a.call(f"r{depth}")
        a.emit(Op.END)
        if depth == STACK - 1:
            a.program()
    with pytest.raises(InputError, match="must not lie deeper"):
        a.program()
