"""The netlist's text: a flipped bit in a table, and the module that stands for the core."""

import re
import shutil
import subprocess

import pytest

from siammixer.arch.accelerator import DEFAULT_ACCELERATOR, find_accelerator
from siammixer.arch.interface import ports
from siammixer.rtl.datapath.gearbox import Gearbox
from siammixer.sim.verilog import verilog
from siammixer.verify.gates import netlist

icarus = pytest.mark.skipif(
    shutil.which("iverilog") is None, reason="needs Icarus Verilog: apt-get install iverilog"
)
ACCELERATOR = find_accelerator(DEFAULT_ACCELERATOR)
BENCH = """module bench;
  reg clk = 0, advance = 0;
  reg [127:0] i = 0;
  reg [3:0] last = 0;
  wire [71:0] built, described;
  integer cycle, differing = 0;
  netlist one (.clk(clk), .rst(1'b0), .advance(advance), .i(i), .\\end (last), .o(built));
  rtl two (.clk(clk), .rst(1'b0), .advance(advance), .i(i), .\\end (last), .o(described));
  initial begin
    for (cycle = 0; cycle < 500; cycle = cycle + 1) begin
      {advance, last, i} = {$random, $random, $random, $random, $random};
      #1 clk = 1;
      #1 clk = 0;
      if (cycle > 20 && built !== described) differing = differing + 1;
    end
    $display("%0d differ", differing);
  end
endmodule
"""

TEXT = "  LUT4 #(\n    .INIT(16'h00ff)\n  ) a (\n  LUT4 #(\n    .INIT(16'h8001)\n  ) b (\n"


@pytest.mark.parametrize(
    ("place", "tables"), [(0, ["00fe", "8001"]), (1, ["00ff", "8000"]), (3, ["00ff", "8000"])]
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


@icarus
def test_a_block_and_its_netlist_do_the_same_and_a_flipped_bit_is_seen(tmp_path):
    """The gearbox: the netlist of the whole core runs in tests/bench/test_gates.py."""
    text = netlist.cells_verilog(Gearbox(ACCELERATOR), "netlist", tmp_path)
    described = verilog(Gearbox(ACCELERATOR), "rtl")
    for built, expected in ((text, True), (netlist.change_table(text, 100), False)):
        # What Icarus 11 cannot read is not needed: delays, and the models of two cells that are not here.
        for part in (r"^\s*specify\n.*?endspecify\n", r"^module TRELLIS_(?:IO|COMB)\(.*?endmodule\n"):
            built = re.sub(part, "", built, flags=re.MULTILINE | re.DOTALL)
        (tmp_path / "run.v").write_text(built + described + BENCH)
        command = ["iverilog", "-g2012", "-s", "bench", "-o", "run.vvp", "run.v"]
        subprocess.run(command, cwd=tmp_path, check=True)
        done = subprocess.run(
            ["vvp", "-n", "run.vvp"], cwd=tmp_path, check=True, capture_output=True, text=True
        )
        assert (done.stdout == "0 differ\n") is expected, done.stdout
