"""Draws the animation of the tracker in the fabric: ``python docs/pictures/fabric.py``.

Two frames of the rendered clip go through the simulated design; every cycle in the picture is a simulated
one. The frame appears as its lines come, the crop as the core takes it, the box when it is told.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from siammixer.arch.fabric import FIRST_FRAMES
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import load_weights
from siammixer.sim.fabric import FabricJob, FabricOutcome, VideoTiming
from siammixer.sim.fabric_tracker import FabricTracker
from siammixer.sim.stream_crop import video_of
from siammixer.tracking.clip import Clip
from siammixer.tracking.crop import in_units, mean_colour, resample

FILE = Path(__file__).with_suffix(".webp")
CLOCK_HZ = 80e6
SIZE, GAP, CROP = (760, 422), 12, 232
BACKGROUND, INK, LIGHT = (250, 250, 248), (40, 44, 52), (222, 222, 216)
BLUE, ORANGE, GREEN, RED = (66, 114, 172), (221, 132, 56), (85, 150, 90), (200, 60, 60)
STEPS, MILLISECONDS, QUALITY = 26, 90, 60
SIDE = 255


def simulate(clip: Clip, shown: int) -> list[FabricOutcome]:
    """The outcome of each of the frames behind those from which the target is learnt."""
    network = find_network("siammixer")
    size = (clip.image(0).shape[1], clip.image(0).shape[0])
    line = VideoTiming(pixel_cycles=4, line_pixels=size[0], line_cycles=2400, frame_lines=size[1])
    with closing(FabricTracker(network, load_weights(network), progress=print)) as tracker:
        tracker.run(FabricJob(size=size, video=video_of(clip.image(0)), idle=100))
        first = {"first": in_units(clip.box(0)), "take": 0, "wanted": FIRST_FRAMES}
        tracker.run(FabricJob(size=size, video=video_of(*[clip.image(0)] * FIRST_FRAMES), **first))
        return [
            tracker.run(FabricJob(size=size, video=video_of(clip.image(index)), wanted=1, timing=line))
            for index in range(1, shown + 1)
        ]


def crop_of(image: np.ndarray, outcome: FabricOutcome) -> np.ndarray:
    """The pixels that the core took."""
    left, top, step = outcome.news[0].window
    return resample(image, left, top, step, (SIDE, SIDE), mean_colour(image))


def draw(image: np.ndarray, outcome: FabricOutcome, cycle: int, font) -> Image.Image:
    """The picture at a cycle of a frame."""
    news, scale = outcome.news[0], 480 / image.shape[1]
    canvas = Image.new("RGB", SIZE, BACKGROUND)
    pen = ImageDraw.Draw(canvas)
    rows = int(np.searchsorted(outcome.lines, cycle))
    seen = np.full_like(image, 235)
    seen[:rows] = image[:rows]
    canvas.paste(Image.fromarray(seen).resize((480, round(image.shape[0] * scale))), (GAP, GAP + 20))
    pen.text((GAP, GAP), "the video's lines, none of which is kept longer than needed", INK, font)
    left, top, step = (value / 65536 for value in news.window)
    corner = [(place + 0.5) * scale for place in (left, top, left + SIDE * step, top + SIDE * step)]
    frame = (GAP, GAP + 20, GAP + 480, GAP + 20 + image.shape[0] * scale)
    window = [
        min(max(corner[0] + GAP, frame[0]), frame[2]),
        min(max(corner[1] + GAP + 20, frame[1]), frame[3]),
        min(max(corner[2] + GAP, frame[0]), frame[2]),
        min(max(corner[3] + GAP + 20, frame[1]), frame[3]),
    ]
    pen.rectangle(window, outline=BLUE, width=2)
    if cycle >= news.cycle:
        x, y, width, height = (
            value / 512 * scale for value in (*news.box[:2], *(2 * n for n in news.box[2:]))
        )
        pen.rectangle([x + GAP, y + GAP + 20, x + width + GAP, y + height + GAP + 20], outline=RED, width=3)
    place = (GAP + 480 + GAP, GAP + 20)
    done = min(max((rows - 1 - top) / step, 0), SIDE) if 0 < rows < len(image) else SIDE * (rows > 0)
    crop = np.full((SIDE, SIDE, 3), 235, np.uint8)
    crop[: int(done)] = crop_of(image, outcome)[: int(done)]
    canvas.paste(Image.fromarray(crop).resize((CROP, CROP)), place)
    pen.text((place[0], GAP), "the window, on its way to the core", INK, font)
    _time_line(pen, outcome, cycle, font)
    return canvas


def _time_line(pen: ImageDraw.ImageDraw, outcome: FabricOutcome, cycle: int, font) -> None:
    """What works when, from the frame's first pixel to its box."""
    news = outcome.news[0]
    first, whole = news.begun, news.cycle - news.begun
    left, right, top = GAP + 60, SIZE[0] - GAP, 386

    def place(at: float) -> float:
        return left + (right - left) * (at - first) / whole

    for row, (name, begin, end, colour) in enumerate(
        (
            ("video", first, int(outcome.lines[-1]), BLUE),
            ("core", news.started, news.finished, ORANGE),
            ("tracker", news.finished, news.cycle, GREEN),
        )
    ):
        y = top - 12 + 13 * (row - 1)
        pen.text((GAP, y - 3), name, INK, font)
        pen.rectangle([place(begin), y, place(min(end, news.cycle)), y + 7], fill=LIGHT)
        if cycle > begin:
            pen.rectangle([place(begin), y, place(min(cycle, end, news.cycle)), y + 7], fill=colour)
    now = place(min(cycle, news.cycle))
    pen.line([now, top - 28, now, top + 9], fill=INK, width=1)
    milliseconds = min(cycle, news.cycle) - first
    text = f"{1e3 * milliseconds / CLOCK_HZ:4.1f} ms at 80 MHz" + (", box" if cycle >= news.cycle else "")
    pen.text((min(max(now - 40, left), right - 130), top + 10), text, INK, font)


def main() -> None:
    """Simulates, draws and writes the animation."""
    clip = Clip()
    font = ImageFont.load_default(11)
    pictures, durations = [], []
    for index, outcome in enumerate(simulate(clip, 2), 1):
        news = outcome.news[0]
        for step in range(STEPS + 1):
            cycle = news.begun + (news.cycle - news.begun) * step // STEPS
            pictures.append(draw(clip.image(index), outcome, cycle, font))
            durations.append(MILLISECONDS if step < STEPS else 12 * MILLISECONDS)
    first, *others = pictures
    first.save(
        FILE, save_all=True, append_images=others, duration=durations, loop=0, quality=QUALITY, method=6
    )


if __name__ == "__main__":
    main()
