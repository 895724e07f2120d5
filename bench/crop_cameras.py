"""Which cameras the crop on the stream keeps up with, by the size of the target.

Each is a frame of video as the camera times it, cropped for a core that takes rows and pauses as its program
has them. A camera cannot wait: what counts is how many of its pixels wait at once, and whether the queue in
front (siammixer.rtl.camera.video_queue) has room for them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from siammixer.arch.accelerator import DEFAULT_ACCELERATOR, find_accelerator
from siammixer.arch.camera import strips
from siammixer.arch.instruction import Kind
from siammixer.compiler.compile import compile_branch
from siammixer.ir.network import Network
from siammixer.ir.patches import Grid
from siammixer.sim.stream_crop import CropJob, StreamCropSimulator, Timing
from siammixer.tracking.crop import crop, window_at

CLOCK_HZ = 90e6
LINE_WIDTH = 256
"""Columns of the line buffers, with which the default network runs in strips."""
QUEUE = 32
"""Pixels that the queue in front of the crop holds."""
LEAD = 20
"""Lines before a frame's begin in which its crop is asked for."""
GRIDS = ("4x1", "8x1")
TARGETS = (8, 10, 12, 16, 20, 24, 32)
"""Sides of square targets in pixels; beside them one of 80 % of the frame, both ways."""


@dataclass(frozen=True, kw_only=True)
class Video:
    """How a camera times its frames: their size, pixels from line to line, and pixels a second."""

    name: str
    width: int
    height: int
    line: int
    hz: float


VIDEOS = (
    Video(name="OV7670, 640x480, 30 frames a second", width=640, height=480, line=784, hz=12e6),
    Video(name="640x480, 60 frames a second", width=640, height=480, line=800, hz=25.2e6),
    Video(name="1280x720, 60 frames a second", width=1280, height=720, line=1650, hz=74.25e6),
)


def timing(video: Video, network: Network, grid: Grid) -> Timing:
    """The timing of a camera's pixels, and of the core that takes the crop's: it takes a strip's rows evenly
    in its convolution, and none in the strip's other steps. The crop is asked for :data:`LEAD` lines before
    the frame.
    """
    accelerator = dataclasses.replace(find_accelerator(DEFAULT_ACCELERATOR), line_width=LINE_WIDTH)
    steps = [step for step in compile_branch(network, accelerator, grid, "search").steps if step.in_loop]
    taking = sum(step.cycles for step in steps if step.fields["kind"] == Kind.CONVOLUTION)
    cycles = CLOCK_HZ / video.hz
    return Timing(
        lead=round(LEAD * video.line * cycles),
        pixel_cycles=cycles,
        line_cycles=round(video.line * cycles),
        row_cycles=taking // strips(network, "search", grid).rows,
        strip_cycles=sum(step.cycles for step in steps) - taking,
    )


def waiting(simulator: StreamCropSimulator, video: Video, network: Network, grid: Grid) -> dict[str, int]:
    """Most pixels that wait at once, by the target.

    Raises
    ------
    ValueError
        A pixel of a crop differs from the tracker's.
    """
    whole = np.random.default_rng(1).integers(0, 256, (video.height, video.width, 3), np.uint8)
    times, order, found = timing(video, network, grid), strips(network, "search", grid), {}
    sizes = [(side, side) for side in TARGETS] + [(video.width * 4 // 5, video.height * 4 // 5)]
    for width, height in sizes:
        # Only lines around the window: those far from it count for nothing.
        frame = whole[: 4 * height + 16]
        centre = (video.width << 7, len(frame) << 7)
        window = window_at(*centre, width << 8, height << 8, network.search_side, network)
        left, top = window.first
        job = CropJob(frame=frame, left=left, top=top, step=window.step, strips=order, timing=times)
        streamed = simulator.crop(job)
        if (streamed.pixels != crop(frame, window, np.zeros(3, np.uint8))[order.order]).any():
            raise ValueError(f"{video.name}, {window}: the crop differs")
        found[f"{width}x{height}"] = streamed.most_waiting
    return found


def measured(
    simulator: StreamCropSimulator, network: Network, tell: Callable[[str], None] = lambda _: None
) -> list[dict]:
    """The record: of each camera and grid the pixels that wait, by the target."""
    record = []
    for video in VIDEOS:
        for grid in GRIDS:
            tell(f"{video.name}, {grid}")
            found = waiting(simulator, video, network, Grid.parse(grid))
            record.append({"video": video.name, "grid": grid, "waiting": found})
    return record


def table(record: list[dict]) -> str:
    """The record as a Markdown table."""
    lines = [
        f"| camera, core at {CLOCK_HZ / 1e6:.0f} MHz | strips | small targets that it keeps up with | 80 % "
        "of the frame | most pixels that then wait |",
        "|---|---|---|---|---|",
    ]
    for one in record:
        *small, (_, large) = one["waiting"].items()
        lost = [number for number, (_, count) in enumerate(small) if count > QUEUE]
        kept = small[lost[-1] + 1 :] if lost else small
        least = f"{kept[0][0]} and larger" if kept else f"none up to {small[-1][0]}"
        most = max([count for _, count in kept] + [large] * (large <= QUEUE), default=0)
        verdict = "yes" if large <= QUEUE else "no"
        lines.append(f"| {one['video']} | {one['grid']} | {least} | {verdict} | {most} |")
    return "\n".join(lines) + "\n"
