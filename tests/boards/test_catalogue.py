"""The boards: known to the command, on the pins that amaranth-boards says, and refused when too small."""

from dataclasses import replace

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.area import block_rams
from siammixer.boards.catalogue import BOARDS, find_board
from siammixer.boards.fit import check_fit
from siammixer.boards.flow import write_sources
from siammixer.boards.names import BOARDS as NAMES
from siammixer.boards.pll import find_dividers
from siammixer.boards.top import Top
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError

WHOLE = (
    block_rams(find_accelerator("whole-image")) + 3
)  # three for the link's buffer: 4096 words of nine or ten bits

# Clock, reset, receive, transmit, LEDs.
PINS = {"ulx3s-85f": "G2 R1 M1 L4 B2 C2 C1", "ecpix5-85f": "K23 AB1 R26 R24 R21 U21 M21"}


def test_the_command_names_all_boards():
    assert tuple(BOARDS) == NAMES


def test_unknown_board():
    with pytest.raises(InputError, match="unknown board 'ice40'; known: ulx3s-85f, ecpix5-85f"):
        find_board("ice40")


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_the_design_is_on_the_boards_pins(board, tmp_path):
    top = Top(
        board, replace(find_accelerator("tiny"), lanes=4), find_dividers(board.input_mhz, board.clock_mhz)
    )
    write_sources(board, top, tmp_path)
    constraints = (tmp_path / "siammixer.lpf").read_text()
    sites = [line.split('"')[3] for line in constraints.splitlines() if line.startswith("LOCATE")]
    assert sites == PINS[board.name].split()
    assert f"{float(board.input_mhz * 10**6)} HZ" in constraints
    netlist = (tmp_path / "siammixer.il").read_text()
    assert netlist.count("cell \\EHXPLLL") == 1 and "synth_ecp5" in (tmp_path / "siammixer.ys").read_text()


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_the_default_network_fits(board):
    check_fit(board, find_accelerator("ecp5-85f"), find_network("siammixer"))


@pytest.mark.parametrize(
    ("accelerator", "message"),
    [
        (
            replace(find_accelerator("ecp5-85f"), name="wide", lanes=32),
            "accelerator wide is too large .* 288 DSP blocks, .* has 156: 132 too few",
        ),
        (
            find_accelerator("whole-image"),
            f"accelerator whole-image is too large .* {WHOLE} block RAMs, .* has 208: {WHOLE - 208} too few",
        ),
        (
            replace(find_accelerator("ecp5-85f"), name="short", weight_words=1024),
            "weights of network siammixer are too large for board ulx3s-85f: they take .* have 147,456 B: "
            ".* B too few",
        ),
        (
            replace(find_accelerator("ecp5-85f"), map_words=4096),
            "layer .* words of feature-map memory .*, there are 4096",
        ),
    ],
    ids=["DSP", "block RAM", "weights", "maps"],
)
def test_what_does_not_fit_is_refused_by_how_much(accelerator, message):
    with pytest.raises(InputError, match=message):
        check_fit(find_board("ulx3s-85f"), accelerator, find_network("siammixer"))
