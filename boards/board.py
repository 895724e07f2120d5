"""Description of a board for the build flow. Each board has a file beside this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from amaranth.vendor import LatticeECP5Platform

from siammixer.rtl.technology.technology import Technology

Place = tuple[str, int] | tuple[str, int, str]
"""A resource of amaranth-boards: its name, its number, and the name of its part where it has parts."""


@dataclass(frozen=True, kw_only=True)
class CameraBoard:
    """The other parts of a board that the tracker behind a camera needs.

    Parameters
    ----------
    flash
        Resource of the configuration's flash.
    take, larger, smaller
        Resources of the buttons that give a target and choose its size.
    leds
        Eight LEDs: tracking, lost, learning, error, ready, and the number of the buttons' size.
    clock_mhz
        Default clock.
    """

    flash: str
    take: Place
    larger: Place
    smaller: Place
    leds: Sequence[Place]
    clock_mhz: Fraction


@dataclass(frozen=True, kw_only=True)
class Board:
    """A board with an ECP5 and a serial port over USB.

    Parameters
    ----------
    name
        Name in the catalogue, in lower case.
    title
        Name that its maker gives it.
    platform
        Description of amaranth-boards: pins, clock, device, speed grade.
    clock
        Resource of the oscillator.
    reset
        Resource of the reset button. None where pressing it cuts the power.
    leds
        Three LEDs: a run is in progress, the latest run ended with an error, requests arrive.
    baud
        Bits per second of the serial line. The USB bridge of the board must support them.
    clock_mhz
        Default clock of the tracker.
    seed
        Default seed of place and route. The clock differs by a tenth and more from seed to seed.
    loader
        The board's name in openFPGALoader.
    camera
        What the tracker behind a camera needs; its platform then has the resources ``camera_clock`` (PCLK)
        and ``camera``. None where nobody has said which pins.
    """

    name: str
    title: str
    platform: type[LatticeECP5Platform]
    technology: Technology
    clock: str
    reset: str | None
    leds: Sequence[Place]
    baud: int
    clock_mhz: Fraction
    seed: int
    loader: str
    camera: CameraBoard | None = None

    @property
    def device(self) -> str:
        """Name of the FPGA, such as "LFE5U-85F"."""
        return self.platform.device

    @property
    def speed(self) -> str:
        """Speed grade of the FPGA. A higher one is faster."""
        return self.platform.speed

    @property
    def input_mhz(self) -> Fraction:
        """Frequency of the oscillator in MHz."""
        return Fraction(self.platform().lookup(self.clock, 0).clock.frequency) / 10**6
