"""Names that Verilog and VHDL both have."""

import pytest

from siammixer.delivery.names import check_prefix, distinct, is_legal
from siammixer.ir.errors import InputError


@pytest.mark.parametrize(
    ("name", "legal"),
    [
        ("s_axi_awaddr", True),
        ("a", True),
        ("a__b", False),
        ("_a", False),
        ("a_", False),
        ("1a", False),
        ("a$b", False),
        ("", False),
        ("Process", False),  # of VHDL, where case does not count
        ("logic", False),  # of SystemVerilog
    ],
)
def test_is_legal(name, legal):
    assert is_legal(name) == legal


def test_distinct_names_are_legal_and_stay_apart():
    given = ["port$0", "port_0", "begin", "$12", "a__b", "A_B", "port.0", "clk", "port$0"]
    names = distinct(given)
    assert set(names) == set(given) and all(map(is_legal, names.values()))
    assert len({name.lower() for name in names.values()}) == len(names)
    assert names["port_0"] == "port_0" and names["clk"] == "clk" and names["begin"] == "begin_2"
    assert names == distinct(given)


@pytest.mark.parametrize("prefix", ["", "a__b", "module", "a" * 41, "x-y", "a/b"])
def test_a_wrong_prefix_is_refused(prefix):
    with pytest.raises(InputError, match="the prefix must be a letter"):
        check_prefix(prefix)
