"""The whole tracker in the fabric as numbers: which core, crop and tracker belong together, and what it tells
of a frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from siammixer.arch.accelerator import Accelerator
from siammixer.arch.camera import FAULT_MESSAGES, Camera, FrameFault, Strips, strips
from siammixer.arch.errors import MESSAGES, Error
from siammixer.arch.tracker import VIEWS, TrackerDesign
from siammixer.ir.errors import InputError
from siammixer.ir.network import Network
from siammixer.ir.patches import Grid

FIRST_FRAMES = 1 + len(VIEWS)
"""Frames from which a target is learnt: one gives the template, and each view takes another."""


class State(IntEnum):
    """The tracker's state: how it stands with its target."""

    IDLE = 0
    """No target is followed."""
    LEARNING = 1
    """A target was given, and its first frames are looked at."""
    TRACKING = 2
    """The box is the target's."""
    LOST = 3
    """The tracker believes that it has lost the target."""


class Source(IntEnum):
    """The upper bits of a code: where it comes from."""

    NONE = 0
    FRAME = 1
    """The number is a :class:`siammixer.arch.camera.FrameFault`."""
    CORE = 2
    """The number is an :class:`siammixer.arch.errors.Error`."""
    BOX = 3
    """The number is a :class:`BoxFault`."""


class BoxFault(IntEnum):
    """Why a first box is refused."""

    NONE = 0
    EMPTY = 1
    LARGE = 2
    OUTSIDE = 3
    FRAME_SIZE = 4


BOX_MESSAGES = {
    BoxFault.NONE: "no fault",
    BoxFault.EMPTY: "the first box has no width or no height",
    BoxFault.LARGE: "the first box is wider or higher than the largest frame",
    BoxFault.OUTSIDE: "nothing of the first box lies in the frame",
    BoxFault.FRAME_SIZE: "the frame's size is none, or more than the largest",
}

FAULT_NUMBERS: dict[Source, type[IntEnum]] = {
    Source.FRAME: FrameFault,
    Source.CORE: Error,
    Source.BOX: BoxFault,
}
"""What the numbers of each source are."""

NUMBER_BITS = 4
"""Bits of a code's number."""
SOURCE_BITS = max(Source).bit_length()
CODE_BITS = NUMBER_BITS + SOURCE_BITS
SKIPPED_BITS = 16
"""Bits of the count of skipped frames, which stays at its largest value."""


def code(source: Source, number: int) -> int:
    """The code of a fault; 0 where there is none."""
    return source << NUMBER_BITS | number if number else 0


def described(value: int) -> str:
    """A code in words."""
    source, number = Source(value >> NUMBER_BITS), value & ((1 << NUMBER_BITS) - 1)
    if source is Source.FRAME:
        return FAULT_MESSAGES[FrameFault(number)]
    if source is Source.CORE:
        return MESSAGES[Error(number)]
    if source is Source.BOX:
        return BOX_MESSAGES[BoxFault(number)]
    return "no fault"


def strip_grid(accelerator: Accelerator) -> Grid:
    """The patch grid of a stream: as many strips as the accelerator's own grid has rows."""
    return Grid(accelerator.patch_grid[0], 1)


@dataclass(frozen=True, kw_only=True)
class FabricDesign:
    """The parts of a tracker in the fabric, which suit each other.

    Parameters
    ----------
    accelerator
        The core's sizes.
    camera
        The crop's.
    tracker
        The tracker's sizes and settings.
    template, search
        The order in which the core takes the two crops.

    Raises
    ------
    InputError
        They do not suit.
    """

    accelerator: Accelerator
    camera: Camera
    tracker: TrackerDesign
    template: Strips
    search: Strips

    def __post_init__(self) -> None:
        for given in (self.template, self.search):
            self.camera.require(given)
        bounds = self.tracker.bounds
        for what, need, have in (
            ("frames so wide", self.tracker.frame_width, self.camera.frame_width),
            ("frames so high", self.tracker.frame_height, self.camera.frame_height),
            ("positions of so many bits", bounds["position"].bit_length() + 1, self.camera.position_bits),
            ("steps of so many bits", bounds["step"].bit_length(), self.camera.step_bits),
            ("columns of pixels", self.template.columns, self.accelerator.pixel_width),
            ("columns of pixels", self.search.columns, self.accelerator.pixel_width),
            # A window beside the last place still reaches into the frame.
            (
                "crop pixels from the middle of a window to that beside it",
                self.tracker.stride * (self.tracker.response_side - 1),
                (self.tracker.search_side - 1) // 2,
            ),
        ):
            if need > have:
                raise InputError(f"the tracker in the fabric has {what}: {need}, at most {have} are possible")

    @classmethod
    def of(
        cls,
        network: Network,
        accelerator: Accelerator,
        settings: Mapping[str, int],
        *,
        grid: Grid | None = None,
        frame_width: int = 1280,
        frame_height: int = 720,
    ) -> FabricDesign:
        """The tracker of a network with a box head on an accelerator.

        Parameters
        ----------
        settings
            Of the tracker, all in 1/256, and ``patience``
            (:meth:`siammixer.tracking.settings.Settings.shares`).
        grid
            The program's patches, N x 1; by default :func:`strip_grid`.

        Raises
        ------
        InputError
            The network has no box head, the grid has several columns, or something does not fit.
        """
        grid = grid or strip_grid(accelerator)
        frame = {"frame_width": frame_width, "frame_height": frame_height}
        sides = max(network.template_side, network.search_side)
        return cls(
            accelerator=accelerator,
            camera=Camera(side=sides, exemplar_side=network.exemplar_side, **frame),
            tracker=TrackerDesign.of(network, settings, **frame),
            template=strips(network, "template", grid),
            search=strips(network, "search", grid),
        )
