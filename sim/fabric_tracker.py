"""The simulated tracker in the fabric, used like the one in Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from siammixer.arch.accelerator import CAMERA_ACCELERATOR, Accelerator, find_accelerator
from siammixer.arch.fabric import FIRST_FRAMES, FabricDesign, State, described, strip_grid
from siammixer.driver.planner import plan_branches, resident_words
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.weights import Weights
from siammixer.ir.window import BLEND_BITS, CENTRE_BITS, STEP_BITS
from siammixer.sim.build import SimulationError
from siammixer.sim.fabric import FabricJob, FabricOutcome, FabricSimulator, News, build_fabric
from siammixer.sim.stream_crop import video_of
from siammixer.tracking import fixed
from siammixer.tracking.box import Box
from siammixer.tracking.crop import in_units
from siammixer.tracking.settings import Settings

_SETTLING = 64
"""Cycles behind a frame in which its mean colour is computed."""


@dataclass(frozen=True, kw_only=True)
class FabricState:
    """The target in a frame, as the tracker in the fabric tells it.

    Parameters
    ----------
    box, confidence, lost
        As :class:`siammixer.tracking.tracker.State` has them.
    response
        INT32 (r, r): the scores of the search crop.
    window
        Left, top and step of the search window in 1/65536 pixel.
    cycles
        From the frame's first pixel to the box.
    latency
        Cycles from the last pixel of the window's last row to the box.
    passes
        Search passes: one.
    """

    box: Box
    confidence: float
    lost: bool
    response: np.ndarray
    window: tuple[int, int, int]
    cycles: int
    latency: int
    passes: int = 1


class FabricTracker:
    """Follows one target: whole frames go into the simulated core, and boxes come out.

    The frames come at a pixel a cycle and wait where the core is not ready. The first one is shown as often
    as the core looks at it, so that the boxes are those of :class:`siammixer.tracking.tracker.Tracker`.

    Parameters
    ----------
    network, weights
        What runs.
    accelerator
        By default siammixer.arch.accelerator.CAMERA_ACCELERATOR. The simulator is built on first use: a
        minute or two.
    settings
        By default the tracker's own.
    frame_size
        Width and height of the largest frame.
    progress
        Told what is being built.

    Raises
    ------
    InputError
        Where the weights are another network's, the network does not fit the accelerator or has no box head,
        or the system lacks a compiler.
    SimulationError
        From the methods too: the simulator cannot be built, or does not tell what it should in time.
    """

    name = "fabric"

    def __init__(
        self,
        network: Network,
        weights: Weights,
        accelerator: Accelerator | None = None,
        settings: Settings | None = None,
        *,
        frame_size: tuple[int, int] = (1280, 720),
        progress: Callable[[str], None] = lambda _: None,
    ):
        weights.require(network)
        accelerator = accelerator or find_accelerator(CAMERA_ACCELERATOR)
        grid = strip_grid(accelerator)
        self.network, self.passes = network, 0
        self.design = FabricDesign.of(
            network,
            accelerator,
            (settings or Settings()).shares(),
            grid=grid,
            frame_width=frame_size[0],
            frame_height=frame_size[1],
        )
        program = plan_branches(network, accelerator, grid, weights)
        words = resident_words(program, weights, "the tracker in the fabric")
        self.predicted = {branch: program[branch].predicted_cycles for branch in program}
        """Cycles of each branch's pass where no pixel is waited for."""
        progress("simulating every clock cycle of the tracker: a frame takes seconds")
        self._simulator = FabricSimulator(
            self.design, build_fabric(self.design, progress=progress), dict(program.entries)
        )
        self._simulator.load(words)
        self._size: tuple[int, int] | None = None

    def init(self, image: np.ndarray, box: Box) -> None:
        """Starts with the target's box in an image uint8 (h, w, 3) RGB, shown ten times: once to measure the
        colour around it, once for the template and once for each view.

        Raises
        ------
        InputError
            The image is larger than the largest frame, or the box cannot be tracked in it.
        """
        height, width = image.shape[:2]
        most = self.design.camera
        if width > most.frame_width or height > most.frame_height:
            raise InputError(
                f"frames for the tracker in the fabric must be at most {most.frame_width} x "
                f"{most.frame_height} pixels, not {width} x {height}"
            )
        box = Box(*map(float, box)).check(width, height)
        self._size, self.passes = (width, height), 0
        # The target before is given up, before a frame comes.
        self._run(FabricJob(size=self._size, stop=0, idle=_SETTLING))
        self._run(FabricJob(size=self._size, video=video_of(image), idle=_SETTLING))
        shown = [image] * FIRST_FRAMES
        first = in_units(box)
        self._run(
            FabricJob(size=self._size, video=video_of(*shown), first=first, take=0, wanted=FIRST_FRAMES)
        )
        self.passes = FIRST_FRAMES - 1

    def update(self, image: np.ndarray) -> FabricState:
        """Finds the target in the next image, of the same size.

        Raises
        ------
        InputError
            There is no target, or the image has another size.
        """
        if self._size is None:
            raise InputError("init must be called before update")
        height, width = image.shape[:2]
        if (width, height) != self._size:
            raise InputError(
                f"frames for the tracker in the fabric must be of one size, {self._size[0]} x "
                f"{self._size[1]}, not {width} x {height}"
            )
        side = self.network.response_side
        outcome = self._run(
            FabricJob(size=self._size, video=video_of(image), wanted=1, response_words=side * side)
        )
        (news,) = outcome.news
        self.passes += 1
        left, top, box_width, box_height = news.box
        unit = 2**CENTRE_BITS
        return FabricState(
            box=Box(left / (2 * unit), top / (2 * unit), box_width / unit, box_height / unit),
            confidence=news.confidence / fixed.ONE,
            lost=news.state is State.LOST,
            # The scores are the first channel.
            response=outcome.response.reshape(side, side),
            window=news.window,
            cycles=news.cycle - news.begun,
            latency=news.cycle - self._last_row(news, outcome),
        )

    def run(self, job: FabricJob) -> FabricOutcome:
        """Runs a job on the tracker's simulator, whatever comes of it: the target it follows may be another
        one then, or none.
        """
        self._size = None
        return self._simulator.run(job)

    def close(self) -> None:
        """Ends the simulator."""
        self._simulator.close()

    def _run(self, job: FabricJob) -> FabricOutcome:
        outcome = self._simulator.run(job)
        for news in outcome.news:
            if news.code and news.taken:
                raise InputError(described(news.code))
            if news.code:
                raise SimulationError(f"the tracker in the fabric told: {described(news.code)}")
        if not outcome.ended or len(outcome.news) != job.wanted or outcome.faults:
            raise SimulationError(
                f"the tracker in the fabric told {len(outcome.news)} frames of {job.wanted} within "
                f"{outcome.cycles:,} cycles, with {len(outcome.faults)} faults"
            )
        return outcome

    def _last_row(self, news: News, outcome: FabricOutcome) -> int:
        """The cycle in which the window had all its pixels of the frame."""
        _, top, step = news.window
        position = top + (self.network.search_side - 1) * step
        position = (position + (1 << (STEP_BITS - BLEND_BITS - 1))) >> (STEP_BITS - BLEND_BITS)
        # A row below is needed where the sample lies between two.
        row = -(-position >> BLEND_BITS)
        return news.begun if row < 0 else int(outcome.lines[min(row, len(outcome.lines) - 1)])
