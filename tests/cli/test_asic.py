"""``siammixer asic`` without its tools: what it prints and writes, and what it refuses."""

import json
from collections import Counter
from pathlib import Path

import pytest

from siammixer.boards.asic.macros import Macro
from siammixer.boards.asic.process import Corner, Process
from siammixer.boards.asic.synthesis import Block, Mapping
from siammixer.boards.asic.timing import Timing
from siammixer.cli.main import main

RAM = Macro(
    name="RAM", area=5e5, depth=256, width=64, ports=1, masked=True, tied={}, read_pj=50.0, write_pj=60.0
)
PROCESS = Process(
    corners=(Corner(volts=1.2, celsius=25, cells=(), sram=()),),
    areas={"RAM": 5e5, "DFF": 20.0, "INV": 2.0},
    flip_flops=frozenset({"DFF"}),
    macros=(RAM,),
    buffers=("BUF",),
    delays=(),
    ties=(None, None),
)
TOTAL = Counter({"RAM": 16, "DFF": 100_000, "INV": 500_000})
MAPPING = Mapping(
    process=PROCESS,
    total=TOTAL,
    blocks=(Block(name="lanes", cells=TOTAL), Block(name="top", cells=Counter())),
    netlist=Path("none"),
)
TIMING = Timing(corner="1.20 V, 25 C", period_ns=8.0, begin="a", end="b")
COMMAND = "asic --accelerator tiny --network tiny --liberty cells.lib"


@pytest.fixture
def made(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("siammixer.boards.asic.process.read_process", lambda *_: PROCESS)

    def makes(timing):
        monkeypatch.setattr("siammixer.cli.asic.measured", lambda *_: (MAPPING, timing))

    return makes


def test_the_report_says_before_layout(made, capsys):
    made([TIMING])
    assert main([*COMMAND.split(), "--json", "asic.json"]) == 0
    printed = capsys.readouterr().out
    assert "Area in mm2, before layout" in printed and "SRAM energy of a search frame in uJ" in printed
    assert "125.0 MHz, 8.00 ns from a to b, before layout" in printed
    report = json.loads(Path("asic.json").read_text())
    assert report["stage"] == "before layout"
    assert report["area_mm2"] == report["sum_of_blocks_mm2"] == 11.0
    assert report["area_by_kind_mm2"] == {"SRAM": 8.0, "flip-flops": 2.0, "logic": 1.0}
    assert report["timing"][0]["mhz"] == 125.0
    weights = report["sram_energy_uj"]["weights"]
    assert weights["needed"] == pytest.approx(weights["reads"] * 16 * 50 / 1e6, abs=1e-3)
    assert weights["as_built"] == pytest.approx(report["cycles"] * 16 * 50 / 1e6, abs=1e-3)


def test_without_opensta_there_is_area_only(made, capsys):
    made([])
    assert main(COMMAND.split()) == 0
    assert "timing: not measured, opensta is not installed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--liberty missing.lib", "missing.lib: cannot be read"),
        ("--liberty wrong.lib", "wrong.lib: must be a liberty file"),
        ("--liberty wrong.lib --accelerator none", "unknown accelerator 'none'"),
    ],
)
def test_bad_input(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("wrong.lib").write_text("module a; endmodule")
    assert main(["asic", *arguments.split()]) == 2
    assert message in capsys.readouterr().err
