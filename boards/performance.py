"""Predicted speed of a network on a board at a clock, and the speed at which the serial line feeds it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.link import CHECK_BYTES, HEAD_BYTES, NUMBERS, PAYLOAD_BYTES, PIXEL_BYTES
from siammixer.compiler.compile import compile_branch
from siammixer.compiler.program import BranchProgram
from siammixer.ir.network import Network

FLAG_BYTES = 2
# Of random bytes, two values are sent as two bytes.
ESCAPED_SHARE = 2 / NUMBERS
BITS_PER_BYTE = 10


@dataclass(frozen=True, kw_only=True)
class StepUse:
    """All executions of a step of the search pass together. ``utilisation`` is useful MACs divided by
    multipliers x cycles.
    """

    name: str
    kind: str
    cycles: int
    macs: int
    utilisation: float


@dataclass(frozen=True, kw_only=True)
class Performance:
    """Speed at a clock. Nothing is measured, because the predicted cycles are exact.

    Parameters
    ----------
    network, accelerator
        The network runs with the accelerator's own patch grid.
    clock_mhz
        Clock of the core.
    baud
        Bits per second of the serial line.
    """

    network: Network
    accelerator: Accelerator
    clock_mhz: float
    baud: int

    @cached_property
    def program(self) -> BranchProgram:
        """Program of the search branch."""
        return compile_branch(self.network, self.accelerator)

    @property
    def cycles(self) -> int:
        """Cycles of one search pass."""
        return self.program.predicted_cycles

    @property
    def utilisation(self) -> float:
        """Useful MACs divided by multipliers x cycles, for a search pass."""
        return self.program.utilisation

    @property
    def frames_per_second(self) -> float:
        """Frames of video per second, each of one search pass, if a pixel is always ready."""
        return self.clock_mhz * 1e6 / self.cycles

    @cached_property
    def pass_bytes(self) -> int:
        """Bytes on the serial line for the pixels of one search pass, with framing and the mean number of
        escapes.
        """
        side = self.network.search_side
        payload = PIXEL_BYTES * len(self.program.pixels(np.zeros((side, side, 3), np.uint8)))
        messages = payload + -(-payload // PAYLOAD_BYTES) * (HEAD_BYTES + CHECK_BYTES)
        return round(messages * (1 + ESCAPED_SHARE)) + -(-payload // PAYLOAD_BYTES) * FLAG_BYTES

    @property
    def link_frames_per_second(self) -> float:
        """Frames of video per second whose pixels the serial line can carry."""
        return self.baud / (BITS_PER_BYTE * self.pass_bytes)

    @property
    def steps(self) -> list[StepUse]:
        """The steps of a search pass, in the order of their first execution."""
        first = {step.name: step for step in reversed(self.program.steps)}
        found = []
        for name, cycles in self.program.cycles_by_step.items():
            macs = first[name].macs
            use = macs / (cycles * self.accelerator.multipliers)
            found.append(StepUse(name=name, kind=first[name].kind, cycles=cycles, macs=macs, utilisation=use))
        return found
