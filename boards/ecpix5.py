"""ECPIX-5 with an LFE5UM5G-85F (LambdaConcept)."""

from fractions import Fraction

from amaranth_boards.ecpix5 import ECPIX585Platform

from siammixer.arch.baud import FAST_BAUD
from siammixer.boards.board import Board
from siammixer.rtl.technology.ecp5 import LFE5U_85F

ECPIX5_85F = Board(
    name="ecpix5-85f",
    title="ECPIX-5 (85F)",
    platform=ECPIX585Platform,
    technology=LFE5U_85F,  # the LFE5UM5G-85F has as many DSP blocks
    clock="clk100",
    reset="rst",
    leds=(("rgb_led", 0, "g"), ("rgb_led", 1, "r"), ("rgb_led", 2, "b")),
    baud=FAST_BAUD,  # second channel of an FT2232H
    clock_mhz=Fraction(120),  # ten cycles a bit; the device makes more (docs/timing.md)
    seed=1,
    loader="ecpix5",
)
