"""ULX3S with an LFE5U-85F (Radiona)."""

from fractions import Fraction

from amaranth_boards.ulx3s import ULX3S_85F_Platform

from siammixer.arch.baud import BAUD
from siammixer.boards.board import Board
from siammixer.rtl.technology.ecp5 import LFE5U_85F

ULX3S_85F = Board(
    name="ulx3s-85f",
    title="ULX3S (85F)",
    platform=ULX3S_85F_Platform,
    technology=LFE5U_85F,
    clock="clk25",
    reset="button_fire",
    leds=(("led", 0), ("led", 1), ("led", 2)),
    baud=BAUD,  # FT231X
    clock_mhz=Fraction(90),
    seed=3,  # of three the one that makes most (docs/timing.md)
    loader="ulx3s",
)
