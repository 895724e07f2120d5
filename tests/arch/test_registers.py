"""The registers' description: addresses, bits, and what is refused."""

from itertools import pairwise

import pytest

from siammixer.arch.register_map import ADDRESS_BITS, Field, Register
from siammixer.arch.registers import REGISTERS, fields, find_register
from siammixer.ir.errors import InputError


def test_registers_lie_one_behind_the_other():
    addresses = [register.address for register in REGISTERS]
    assert addresses == list(range(0, 4 * len(REGISTERS), 4)) and addresses[-1] < 1 << ADDRESS_BITS
    assert len({register.name for register in REGISTERS}) == len(REGISTERS)
    assert [find_register(register.name) for register in REGISTERS] == list(REGISTERS)


def test_fields_rise_and_have_a_sentence():
    for register in REGISTERS:
        for before, after in pairwise(register.fields):
            assert before.lowest + before.bits <= after.lowest
    for register, field in fields():
        for text in (register.text, field.text):
            assert text[0].isupper() and text.endswith("."), (register.name, field.name)


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
