"""The tracker behind a camera, simulated through its pins without Python inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from siammixer.arch.fabric import FabricDesign
from siammixer.arch.flash import ADDRESS, FlashTiming
from siammixer.arch.ov7670 import VGA
from siammixer.rtl.camera_device import CameraDevice
from siammixer.sim.build import Binary
from siammixer.sim.fabric import NEVER
from siammixer.sim.harnessed import HarnessedSimulator, build_harnessed
from siammixer.sim.verilog import cached_verilog

HARNESS = Path(__file__).with_suffix(".cpp")
_TOP = "camera_device"
BIT_CYCLES = 8
"""Cycles of a bit of the simulated serial line."""


@dataclass(frozen=True, kw_only=True)
class CameraOutcome:
    """The outcome of a run.

    Parameters
    ----------
    ready
        The cycle in which the memories were filled and the camera set up; 0: never.
    error
        The LED of errors at the end.
    bus
        The bytes that the camera got.
    lines
        The lines of text that were sent.
    """

    ready: int
    error: bool
    bus: bytes
    lines: list[str]


def build_camera_device(
    design: FabricDesign, frame: tuple[int, int], *, progress: Callable[[str], None] = lambda _: None
) -> Binary:
    """The simulator of a :class:`siammixer.rtl.camera_device.CameraDevice` with short waits; compiled unless
    the same content was before.

    Raises
    ------
    InputError
        Where the system lacks a compiler or make.
    SimulationError
        Where Verilator or the compiler refuses; names the log.
    """

    def make() -> CameraDevice:
        return CameraDevice(
            design,
            frame=frame,
            writes=VGA,
            bit_cycles=BIT_CYCLES,
            sccb_third=8,
            sccb_pause=64,
            flash=FlashTiming(half_cycles=1, wait_cycles=16),
            sample_cycles=16,
        )

    return build_harnessed(_TOP, cached_verilog(make, _TOP, (design, frame)), HARNESS, progress=progress)


class CameraSimulator(HarnessedSimulator):
    """A running simulator; every run begins with a reset and empty memories."""

    def run(
        self,
        flash: bytes,
        pins: np.ndarray,
        line: str,
        *,
        line_clock: int,
        clock_cycles: float,
        behind: int = 100_000,
        button: int = NEVER,
    ) -> CameraOutcome:
        """A camera's video through the pins, and the lines that come of it.

        Parameters
        ----------
        flash
            What stands in the flash at :data:`siammixer.arch.flash.ADDRESS`.
        pins
            uint8 (clocks, 3): VSYNC, HREF and data (:meth:`siammixer.sim.ov7670.VideoTiming.array`).
        line
            Sent over the serial line.
        line_clock
            The camera's clock with which that begins.
        clock_cycles
            Cycles of one of the camera's clocks.
        behind
            Cycles behind the last one.
        button
            The clock from which the button that gives a target is down for a hundred clocks, or NEVER.

        Raises
        ------
        SimulationError
            The process has ended.
        """
        settings = [
            *(len(flash), ADDRESS, len(pins), round(clock_cycles * 256)),
            *(len(line), line_clock, BIT_CYCLES, behind, button),
        ]
        self.ask([np.array(settings, "<u4").tobytes(), flash, pins.astype(np.uint8).tobytes(), line.encode()])
        ready, error, bus, characters = np.frombuffer(self.receive(16), "<u4").tolist()
        found = self.receive(bus)
        return CameraOutcome(
            ready=ready,
            error=bool(error),
            bus=found,
            lines=self.receive(characters).decode("ascii", errors="replace").splitlines(),
        )
