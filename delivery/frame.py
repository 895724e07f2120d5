"""The frame that a bundle's test bench runs: two crops that the tracker really takes, and what must come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siammixer.compiler.program import Program
from siammixer.driver.reference import Reference
from siammixer.golden.engine import GoldenEngine
from siammixer.golden.response import cells, peak
from siammixer.ir.box_map import BOX_CHANNELS
from siammixer.ir.errors import InputError
from siammixer.ir.network import BRANCHES
from siammixer.ir.weights import Weights
from siammixer.tracking.clip import Clip
from siammixer.tracking.pair import take_pair
from siammixer.tracking.tracker import Tracker

CLIP_FRAMES = (0, 1)
"""The frames of the rendered clip from which template and search crop are."""


@dataclass(frozen=True, kw_only=True)
class ReferenceFrame:
    """Both runs of a frame.

    Parameters
    ----------
    pixels
        uint8 (n, 3): the pixel stream of each branch, by its name.
    cycles
        Cycles that each branch takes where the pixels do not pause.
    response
        INT32 (words,): the response memory after the search run, channel after channel.
    shape
        (rows, columns, channels) of the response.
    peak
        (cell, value) of its largest word.
    """

    pixels: dict[str, np.ndarray]
    cycles: dict[str, int]
    response: np.ndarray
    shape: tuple[int, int, int]
    peak: tuple[int, int]


class _Recorder(GoldenEngine):
    """golden, which keeps the crops that a tracker gives it."""

    template_crop: np.ndarray
    search_crop: np.ndarray

    def set_template(self, crop: np.ndarray) -> None:
        self.template_crop = crop
        super().set_template(crop)

    def responses(self, crops: np.ndarray) -> np.ndarray:
        self.search_crop = crops[-1]
        return super().responses(crops)


def tracked_crops(program: Program, weights: Weights) -> dict[str, np.ndarray]:
    """The template crop of the clip's frame 0 and the search crop of frame 1, uint8 (side, side, 3) RGB, by
    branch: those that the tracker takes, or for a network without a box head those around the given boxes.
    """
    clip, network = Clip(), program.network
    first, second = CLIP_FRAMES
    template, search = BRANCHES
    if network.response_shape[2] != BOX_CHANNELS:
        pair = take_pair(clip, network, second)
        return {template: pair.template, search: pair.search}
    box = clip.box(first)
    if box is None:
        raise InputError("the clip must have a box in its first frame")
    engine = _Recorder(network, weights)
    tracker = Tracker(engine)
    tracker.init(clip.image(first), box)
    tracker.update(clip.image(second))
    return {template: engine.template_crop, search: engine.search_crop}


def reference_frame(program: Program, weights: Weights) -> ReferenceFrame:
    """The frame of :func:`tracked_crops`, computed by golden.

    Raises
    ------
    InputError
        The network leaves more than one output in the response memory.
    """
    crops, reference = tracked_crops(program, weights), Reference(program.network, weights)
    tensors = [reference.tensors(branch, crops[branch]) for branch in BRANCHES][-1]
    outputs = program.network.responses("search")
    if len(outputs) != 1:
        raise InputError(f"a bundle's network must have one response, not {len(outputs)}")
    response = tensors[outputs[0].name]
    words = cells(response)
    rows, columns, channels = response.shape
    cell, value = peak(words)
    return ReferenceFrame(
        pixels={branch: program[branch].pixels(crops[branch]) for branch in BRANCHES},
        cycles={branch: program[branch].predicted_cycles for branch in BRANCHES},
        response=words,
        shape=(rows, columns, channels),
        peak=(int(cell), int(value)),
    )
