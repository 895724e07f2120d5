"""The video that a tracker's test bench shows: a short rendered clip, and what must be told of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siammixer.arch.fabric import FIRST_FRAMES
from siammixer.arch.register_map import WIDTH, Register
from siammixer.arch.tracker_registers import TRACKER
from siammixer.golden.engine import GoldenEngine
from siammixer.ir.network import Network
from siammixer.ir.weights import Weights
from siammixer.sim.expected_news import ExpectedNews, learning_news, tracking_news
from siammixer.tracking.box import Box
from siammixer.tracking.clip import Clip
from siammixer.tracking.tracker import Tracker

FRAMES = 4
"""Frames of the video: the target is learnt from the first, and searched for in the others."""

REDUCTION = 8
"""The clip's frames are averaged over blocks of that side, so that Icarus is not kept longer than it must."""

_FIRST_TOLD, _LAST_TOLD = TRACKER.find("result"), TRACKER.find("window_step")

TOLD: tuple[Register, ...] = tuple(
    register
    for register in TRACKER.registers
    if _FIRST_TOLD.address <= register.address <= _LAST_TOLD.address
)
"""The registers that tell of a frame, one behind the other; of a frame from which the target is learnt, those
before CONFIDENCE."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ReferenceVideo:
    """A video with one target.

    Parameters
    ----------
    frames
        uint8 (n, h, w, 3) RGB.
    box
        The target's in the first frame, in pixels.
    news
        What the Python tracker tells: of the first frame FIRST_FRAMES times, then of each frame.
    """

    frames: np.ndarray
    box: Box
    news: tuple[ExpectedNews, ...]

    @property
    def told(self) -> np.ndarray:
        """uint32 (news, registers): the values of :data:`TOLD`; 0 where they do not matter."""
        return np.array([_told(news) for news in self.news], "<u4")


def reference_video(network: Network, weights: Weights) -> ReferenceVideo:
    """The first frames of the rendered clip, tracked in integers by golden.

    Raises
    ------
    InputError
        The network has no box head.
    """
    clip = Clip(frames=FRAMES)
    frames = np.stack([_reduced(clip.image(index)) for index in range(FRAMES)])
    box = clip.box(0)
    assert box is not None  # the clip's target is always in sight
    box = Box(*(value / REDUCTION for value in box))
    tracker = Tracker(GoldenEngine(network, weights))
    tracker.init(frames[0], box)
    news = [learning_news(box)] * FIRST_FRAMES
    news += [tracking_news(tracker.update(frame)) for frame in frames[1:]]
    return ReferenceVideo(frames=frames, box=box, news=tuple(news))


def _reduced(image: np.ndarray) -> np.ndarray:
    """The image, each block of REDUCTION x REDUCTION pixels averaged, in integers."""
    height, width, colours = image.shape
    blocks = image.reshape(height // REDUCTION, REDUCTION, width // REDUCTION, REDUCTION, colours)
    area = REDUCTION**2
    return ((blocks.sum(axis=(1, 3), dtype=np.int64) + area // 2) // area).astype(np.uint8)


def _told(news: ExpectedNews) -> list[int]:
    """The values of :data:`TOLD`, which has names of its own for every number."""
    left, top, step = news.window or (0, 0, 0)
    box = dict(zip(("left", "top", "width", "height"), news.box or (), strict=True))
    values = {
        "result": news.state | news.code << 8,
        **{f"box_{name}": value for name, value in box.items()},
        "confidence": news.confidence or 0,
        **{"window_left_low": left, "window_left_high": left >> WIDTH},
        **{"window_top_low": top, "window_top_high": top >> WIDTH},
        "window_step": step,
    }
    return [values[register.name] & (1 << WIDTH) - 1 for register in TOLD]
