"""A whole build, from Amaranth to the bitstream, of the smallest accelerator: a minute or two."""

import json
from dataclasses import replace
from fractions import Fraction

from siammixer.arch.accelerator import find_accelerator
from siammixer.boards.catalogue import find_board
from siammixer.boards.flow import STAGES, build
from siammixer.boards.tools import tool_versions

SMALL = replace(
    find_accelerator("tiny"),
    name="small",
    lanes=4,
    map_words=256,
    weight_words=256,
    program_words=256,
    constants=8,
    line_width=16,
    line_width_5=8,
    pixel_width=16,
    pixel_windows=4,
    response_words=16,
)


def test_a_small_accelerator_becomes_a_bitstream(tmp_path):
    stages = []
    result = build(
        find_board("ulx3s-85f"),
        SMALL,
        clock_mhz=Fraction(50),
        seed=1,
        folder=tmp_path,
        progress=stages.append,
    )
    assert tuple(stages) == STAGES == tuple(result.seconds)
    assert result.tools == tool_versions()

    content = result.bitstream.read_bytes()
    assert content.startswith(b"\xff\x00") and b"LFE5U-85F" in content[:200]
    assert result.load_command == f"openFPGALoader -b ulx3s {result.bitstream}"

    used = result.placement.used
    assert used["DSP"] == 4 * 9 + 4, "multipliers are DSP blocks"
    assert used["block RAM"] >= 4 * 4, "weight memories of 72 bits are block RAMs"
    assert 0 < used["LUT"] < 20_000 and 0 < used["FF"] < 20_000

    report = json.loads((tmp_path / "siammixer.report.json").read_text())
    assert [clock["constraint"] for clock in report["fmax"].values()] == [50.0], (
        "nextpnr derives the clock from the input's and the dividers"
    )
    assert result.met and result.placement.slowest_mhz > result.clock_mhz == 50
    path = result.placement.critical_path
    assert path.delay_ns > 5 and path.start.startswith("tracker.") and path.end.startswith("tracker.")
