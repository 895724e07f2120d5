"""The core with flat ports: those of the description, by their plain names."""

import re

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.interface import ports, trace_bytes_of
from siammixer.rtl.bus.axi_core import AxiSiamMixer
from siammixer.rtl.bus.flat import FlatSiamMixer
from siammixer.sim.verilog import verilog


@pytest.mark.parametrize("trace", [False, True])
def test_ports(trace):
    accelerator = find_accelerator("tiny")
    text = verilog(FlatSiamMixer(accelerator, trace=trace), "flat")
    top = text[: text.index("endmodule")]
    found = {
        (name, "in" if way == "input" else "out", int(high or 0) + 1)
        for way, high, name in re.findall(r"^  (input|output) (?:\[(\d+):0\] )?(\S+);$", top, re.MULTILINE)
    }
    expected = {
        (port.signal, port.direction, port.bits)
        for port in ports(trace_bytes_of(accelerator.lanes))
        if trace or not port.verification
    }
    assert found == expected | {("clk", "in", 1), ("rst", "in", 1)}


def test_axi_has_the_trace_where_it_is_asked_for():
    text = verilog(AxiSiamMixer(find_accelerator("tiny"), trace=True), "axi")
    top = text[: text.index("endmodule")]
    assert "output [127:0] trace_data;" in top and "output step_done;" in top
