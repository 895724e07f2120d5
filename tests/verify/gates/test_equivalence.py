"""Exported Verilog is proven to be the design, and is not where what rewrites it is wrong.

The whole core is proven in ``tests/bench/test_gates.py``; here a small design has what is rewritten: equal
modules, registers assigned in parts, memories of one value, names that are no plain ones.
"""

import re

import pytest
from amaranth.back import rtlil
from amaranth.hdl import Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from siammixer.delivery.plain_verilog import plain_verilog
from siammixer.sim import registers
from siammixer.sim import verilog as writer
from siammixer.verify.gates.equivalence import compare


class Part(wiring.Component):
    """Adds up what comes, in two halves."""

    i: In(4)
    enable: In(1)
    o: Out(8, init=3)

    def elaborate(self, platform):
        m = Module()
        low = Signal(4, name="begin")
        m.d.comb += low.eq(self.i + 1)
        with m.If(self.enable):
            m.d.sync += self.o[:4].eq(self.o[:4] + low)
            with m.If(self.i[0]):
                m.d.sync += self.o[4:].eq(self.i)
        return m


class Small(wiring.Component):
    """Two parts, and a memory of what they gave."""

    a: In(4)
    b: In(4)
    enable: In(1)
    place: In(2)
    o: Out(8)
    word: Out(16)

    def elaborate(self, platform):
        m = Module()
        m.submodules.first, m.submodules.second = first, second = Part(), Part()
        m.submodules.words = words = memory.Memory(shape=16, depth=4, init=[])
        write, read = words.write_port(), words.read_port()
        m.d.comb += [
            first.i.eq(self.a),
            second.i.eq(self.b),
            first.enable.eq(self.enable),
            second.enable.eq(~self.enable),
            self.o.eq(first.o ^ second.o),
            write.addr.eq(self.place),
            write.en.eq(self.enable),
            write.data.eq(first.o * second.o),
            read.addr.eq(self.place),
            self.word.eq(read.data),
        ]
        return m


def exported():
    return plain_verilog(writer.verilog(Small(), "small"), "small", "eye")


def compared(text, folder):
    return compare(rtlil.convert(Small(), name="small", emit_src=False), text, ("small", "eye"), folder)


def test_they_are_equal(tmp_path):
    found = compared(exported(), tmp_path)
    assert found.problems == ()
    # Two sums of eight bits and the word that is read; what they take, the outputs, what enters the memory.
    assert (found.registers, found.memories) == (32, 1) and found.points == 32 + 24 + 2 + 2 + 16 + 16


def whole_registers_only(match, name):
    return "" if match["bits"] else f"{match['indent']}{name} <= {match['value']};"


FOLDED = writer._folded


def loop_one_short(text):
    return re.sub(r"i < (\d+);", lambda match: f"i < {int(match[1]) - 1};", FOLDED(text))


@pytest.mark.parametrize(
    ("place", "attribute", "fault", "words"),
    [
        pytest.param(
            registers, "_assignment", whole_registers_only, "differs", id="parts of registers are lost"
        ),
        pytest.param(writer, "_folded", loop_one_short, "another INIT", id="a memory's last word is lost"),
    ],
)
def test_a_wrong_rewriting_is_seen(place, attribute, fault, words, monkeypatch, tmp_path):
    monkeypatch.setattr(place, attribute, fault)
    found = compared(exported(), tmp_path)
    assert any(words in problem for problem in found.problems), found.problems


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (r"\.i\(a\)", ".i(b)", "differs"),
        (r"= 8'h03;", "= 8'h02;", "begins with another value"),
        (r"posedge clk\) begin\n    if \(enable\)", "negedge clk) begin\n    if (enable)", "not understood"),
        (r"if \(rst\)", "if (0)", "differs"),
    ],
)
def test_a_changed_text_is_seen(old, new, words, tmp_path):
    text, count = re.subn(old, new, exported())
    assert count
    found = compared(text, tmp_path)
    assert any(words in problem for problem in found.problems), found.problems


def test_a_register_without_a_namesake_has_no_partner(tmp_path):
    found = compared(exported().replace("n0", "sum"), tmp_path)
    assert found.problems == (), "another name of the same net is enough"
    text = (
        exported()
        .replace("n0", "sum")
        .replace("assign read_data = word;", "")
        .replace("signature_data", "x1")
    )
    found = compared(text.replace("assign word = sum;", "assign word = sum + 0;"), tmp_path)
    assert any("no partner" in problem for problem in found.problems), found.problems
