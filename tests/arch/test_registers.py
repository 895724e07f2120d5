"""The registers' description: addresses, bits, and what is refused."""

from itertools import pairwise

import pytest

from siammixer.arch.register_map import ADDRESS_BITS, Field, Register, RegisterMap
from siammixer.arch.registers import CORE, REGISTERS, find_register
from siammixer.arch.tracker_registers import TRACKER
from siammixer.ir.errors import InputError


@pytest.fixture(params=[CORE, TRACKER], ids=lambda registers: registers.name)
def registers(request) -> RegisterMap:
    return request.param


def test_registers_lie_one_behind_the_other(registers):
    addresses = [register.address for register in registers.registers]
    assert addresses == list(range(0, 4 * len(addresses), 4)) and addresses[-1] < 1 << ADDRESS_BITS
    names = [register.name for register in registers.registers]
    assert len(set(names)) == len(names)
    assert [registers.find(name) for name in names] == list(registers.registers)
    assert [find_register(register.name) for register in REGISTERS] == list(REGISTERS)


def test_fields_rise_and_have_a_sentence(registers):
    for register in registers.registers:
        for before, after in pairwise(register.fields):
            assert before.lowest + before.bits <= after.lowest
    for register, field in registers.fields():
        for text in (register.text, field.text):
            assert text[0].isupper() and text.endswith("."), (register.name, field.name)


def test_cores_are_told_apart():
    assert CORE.magic != TRACKER.magic and CORE.name != TRACKER.name
    assert [CORE.find(name).address for name in ("identity", "version")] == [
        TRACKER.find(name).address for name in ("identity", "version")
    ]


def _field(**changes) -> Field:
    return Field(**{"name": "f", "bits": 4, "access": "read", "text": "A field."} | changes)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: _field(lowest=30), "its bits must lie within 0 to 31"),
        (lambda: Register(name="r", address=2, text="", fields=()), "a multiple of 4 below 4096, not 2"),
        (
            lambda: Register(name="r", address=4096, text="", fields=()),
            "a multiple of 4 below 4096, not 4096",
        ),
        (
            lambda: Register(name="r", address=0, text="", fields=(_field(), _field(name="g", lowest=3))),
            "register r: field g must have bits of its own",
        ),
    ],
)
def test_a_wrong_description_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()
