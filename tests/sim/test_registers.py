"""Registers as people write them: which variables are folded, which must stay, and that nothing else
changes.
"""

import re

import pytest
from amaranth.back import verilog as back
from amaranth.hdl import Module, Signal
from amaranth.lib.wiring import Component, In, Out

from siammixer.sim.registers import fold_registers


class Registers(Component):
    """One register of each form."""

    def __init__(self):
        super().__init__(
            {
                "enable": In(1),
                "a": In(8),
                **{name: Out(8) for name in ("held", "always", "halves", "stepped", "ahead", "next_ahead")},
            }
        )

    def elaborate(self, _):
        m = Module()
        following = Signal(8)
        m.d.comb += [following.eq(self.a ^ 1), self.next_ahead.eq(following)]
        m.d.sync += [self.always.eq(self.a), self.ahead.eq(following)]
        with m.If(self.enable):
            m.d.sync += [self.held.eq(self.a), self.halves[:4].eq(self.a[4:])]
            with m.If(self.a[0]):
                m.d.sync += self.halves[4:].eq(self.held[:4])
        with m.FSM():
            with m.State("first"), m.If(self.enable):
                m.next = "second"
            with m.State("second"):
                m.d.sync += self.stepped.eq(self.stepped + 1)
                m.next = "first"
        return m


@pytest.fixture(scope="module")
def texts():
    text = back.convert(Registers(), name="registers", emit_src=False, strip_internal_attrs=True)
    return text, fold_registers(text)


def test_no_variable_is_left_that_only_a_register_reads(texts):
    before, after = texts
    assert len(re.findall(r"<= \\\$\d+ ;", before)) > len(re.findall(r"<= \\\$\d+ ;", after))
    assert "always @*" in before and "always @*" not in after
    held = re.search(
        r"  always @\(posedge clk\) begin\n((?:(?!  end\n).)*held +<= a;.*?)  end\n", after, re.DOTALL
    )[1]
    assert "if (enable) begin" in held and "held <= held" not in after


READERS = [
    "assign next_ahead = \\$9 ;",
    "assign next_ahead = { \\$9 , 1'h0 };",
    "always @(posedge clk)\n    q[3:0] <= \\$9 ;",
]


@pytest.mark.parametrize("reader", READERS)
def test_a_variable_that_something_else_reads_stays(reader):
    text = f"""module m(clk);
  reg [7:0] \\$9 ;
  {reader}
  always @(posedge clk)
    q <= \\$9 ;
  always @* begin
    if (\\$auto$verilog_backend.cc:1:dump_module$0 ) begin end
    \\$9  = q;
    if (e) begin
      \\$9 [3:0] = d;
    end
  end
endmodule
"""
    assert fold_registers(text) == text
    folded = fold_registers(text.replace(f"  {reader}\n", ""))
    assert (
        folded == "module m(clk);\n  always @(posedge clk) begin\n    if (e) begin\n      q[3:0] <= d;\n    "
        "end\n  end\nendmodule\n"
    )


def test_names_that_begin_or_end_alike_are_told_apart():
    text = """module m(clk);
  reg \\$1 ;
  reg \\$11 ;
  always @(posedge clk)
    \\begin  <= \\$1 ;
  always @(posedge clk)
    \\begin.x  <= \\$11 ;
  always @* begin
    if (\\$auto$verilog_backend.cc:1:dump_module$0 ) begin end
    \\$1  = \\begin.x ;
    if (e) begin
      \\$1  = \\$11 ;
    end
  end
endmodule
"""
    folded = fold_registers(text)
    assert "    \\begin  <= \\begin.x ;\n    if (e) begin\n      \\begin  <= \\$11 ;\n" in folded
    assert "  always @(posedge clk)\n    \\begin.x  <= \\$11 ;\n" in folded and "  reg \\$11 ;\n" in folded
