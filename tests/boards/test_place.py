"""Place and route: nextpnr's report in words; tests/boards/test_flow.py runs nextpnr itself."""

import json

import pytest

from siammixer.boards.place import block, place, read_report
from siammixer.ir.errors import InputError


def hop(kind, delay, start, end):
    return {"type": kind, "delay": delay, "from": {"cell": start}, "to": {"cell": end}}


PATH = [
    hop(
        "clk-to-q",
        0.5,
        "core.address_generator.instruction_TRELLIS_FF_Q_132",
        "core.address_generator.instruction_TRELLIS_FF_Q_132",
    ),
    hop("routing", 3.25, "core.address_generator.instruction_TRELLIS_FF_Q_132", "core.issue_LUT4_Z"),
    hop("logic", 0.25, "core.issue_LUT4_Z", "core.issue_LUT4_Z"),
    hop("routing", 1.0, "core.issue_LUT4_Z", "core.lanes.lane_3.$signal$27_TRELLIS_FF_Q_12"),
    hop(
        "setup",
        0.0,
        "core.lanes.lane_3.$signal$27_TRELLIS_FF_Q_12",
        "core.lanes.lane_3.$signal$27_TRELLIS_FF_Q_12",
    ),
]
REPORT = {
    "fmax": {"$glbnet$clk": {"achieved": 200.0, "constraint": 90.0}},
    "critical_paths": [
        {
            "from": "<async>",
            "to": "posedge $glbnet$clk",
            "path": [hop("routing", 9.0, "rst", "core.start_TRELLIS_FF_Q")],
        },
        {"from": "<async>", "to": "<async>", "path": [hop("routing", 8.0, "rst", "lamp")]},
        {"from": "posedge $glbnet$clk", "to": "posedge $glbnet$clk", "path": PATH},
    ],
    "utilization": {
        "MULT18X18D": {"used": 40, "available": 156},
        "TRELLIS_COMB": {"used": 9, "available": 83640},
    },
}


def test_the_report_in_words(tmp_path):
    file = tmp_path / "r.json"
    file.write_text(json.dumps(REPORT))
    placement = read_report(file, seed=3, seconds=1.5)
    assert (placement.slowest_mhz, placement.seed, placement.seconds) == (200.0, 3, 1.5)
    assert placement.used == {"DSP": 40, "LUT": 9, "FF": 0, "block RAM": 0}
    path = placement.critical_path
    assert (path.levels, path.logic_ns, path.routing_ns, path.delay_ns) == (1, 0.75, 4.25, 5.0)
    assert (
        path.text
        == "5.0 ns from core.address_generator.instruction to core.lanes.lane_3: 0.8 ns in cells (1 level of "
        "logic), 4.2 "
        "ns in wires"
    )
    assert [path.launch for path in placement.paths] == ["<async>", "<async>", "posedge $glbnet$clk"], (
        "the longest first"
    )


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("core.address_generator.instruction_TRELLIS_FF_Q_132", "core.address_generator.instruction"),
        (
            "core.lanes.lane_3.multipliers.multiplier_2.dsp.mult18x18d",
            "core.lanes.lane_3.multipliers.multiplier_2.dsp.mult18x18d",
        ),
        ("core.issue$49.write_TRELLIS_FF_Q_DI_LUT4_Z", "core.issue"),
        ("clk25_0__io", "clk25_0__io"),
        ("$PACKER_VCC", "$PACKER_VCC"),
    ],
)
def test_cells_have_the_name_of_their_block(cell, name):
    assert block(cell) == name


def test_a_failure_names_reason_and_log(tmp_path):
    netlist = tmp_path / "none.json"
    with pytest.raises(InputError, match=r"nextpnr-ecp5 failed: .*none.json.* \(log: .*none.nextpnr.log\)"):
        place(netlist, device="LFE5U-85F", package="BG381", speed=6, seed=1, frequency_mhz=90)
