"""The job of a tracker's bundle."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from siammixer.arch.fabric import FabricDesign, strip_grid
from siammixer.arch.tracker_registers import FIRST_BOX
from siammixer.compiler.program import Program
from siammixer.delivery.core import Exported, export_tracker
from siammixer.delivery.job import BundleJob
from siammixer.delivery.memory_image import MemoryImage, frame_values, number_image, pixel_image
from siammixer.delivery.names import TRACKER_PREFIX
from siammixer.delivery.tracker_video import TOLD, ReferenceVideo, reference_video
from siammixer.driver.planner import plan_branches
from siammixer.ir.errors import InputError
from siammixer.tracking.crop import in_units
from siammixer.tracking.settings import Settings, require_box_head


@dataclass(frozen=True, kw_only=True)
class TrackerJob(BundleJob):
    """A bundle of the whole tracker, which takes a video: it is behind AXI, without ports for verification.

    Raises
    ------
    InputError
        The prefix is no name, the network has no box head, the weights are another network's, or the
        accelerator cannot hold this network's tracker.
    """

    description = "SiamMixer, a whole Siamese visual tracker, video in and boxes out"
    bench = "shows a short video, compares every box"

    prefix: str = TRACKER_PREFIX

    def __post_init__(self) -> None:
        require_box_head(self.network)
        self.weights.require(self.network)
        try:
            # The tracker's own limits are clearer than the compiler's.
            _ = self.design, self.program
        except InputError as error:
            raise InputError(
                f"accelerator {self.accelerator.name} cannot track with network {self.network.name}, whose "
                f"crops come in strips from the video: {error}"
            ) from None
        super().__post_init__()

    @cached_property
    def design(self) -> FabricDesign:
        """Sizes and settings of the tracker."""
        return FabricDesign.of(self.network, self.accelerator, Settings().shares())

    @cached_property
    def program(self) -> Program:
        """Both branches' programs, in strips as the video gives them."""
        return plan_branches(self.network, self.accelerator, strip_grid(self.accelerator), self.weights)

    @cached_property
    def video(self) -> ReferenceVideo:
        """The video that the test bench shows."""
        return reference_video(self.network, self.weights)

    @cached_property
    def core(self) -> Exported:
        """The Verilog of the tracker, and its ports."""
        return export_tracker(self.design, self.prefix)

    @property
    def kind(self) -> str:
        """The whole tracker behind AXI, in the head of the Verilog."""
        return "the whole tracker, bus axi"

    @property
    def stream(self) -> str:
        """The beginning of the ports of the video."""
        return "s_axis_video"

    @cached_property
    def images(self) -> tuple[MemoryImage, ...]:
        """All that is loaded, the video frame after frame, what must be told of it."""
        frames = self.video.frames
        pixels = tuple(value for frame in frames for value in frame_values(frame))
        return (
            *self.loaded,
            pixel_image("video", pixels, frames),
            number_image("news", self.video.told.reshape(-1), checked=True),
        )

    @property
    def numbers(self) -> dict[str, int]:
        """Sizes, entries, the video and its first box, by name."""
        count, height, width, _ = self.video.frames.shape
        return {
            **self.memory_numbers,
            "frames": count,
            "frame_width": width,
            "frame_height": height,
            **self.first_box,
            "news_words": len(TOLD),
        }

    @property
    def first_box(self) -> dict[str, int]:
        """The values of the registers of the first box, by their names, in 1/256 pixel."""
        return dict(zip(FIRST_BOX, in_units(self.video.box), strict=True))

    @property
    def choice(self) -> dict[str, object]:
        """Which core it is, its bus, and the largest frame that it takes."""
        tracker = self.design.tracker
        largest = {"width": tracker.frame_width, "height": tracker.frame_height}
        return {"core": "tracker", "bus": "axi", "largest_frame": largest}
