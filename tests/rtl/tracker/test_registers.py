"""Names that live at the same time have registers of their own; others share."""

import pytest

from siammixer.rtl.tracker.instructions import Operation as Op
from siammixer.rtl.tracker.program import tracker_program
from siammixer.rtl.tracker.registers import share_registers

END = (Op.END, 0)


def test_what_lives_together_is_kept_apart():
    code = [(Op.STORE, "a"), (Op.STORE, "b"), (Op.ADD, "a"), (Op.ADD, "b"), END]
    numbers = share_registers(code, {}, [0])
    assert numbers["a"] != numbers["b"]


def test_what_is_forgotten_makes_room():
    code = [(Op.STORE, "a"), (Op.ADD, "a"), (Op.STORE, "b"), (Op.ADD, "b"), END]
    assert set(share_registers(code, {}, [0]).values()) == {0}


def test_what_a_loop_reads_again_lives_to_its_end():
    """``c`` is written behind the last word that reads ``a``, and still must not take its place."""
    code = [(Op.STORE, "a"), (Op.LOAD, "a"), (Op.STORE, "c"), (Op.LOAD, "c"), (Op.LOOP, 1), END]
    numbers = share_registers(code, {}, [0])
    assert numbers["c"] != numbers["a"]


def test_what_the_caller_needs_outlives_the_routine():
    routine = [(Op.STORE, "t"), (Op.LOAD, "t"), (Op.RETURN, 0)]
    code = [*routine, (Op.STORE, "a"), (Op.CALL, 0), (Op.ADD, "a"), END]
    assert len(set(share_registers(code, {2: [5]}, [3]).values())) == 2
    code[5] = (Op.ADD, 1)
    assert len(set(share_registers(code, {2: [5]}, [3]).values())) == 1


def test_what_another_command_reads_is_kept_between():
    first = [(Op.STORE, "kept"), END]
    second = [(Op.STORE, "t"), (Op.LOAD, "t"), END]
    third = [(Op.LOAD, "kept"), END]
    numbers = share_registers([*first, *second, *third], {}, [0, 2, 5])
    assert numbers["kept"] != numbers["t"]


@pytest.mark.parametrize("name", ["siammixer", "tiny"])
def test_the_tracker_fits_its_registers(name, designs):
    """Three rows of logic RAM, of 16 registers each."""
    assert tracker_program(designs[name]).registers <= 48
