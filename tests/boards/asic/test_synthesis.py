"""Mapping: memories to macros or flip-flops, areas that add up, and the path that OpenSTA finds."""

from collections import Counter
from pathlib import Path

import pytest
from amaranth.hdl import Module
from amaranth.lib.wiring import Component, In, Out

from siammixer.boards.asic.process import read_process
from siammixer.boards.asic.synthesis import NAME, blocks_of, map_design
from siammixer.boards.asic.timing import longest_path, opensta, parse, plain_netlist
from siammixer.ir.errors import InputError
from siammixer.rtl.technology.asic import ASIC
from siammixer.sim.verilog import verilog

OSU018 = Path("/usr/share/qflow/tech/osu018/osu018_stdcells.lib")
SHAPES = {"deep": {"width": 9, "depth": 32}, "small": {"width": 2, "depth": 4}}


class Memories(Component):
    """A deep memory for macros of one port, and one so small that flip-flops take less."""

    def __init__(self):
        super().__init__({"enable": In(1), "address": In(5), "data": In(9), "deep": Out(9), "small": Out(2)})

    def elaborate(self, platform):
        m = Module()
        for name, shape in SHAPES.items():
            m.submodules[f"{name}_ram"] = ram = ASIC.block_ram(**shape, one_port=True)
            m.d.comb += [
                ram.read_address.eq(self.address),
                ram.write_address.eq(self.data),
                ram.write_data.eq(self.data),
                ram.write_enable.eq(self.enable),
                getattr(self, name).eq(ram.read_data),
            ]
        return m


@pytest.fixture
def mapped(library):
    process = read_process([library / "typical.lib"], [library / "ram.lib"])
    return map_design(verilog(Memories(), NAME), process, library / "out")


def test_memories_become_macros_where_those_are_smaller(mapped):
    """Nine bits of 32 words: eight in two macros of 16, one in a macro whose rows hold two words or more."""
    macros = {block.name: block.cells["RAM16X8"] for block in mapped.blocks}
    assert macros == {"deep_ram": 3, "small_ram": 0, "top": 0}
    kinds = mapped.by_kind(mapped.total)
    assert kinds["SRAM"] == pytest.approx(3 * 600e-6)
    assert kinds["flip-flops"] == pytest.approx(mapped.total["DFF"] * 20e-6)
    blocks = sum(mapped.area(block.cells) for block in mapped.blocks)
    assert mapped.area(mapped.total) == pytest.approx(blocks, rel=0.01) == pytest.approx(sum(kinds.values()))


@pytest.mark.skipif(not OSU018.exists(), reason="Debian's qflow-tech-osu018 is not installed")
def test_a_library_that_anyone_can_install(tmp_path):
    """Without macros all is cells: memories are flip-flops, constants are not tied."""
    mapping = map_design(verilog(Memories(), NAME), read_process([OSU018]), tmp_path)
    kinds = mapping.by_kind(mapping.total)
    bits = sum(shape["width"] * shape["depth"] for shape in SHAPES.values())
    assert kinds["SRAM"] == 0 and kinds["flip-flops"] > bits * 96e-6
    assert all(cell in mapping.process.areas for cell in mapping.total)


def test_what_a_block_holds_counts_as_often_as_it_is_there():
    modules = {
        NAME: Counter({"siammixer.a": 1, "b": 2, "INV": 1}),
        "siammixer.a": Counter({"b": 3, "DFF": 1}),
        "b": Counter({"INV": 5}),
    }
    found = {block.name: block.cells for block in blocks_of(modules)}
    assert found == {"a": {"INV": 15, "DFF": 1}, "b": {"INV": 10}, "top": {"INV": 1}}


@pytest.mark.skipif(opensta() is None, reason="opensta is not installed")
def test_the_slow_corner_is_slower(library):
    process = read_process([library / "typical.lib", library / "slow.lib"])
    mapping = map_design(verilog(Memories(), NAME), process, library / "out")
    typical, slow = (longest_path(mapping, corner, library / "out") for corner in process.corners)
    assert typical.corner == "1.20 V, 25 C" and 0 < typical.period_ns < slow.period_ns < 100


def test_a_path_that_is_none_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"did not understand the module a\.b"):
        parse("Warning: x.v, line 1 module a.b not found.  Creating black box", "", tmp_path)
    with pytest.raises(InputError, match="found no path"):
        parse("No paths found.", "", tmp_path)


def test_opensta_gets_no_joined_bits_to_assign():
    text = (
        "module a (b);\n  output [2:0] b;\n  wire signed [1:0] c;\n  assign { b[2], b[1:0] } = { 1'b0, c };\n"
        "endmodule\n"
    )
    assert plain_netlist(text) == (
        "module a (b);\n  output [2:0] b;\n  wire [1:0] c;\n  assign b [2] = 1'b0;\n  assign b [1] = c [1];\n"
        "  assign b [0] = c [0];\nendmodule\n"
    )
