"""Conditions are opened, and a write to a memory tells of an unknown enable."""

import shutil
import subprocess

import pytest

from siammixer.verify.gates.unknowns import SEEN, with_open_conditions

icarus = pytest.mark.skipif(
    shutil.which("iverilog") is None, reason="needs Icarus Verilog: apt-get install iverilog"
)

TEXT = """module top (input clk, input choice, output reg [3:0] o, output [3:0] word,
           input [1:0] place);
  reg [3:0] words [3:0];
  assign word = words[place];
  always @(posedge clk) begin
    if (choice)
      words[place] <= 4'h5;
  end
  always @(posedge clk) begin
    o <= 4'h4;
    if (choice) o <= 4'h6;
  end
endmodule
"""
BENCH = """module bench;
  reg clk = 0, armed = 1;
  wire [3:0] o;
  top dut (.clk(clk), .choice(1'bx), .place(2'h1), .o(o));
  initial begin
    #1 clk = 1;
    #1 $display("o is %b", o);
  end
endmodule
"""


def run(text, folder):
    (folder / "run.v").write_text(text + BENCH)
    command = ["iverilog", "-g2005", "-DARMED=bench.armed", "-o", "run.vvp", "run.v"]
    subprocess.run(command, cwd=folder, check=True)
    done = subprocess.run(["vvp", "-n", "run.vvp"], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


@icarus
def test_an_unknown_choice_is_not_hidden(tmp_path):
    """As it stands, Verilog takes the other branch: 4, and nothing is written."""
    assert run(TEXT, tmp_path) == ["o is 0100"]
    opened = with_open_conditions(TEXT, "top", tmp_path)
    assert sorted(run(opened, tmp_path)) == [f"{SEEN} of bench.dut", "o is 01x0"]
