"""The netlist's text: a flipped bit in a table, and the module that stands for the core."""

import re

import pytest

from siammixer.arch.interface import ports
from siammixer.verify.gates import netlist

TEXT = "  LUT4 #(\n    .INIT(16'h00ff)\n  ) a (\n  LUT4 #(\n    .INIT(16'h8001)\n  ) b (\n"


@pytest.mark.parametrize(
    ("place", "tables"), [(0, ["80ff", "8001"]), (1, ["00ff", "0001"]), (3, ["00ff", "0001"])]
)
def test_one_bit_of_one_table_changes(place, tables):
    assert re.findall(r"16'h(\w+)", netlist.change_table(TEXT, place)) == tables


def test_the_top_has_the_ports_of_the_core():
    text = netlist._top()
    head = text[: text.index(";")]
    assert head.startswith("module siammixer(") and all(port.verilog in head for port in ports(2))
    assert "assign trace__valid = 0;" in text and ".host__busy(host__busy)" in text


def test_the_cells_are_those_of_yosys_and_ours():
    modules = re.findall(r"^module (\w+)", netlist._cells(), re.MULTILINE)
    assert {"LUT4", "CCU2C", "TRELLIS_FF", "TRELLIS_DPR16X4", "PFUMX", "DP16KD", "MULT18X18D"} <= set(modules)
    assert len(modules) == len(set(modules))
