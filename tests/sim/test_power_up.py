"""Verilog loses every initial value, or is refused."""

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.ir.errors import InputError
from siammixer.sim.power_up import without_initial_values
from siammixer.sim.simulators import generated_verilog

TEXT = r"""module top (clk);
  reg \$auto$verilog_backend.cc:7:dump_module$1  = 0;
  reg once_0 = 0;
  reg [3:0] \$5  = 4'h3;
  reg plain = 1'h1;
  reg [7:0] words [3:0];
  initial begin : initial_0
    integer i;
    for (i = 0; i < 4; i = i + 1)
      words[i] = 8'h00;
  end
  initial begin
    words[0] = 8'h01;
  end
endmodule
"""


def test_registers_and_memories():
    text, registers, memories = without_initial_values(TEXT)
    assert (registers, memories) == (2, 2)
    assert r"  reg [3:0] \$5 ;" in text and "  reg plain ;" in text and "initial" not in text
    assert "dump_module$1  = 0;" in text and "once_0 = 0;" in text
    assert "reg [7:0] words [3:0];" in text


@pytest.mark.parametrize("line", ["  reg [1:0] a = 2'h0, b = 2'h1;", "    initial begin"])
def test_what_is_not_understood_is_refused(line):
    with pytest.raises(InputError, match="every initial value must be found"):
        without_initial_values(f"module top;\n{line}\nendmodule\n")


def test_the_tiny_core():
    text, registers, memories = without_initial_values(
        generated_verilog(find_accelerator("tiny"), lambda _: None)
    )
    assert registers > 600 and memories >= 15
    assert text.count("= 8'h00;") < 100
