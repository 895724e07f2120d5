"""ULX3S with an LFE5U-85F (Radiona)."""

from fractions import Fraction
from typing import ClassVar

from amaranth.build import Attrs, Clock, Pins, Resource, Subsignal
from amaranth_boards.ulx3s import ULX3S_85F_Platform

from siammixer.arch.baud import BAUD
from siammixer.boards.board import Board, CameraBoard
from siammixer.rtl.technology.ecp5 import LFE5U_85F

_LEVELS = Attrs(IO_TYPE="LVCMOS33")
_HEADER = ("gpio", 0)
CAMERA_CLOCK_HZ = 25e6
"""PCLK of a camera whose XCLK is the board's oscillator."""


class Platform(ULX3S_85F_Platform):
    """The board with an OV7670 on header J2: GP14 to GP24, docs/boards.md."""

    resources: ClassVar = [
        *ULX3S_85F_Platform.resources,
        Resource("camera_clock", 0, Pins("20+", conn=_HEADER, dir="i"), Clock(CAMERA_CLOCK_HZ), _LEVELS),
        Resource(
            "camera",
            0,
            Subsignal("data", Pins("14+ 14- 15+ 15- 16+ 16- 17+ 17-", conn=_HEADER, dir="i")),
            Subsignal("vsync", Pins("18+", conn=_HEADER, dir="i")),
            Subsignal("href", Pins("18-", conn=_HEADER, dir="i")),
            Subsignal("xclk", Pins("20-", conn=_HEADER, dir="o")),
            Subsignal("sioc", Pins("19+", conn=_HEADER, dir="o")),
            Subsignal("siod", Pins("19-", conn=_HEADER, dir="io"), Attrs(PULLMODE="UP")),
            Subsignal("reset", Pins("21+", conn=_HEADER, dir="o")),
            Subsignal("power_down", Pins("21-", conn=_HEADER, dir="o")),
            _LEVELS,
        ),
    ]


ULX3S_85F = Board(
    name="ulx3s-85f",
    title="ULX3S (85F)",
    platform=Platform,
    technology=LFE5U_85F,
    clock="clk25",
    reset="button_fire",
    leds=(("led", 0), ("led", 1), ("led", 2)),
    baud=BAUD,  # FT231X
    clock_mhz=Fraction(90),
    seed=2,  # of three the one with most room in both designs (docs/timing.md, docs/fabric.md)
    loader="ulx3s",
    camera=CameraBoard(
        flash="spi_flash",
        take=("button_fire", 1),
        larger=("button_up", 0),
        smaller=("button_down", 0),
        leds=tuple(("led", number) for number in range(8)),
        clock_mhz=Fraction(80),  # docs/fabric.md
    ),
)
