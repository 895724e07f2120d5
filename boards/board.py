"""What the flow needs to know of a board; its file beside this one says it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from amaranth.vendor import LatticeECP5Platform

Place = tuple[str, int] | tuple[str, int, str]
"""A resource of amaranth-boards: its name and number, and its part where it has parts."""


@dataclass(frozen=True, kw_only=True)
class Board:
    """A board with an ECP5 and a serial port over USB.

    Parameters
    ----------
    name
        In the catalogue, lower case.
    title
        As its maker calls it.
    platform
        amaranth-boards' description: pins, clock, device, speed grade.
    clock
        Resource of the oscillator.
    reset
        Resource of the reset button; None where a press cuts the power instead.
    leds
        Outputs for "a run is in progress", "the latest run ended with an error" and "requests arrive".
    baud
        Of the serial line; its USB bridge must be able to do it.
    clock_mhz
        Of the tracker, unless another one is asked for.
    loader
        The board's name in openFPGALoader.
    """

    name: str
    title: str
    platform: Callable[[], LatticeECP5Platform]
    clock: str
    reset: str | None
    leds: Sequence[Place]
    baud: int
    clock_mhz: Fraction
    loader: str

    @property
    def device(self) -> str:
        return self.platform.device

    @property
    def speed(self) -> str:
        """Speed grade; a higher one is faster."""
        return self.platform.speed

    @property
    def input_mhz(self) -> Fraction:
        """Of the oscillator."""
        return Fraction(self.platform().lookup(self.clock, 0).clock.frequency) / 10**6
