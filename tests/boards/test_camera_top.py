"""The tracker behind a camera on a board: its pins, what fits, and how fast it is."""

from dataclasses import replace
from fractions import Fraction

import pytest

from siammixer.arch.accelerator import find_accelerator
from siammixer.arch.fabric import FabricDesign, strip_grid
from siammixer.boards.camera_performance import TARGETS, CameraPerformance
from siammixer.boards.camera_top import CameraTop
from siammixer.boards.catalogue import find_board
from siammixer.boards.fit import check_fit
from siammixer.boards.flow import write_sources
from siammixer.boards.pll import find_dividers
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.tracking.settings import Settings

BOARD, CAMERA = find_board("ulx3s-85f"), find_accelerator("ecp5-85f-camera")
NETWORK = find_network("siammixer")
# In the order of the camera's bits: D0 to D7, then the others.
PINS = {
    **{
        f"camera_0__data__io[{bit}]": site
        for bit, site in enumerate(["U18", "U17", "N17", "P16", "N16", "M17", "L16", "L17"])
    },
    **{"camera_0__vsync__io": "H18", "camera_0__href__io": "H17", "camera_clock_0__io": "D18"},
    **{"camera_0__xclk__io": "E17", "camera_0__sioc__io": "F17", "camera_0__siod__io": "G18"},
    **{"spi_flash_0__cs__io": "R2", "spi_flash_0__copi__io": "W2", "spi_flash_0__cipo__io": "V2"},
    **{"uart_0__tx__io": "L4", "uart_0__rx__io": "M1", "button_fire_1__io": "T1"},
}


def design(network, accelerator):
    shares = Settings().shares()
    return FabricDesign.of(network, accelerator, shares, frame_width=640, frame_height=480)


@pytest.fixture(scope="module")
def performance() -> CameraPerformance:
    return CameraPerformance.of(NETWORK, design(NETWORK, CAMERA), 80.0, 25e6)


def test_the_design_is_on_the_boards_pins(tmp_path):
    tiny = design(find_network("tiny"), find_accelerator("tiny"))
    top = CameraTop(BOARD, tiny, find_dividers(BOARD.input_mhz, Fraction(80)))
    write_sources(BOARD, top, tmp_path)
    constraints = (tmp_path / "siammixer.lpf").read_text()
    sites = dict(line.split('"')[1::2] for line in constraints.splitlines() if line.startswith("LOCATE"))
    assert {name: sites[name] for name in PINS} == PINS
    assert len([name for name in sites if name.startswith("led")]) == 8
    assert constraints.count("25000000.0 HZ") == 2  # the oscillator, and the camera's clock
    netlist = (tmp_path / "siammixer.il").read_text()
    assert netlist.count("cell \\USRMCLK") == netlist.count("cell \\EHXPLLL") == 1


def test_what_fits():
    check_fit(BOARD, CAMERA, NETWORK, strip_grid(CAMERA), camera=True)
    large = replace(CAMERA, name="large", map_words=9216)
    with pytest.raises(InputError, match=r"block RAMs, the crop's included, .* too few"):
        check_fit(BOARD, large, NETWORK, strip_grid(large), camera=True)


def test_frames_a_second(performance):
    """At 80 MHz every frame of the camera is looked at, until the target is so large that its window ends
    with the frame.
    """
    assert performance.camera_frames_per_second == pytest.approx(25e6 / (1568 * 510))
    assert performance.frames_per_second == pytest.approx(
        80e6 / (performance.cycles + performance.update_cycles)
    )
    rates = [performance.tracked_per_second(target) for target in TARGETS]
    assert rates[TARGETS.index(60)] == pytest.approx(performance.camera_frames_per_second)
    assert rates == sorted(rates, reverse=True) and rates[-1] == pytest.approx(rates[0] / 2)


def test_the_latency_where_the_core_waits(performance):
    """The steps behind the patch stage, and the tracker: less than a whole pass."""
    behind = sum(step.cycles for step in performance.program.steps if not step.in_loop)
    assert performance.latency_cycles == behind + performance.update_cycles < performance.cycles
