"""Verilator's counts are read as they stand."""

import pytest

from siammixer.sim.coverage import Point, read_coverage

VERILOG = """module a (clk);
  always @* begin
    if ($auto$verilog_backend.cc:2355:dump_module$0 ) begin end
    if (x) begin
      y = 1;
      z = 2;
    end
  end
endmodule"""


def record(count: int, **fields: str) -> str:
    text = "".join(f"\x01{name}\x02{value}" for name, value in fields.items())
    return f"C '{text}' {count}\n"


@pytest.fixture
def coverage(tmp_path):
    (tmp_path / "design.v").write_text(VERILOG)
    counts = tmp_path / "coverage.dat"
    counts.write_text(
        "# SystemC::Coverage-3\n"
        + record(3, f="design.v", l="4", n="5", t="branch", page="v_branch/a.b", o="if", S="5-6", h="TOP.a.b")
        + record(0, f="design.v", l="4", n="5", t="branch", page="v_branch/a.c", o="else", S="4,6")
        + record(0, f="design.v", l="3", n="5", t="branch", page="v_branch/a.b", o="if", S="3")
        + record(7, f="design.v", l="1", n="1", t="toggle", page="v_toggle/a", o="clk:0->1")
        + record(0, f="design.v", l="1", n="1", t="toggle", page="v_toggle/a", o="clk:1->0")
        + record(9, f="native.sv", l="2", n="1", t="line", page="v_line/native", o="block", S="2"),
        encoding="latin1",
    )
    return read_coverage(counts, tmp_path / "design.v")


def test_points(coverage):
    assert coverage.points[0] == Point(kind="branch", module="a.b", line=4, lines=(5, 6), name="if", count=3)
    assert [point.name for point in coverage.points] == ["if", "else", "clk:0->1", "clk:1->0"]
    assert {kind: coverage.counts(kind) for kind in ("line", "branch", "toggle")} == {
        "line": (0, 0),
        "branch": (1, 2),
        "toggle": (1, 2),
    }
    assert [point.name for point in coverage.uncovered("toggle")] == ["clk:1->0"]


def test_lines(coverage):
    assert coverage.lines == {("a.b", 5): True, ("a.b", 6): True, ("a.c", 4): False, ("a.c", 6): False}
