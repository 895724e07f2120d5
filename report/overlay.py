"""The overlay of a tracked frame shows box, frame number, confidence, and in a corner the cells' scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import cv2
import numpy as np

from siammixer.tracking.box import Box
from siammixer.tracking.follow import Step
from siammixer.tracking.letterbox import letterbox
from siammixer.tracking.video import Frame, Video
from siammixer.tracking.video_file import LARGEST, VideoFile

SHORTEST_SIDE = 360  # a smaller frame is enlarged: text must be legible
LONGEST_SIDE = 4096  # but not beyond that
SURE, UNSURE, WHITE = (255, 176, 0), (255, 96, 72), (255, 255, 255)
BAR = 0.65  # how dark the strip behind the text is
FULL_SCORE = 128
"""The score whose cells have the brightest colour, and its opposite the darkest: all of INT8."""
FONT = "sans"
WEIGHT = 600


def canvas_size(width: int, height: int) -> tuple[int, int]:
    """Returns the width and height of the annotated frames of a video whose frames have that size: even,
    small ones enlarged, and those that no H.264 holds made smaller.
    """
    factor = min(-(-SHORTEST_SIDE // min(width, height)), max(1, LONGEST_SIDE // max(width, height)))
    shrunk = min(1.0, LARGEST / max(width, height))
    width, height = (
        max(2, side * factor + side * factor % 2) if shrunk == 1 else max(2, int(side * shrunk) // 2 * 2)
        for side in (width, height)
    )
    return width, height


@contextmanager
def drawing(
    out: Path | None, video: Video, first: Frame, show: Callable[[np.ndarray], None] | None = None
) -> Iterator[Callable[[Step, np.ndarray | None], None]]:
    """Yields a function that annotates the image of a step, appends it to the video ``out`` and passes it to
    ``show``, where these are wanted.

    A step without an image, which could not be decoded, is drawn on the last one.
    """
    if out is None and show is None:
        yield lambda step, image: None
        return
    size, last = canvas_size(*first.size), first.image
    with VideoFile(out, video.rate, size) if out is not None else nullcontext() as file:

        def draw(step: Step, image: np.ndarray | None) -> None:
            nonlocal last
            last = last if image is None else image
            assert last is not None, "a video whose first frame cannot be decoded is refused"
            annotated = annotate(step, last, size)
            if file is not None:
                file.write(annotated, step.time)
            if show is not None:
                show(annotated)

        yield draw


def annotate(step: Step, image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Returns the frame with everything drawn, RGB uint8 (height, width, 3).

    Parameters
    ----------
    image
        The step's frame, RGB uint8, or an earlier one where that could not be decoded.
    size
        Width and height of the result; frames of another shape get black edges.
    """
    canvas, placing = letterbox(image, size)
    unit = max(1, round(min(size) / 360))
    colour = UNSURE if step.lost or step.problem else SURE
    box = placing.box(step.box)
    _draw_box(canvas, box, colour, unit)
    _draw_caption(canvas, _caption(step), colour, unit)
    if step.response is not None:
        _draw_response(canvas, step.response, box, unit)
    return canvas


def _caption(step: Step) -> list[str]:
    if step.problem:
        return [f"frame {step.index}", "cannot be decoded"]
    return [
        f"frame {step.index}",
        f"confidence {step.confidence:.2f}",
        *(["target lost"] if step.lost else []),
    ]


def _draw_box(canvas: np.ndarray, box: Box, colour: tuple[int, int, int], unit: int) -> None:
    corners = tuple(
        int(np.clip(round(value), -30_000, 30_000))
        for value in (box.x, box.y, box.x + box.width, box.y + box.height)
    )
    for line, width in (((0, 0, 0), 4 * unit), (colour, 2 * unit)):
        cv2.rectangle(canvas, corners[:2], corners[2:], line, width, cv2.LINE_AA)


def _draw_caption(canvas: np.ndarray, words: list[str], colour: tuple[int, int, int], unit: int) -> None:
    height = 24 * unit
    strip = canvas[:height]
    strip[:] = (strip * (1 - BAR)).astype(np.uint8)
    x = 8 * unit
    for index, word in enumerate(words):
        x = (
            18 * unit
            + cv2.putText(
                canvas,
                word,
                (x, 17 * unit),
                WHITE if index == 0 else colour,
                cv2.FontFace(FONT),
                15 * unit,
                WEIGHT,
            )[0][0]
        )


def _draw_response(canvas: np.ndarray, response: np.ndarray, box: Box, unit: int) -> None:
    """In the lower right corner, or in the left one where the target is in the way; the ring marks the
    maximum. The colours mean the same in every frame: dark is surely nothing, bright surely the target.
    """
    height, width = canvas.shape[:2]
    side = max(len(response), round(min(height, width) * 0.24))
    top, left = height - side - 8 * unit, width - side - 8 * unit
    if box.x + box.width > left and box.y + box.height > top and box.centre[0] > width / 2:
        left = 8 * unit
    bright = (response + FULL_SCORE) / (2 * FULL_SCORE)
    grey = (np.clip(bright, 0, 1) * 255).astype(np.uint8)
    colours = cv2.cvtColor(cv2.applyColorMap(grey, cv2.COLORMAP_VIRIDIS), cv2.COLOR_BGR2RGB)
    canvas[top : top + side, left : left + side] = cv2.resize(
        colours, (side, side), interpolation=cv2.INTER_NEAREST
    )
    cv2.rectangle(canvas, (left - unit, top - unit), (left + side, top + side), WHITE, unit)
    row, column = np.unravel_index(response.argmax(), response.shape)
    middle = tuple(
        int((at + 0.5) * side / len(response)) + start for at, start in ((column, left), (row, top))
    )
    for line, thick in (((0, 0, 0), 3 * unit), (SURE, unit)):
        cv2.circle(canvas, middle, 5 * unit, line, thick, cv2.LINE_AA)
