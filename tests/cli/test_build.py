"""``siammixer build`` without its tools: what it prints and writes, its exit status, and what it refuses."""

import json

import pytest

from siammixer.arch.accelerator import FETCH_CYCLES, RUN_DONE_CYCLES, find_accelerator
from siammixer.boards.catalogue import find_board
from siammixer.boards.flow import Build
from siammixer.boards.place import CriticalPath, Placement
from siammixer.boards.pll import find_dividers
from siammixer.cli.main import main
from siammixer.compiler.compile import compile_branch
from siammixer.ir.catalogue import find_network

PATH = CriticalPath(
    launch="posedge clk",
    capture="posedge clk",
    start="tracker.core.address_generator",
    end="tracker.core.maps",
    levels=3,
    logic_ns=2,
    routing_ns=7,
)


@pytest.fixture
def built(monkeypatch):
    """Stands in for siammixer.boards.flow: the calls it got; ``fmax`` is what it reaches."""

    class Builder:
        fmax, calls, designs = 95.0, [], []

        def __call__(self, board, accelerator, *, clock_mhz, seed, folder, progress, design):
            self.designs.append(design)
            self.calls.append((board.name, accelerator.name, clock_mhz, seed, str(folder)))
            progress("yosys")
            used = {"DSP": 156, "LUT": 30_000, "FF": 20_000, "block RAM": 203}
            available = {"DSP": 156, "LUT": 83_640, "FF": 83_640, "block RAM": 208}
            placement = Placement(
                seed=seed,
                fmax_mhz={"clk": self.fmax},
                paths=(PATH,),
                used=used,
                available=available,
                seconds=1.0,
            )
            dividers = find_dividers(board.input_mhz, clock_mhz)
            return Build(
                board=board,
                accelerator=accelerator,
                dividers=dividers,
                placement=placement,
                bitstream=folder / "siammixer.bit",
                seconds={"yosys": 1.0},
                tools={"amaranth": "0.5"},
            )

    builder = Builder()
    builder.calls, builder.designs = [], []
    monkeypatch.setattr("siammixer.boards.flow.build", builder)
    return builder


def test_report(built, tmp_path, capsys):
    report = tmp_path / "r.json"
    assert (
        main(
            ["build", "ulx3s-85f", "--json", str(report), "--picture", str(tmp_path / "r.png"), "--seed", "7"]
        )
        == 0
    )
    assert built.calls == [
        ("ulx3s-85f", "ecp5-85f", find_board("ulx3s-85f").clock_mhz, 7, "build/boards/ulx3s-85f/ecp5-85f")
    ]
    found = json.loads(report.read_text())
    cycles = compile_branch(find_network("siammixer"), find_accelerator("ecp5-85f")).predicted_cycles
    assert (found["cycles"], found["seed"], found["met"]) == (cycles, 7, True)
    assert found["frames_per_second"] == round(found["clock_mhz"] * 1e6 / cycles, 2)
    assert found["frames_per_second_per_dsp"] == round(found["clock_mhz"] * 1e6 / cycles / 156, 4)
    assert found["accelerator_fingerprint"] == find_accelerator("ecp5-85f").fingerprint
    assert sum(step["cycles"] for step in found["steps"]) == cycles - FETCH_CYCLES - RUN_DONE_CYCLES
    printed = capsys.readouterr().out
    assert (
        "from tracker.core.address_generator to tracker.core.maps: 2.0 ns in cells (3 levels of logic), "
        "7.0 ns in wires" in printed
    )
    assert "openFPGALoader -b ulx3s build/boards/ulx3s-85f/ecp5-85f/siammixer.bit" in printed
    assert (tmp_path / "r.png").stat().st_size > 10_000


def test_a_missed_clock_is_status_1_and_still_reported(built, tmp_path, capsys):
    built.fmax = 80.0
    assert main(["build", "ecpix5-85f", "--clock", "96", "--json", str(tmp_path / "r.json")]) == 1
    assert json.loads((tmp_path / "r.json").read_text())["met"] is False
    assert "the clock of 96 MHz is not met: 80.0 MHz" in capsys.readouterr().err


def test_the_board_chooses_the_seed(built):
    assert main(["build", "ulx3s-85f"]) == 0
    assert built.calls[0][3] == find_board("ulx3s-85f").seed


def test_another_baud_is_reported(built, tmp_path):
    report = tmp_path / "r.json"
    assert main(["build", "ulx3s-85f", "--baud", "1000000", "--json", str(report)]) == 0
    found = json.loads(report.read_text())
    assert found["baud"] == 1_000_000
    assert found["link_frames_per_second"] == round(1_000_000 / (10 * found["link_bytes_per_pass"]), 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("nope", "unknown board 'nope'; known: ulx3s-85f, ecpix5-85f"),
        (
            "ulx3s-85f --clock 111",
            "a clock of 111 MHz cannot be made from 25 MHz by the PLL; nearest: 775/7 (110.7143) and "
            "112.5 MHz",
        ),
        ("ulx3s-85f --clock fast", "--clock must be a number of MHz such as 90, 112.5 or 400/3, not 'fast'"),
        ("ulx3s-85f --clock -90", "--clock must be above 0 MHz, not -90"),
        ("ulx3s-85f --seed -1", "--seed must be 0..2147483647, not -1"),
        ("ulx3s-85f --accelerator whole-image", "accelerator whole-image is too large for board ulx3s-85f"),
        ("ulx3s-85f --accelerator tiny", "network siammixer does not fit accelerator tiny: layer P1 needs"),
        ("ulx3s-85f --network none", "unknown network 'none'"),
        ("ulx3s-85f --json nowhere/r.json", "nowhere/r.json: cannot be written"),
        ("ulx3s-85f --clock 1/0", "--clock must be a number of MHz such as 90, 112.5 or 400/3, not '1/0'"),
        (
            "ulx3s-85f --clock 1e400",
            "--clock must be a number of MHz such as 90, 112.5 or 400/3, not '1e400'",
        ),
        (
            "ecpix5-85f --clock 90",
            "baud must be within 2 % of 11250000, the clock of 9e+07 Hz divided by 8, not",
        ),
        ("ulx3s-85f --baud 0", "baud must be 1 to 22500000 at a clock of 9e+07 Hz, not 0"),
        ("ulx3s-85f --seed 1.5", "argument --seed: must be a whole number, not '1.5'"),
        ("ulx3s-85f --accelerator lanes-32", "it needs 288 DSP blocks, the LFE5U-85F has 156: 132 too few"),
        ("ulx3s-85f --picture r.bmp", "r.bmp: must end in .png, .svg, .pdf"),
        ("ulx3s-85f --out README.md", "README.md: is a file; name a folder to write to"),
        ("ulx3s-85f --out=", "an empty name: is no folder; name a folder to write to"),
        ("ulx3s-85f --out README.md/build", "README.md/build: cannot be written (Not a directory)"),
    ],
)
def test_bad_input(built, arguments, message, capsys):
    assert main(["build", *arguments.split()]) == 2
    printed = capsys.readouterr()
    assert message in printed.err and printed.err.count("\n") == 1 and printed.out == ""
    assert not built.calls


def test_the_tracker_behind_a_camera(built, tmp_path, capsys):
    report = tmp_path / "r.json"
    picture = tmp_path / "r.png"
    argv = ["build", "ulx3s-85f", "--top", "camera", "--json", str(report), "--picture", str(picture)]
    assert main(argv) == 0
    folder = "build/boards/ulx3s-85f/ecp5-85f-camera"
    assert built.calls == [("ulx3s-85f", "ecp5-85f-camera", 80, find_board("ulx3s-85f").seed, folder)]
    assert built.designs[0].camera.frame_width == 640
    found = json.loads(report.read_text())
    assert found["camera_frames_per_second"] == found["tracked_per_second"]["60"] == 31.26
    printed = capsys.readouterr().out
    assert (
        "OV7670 at 640 x 480, 31.3 frames a second; looked at, by the target's edge: 16 px: 31.3" in printed
    )
    assert picture.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["ecpix5-85f", "--top", "camera"], "board ecpix5-85f has no pins for a camera; --top must be link"),
        (["ulx3s-85f", "--top", "camera", "--baud", "9600"], "--baud is for --top link"),
        (
            ["ulx3s-85f", "--top", "camera", "--accelerator", "ecp5-85f"],
            "block RAMs, the crop's included",
        ),
        (["ulx3s-85f", "--top", "hdmi"], "invalid choice: 'hdmi'"),
    ],
)
def test_what_a_camera_cannot_have(argv, message, built, capsys):
    assert main(["build", *argv]) == 2
    assert message in capsys.readouterr().err and not built.calls
