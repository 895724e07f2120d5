"""ECPIX-5 with an LFE5UM5G-85F (LambdaConcept)."""

from fractions import Fraction

from amaranth_boards.ecpix5 import ECPIX585Platform

from siammixer.arch.baud import BAUD
from siammixer.boards.board import Board

ECPIX5_85F = Board(
    name="ecpix5-85f",
    title="ECPIX-5 (85F)",
    platform=ECPIX585Platform,
    clock="clk100",
    reset="rst",
    leds=(("rgb_led", 0, "g"), ("rgb_led", 1, "r"), ("rgb_led", 2, "b")),
    baud=BAUD,  # second channel of an FT2232H
    clock_mhz=Fraction(90),  # as ULX3S, whose device is of a slower grade (docs/timing.md)
    loader="ecpix5",
)
