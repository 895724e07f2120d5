"""Predicted speed of the tracker behind a camera: frames a second by the size of the target."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from siammixer.arch import ov7670
from siammixer.arch.accelerator import Accelerator
from siammixer.arch.fabric import FabricDesign, strip_grid
from siammixer.boards.camera_top import BAUD
from siammixer.boards.performance import Performance
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.program import BranchProgram
from siammixer.ir.network import Network
from siammixer.rtl.tracker.frame_controller import FrameController
from siammixer.rtl.tracker.program import tracker_program

TARGETS = (16, 32, 60, 96, 128, 192, 256)
"""Edges of square targets in the middle of the frame, in pixels."""


@dataclass(frozen=True, kw_only=True)
class CameraPerformance(Performance):
    """Speed at a clock behind an OV7670 at full size. Cycles are exact; the camera's are its datasheet's.

    Parameters
    ----------
    design
        The tracker.
    camera_hz
        The camera's clock.
    """

    design: FabricDesign
    camera_hz: float

    @classmethod
    def of(
        cls, network: Network, design: FabricDesign, clock_mhz: float, camera_hz: float
    ) -> CameraPerformance:
        """The speed of a design at a clock."""
        accelerator: Accelerator = design.accelerator
        return cls(
            network=network,
            accelerator=accelerator,
            clock_mhz=clock_mhz,
            baud=BAUD,
            design=design,
            camera_hz=camera_hz,
        )

    @cached_property
    def program(self) -> BranchProgram:
        """Program of the search branch, in strips."""
        return compile_branch(self.network, self.accelerator, strip_grid(self.accelerator))

    @cached_property
    def update_cycles(self) -> int:
        """From the end of the core's run to the box."""
        return tracker_program(self.design.tracker).cycles["update"] + FrameController.LATENCY

    @cached_property
    def latency_cycles(self) -> int:
        """From the window's last row to the box, where the core has waited for it: what follows the patch
        stage, and the last strip, of which the row is one.
        """
        behind = sum(step.cycles * step.executions for step in self.program.steps if not step.in_loop)
        return behind + self.update_cycles

    @property
    def frames_per_second(self) -> float:
        """Frames a second from a source that is never waited for."""
        return self.clock_mhz * 1e6 / (self.cycles + self.update_cycles)

    @property
    def camera_frames_per_second(self) -> float:
        """The camera's own rate."""
        pixels = ov7670.LINE_PIXELS * ov7670.FRAME_LINES
        return self.camera_hz / (ov7670.BYTES_PER_PIXEL * pixels)

    def tracked_per_second(self, target: int) -> float:
        """Frames a second of the camera in which a square target in the middle of the frame is looked for: of
        all of them, or of every second one and so on, where the box comes later than the next window.
        """
        line = ov7670.BYTES_PER_PIXEL * ov7670.LINE_PIXELS / self.camera_hz * self.clock_mhz * 1e6
        # With its context a square target is twice as large: SiamFC's rule.
        step = 2 * target / self.network.exemplar_side
        half = step * (self.network.search_side - 1) / 2
        first, last = max(0.0, ov7670.HEIGHT / 2 - half), min(ov7670.HEIGHT, ov7670.HEIGHT / 2 + half + 1)
        end = max(first * line + self.cycles + self.update_cycles, last * line + self.latency_cycles)
        # A frame may be joined until its window's first row comes.
        frames = max(1, -(-(end - first * line) // (ov7670.FRAME_LINES * line)))
        return self.camera_frames_per_second / frames
