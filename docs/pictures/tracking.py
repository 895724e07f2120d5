"""Draws the animation at the top of the README: ``python docs/pictures/tracking.py``.

It shows what ``siammixer track --out`` writes of the rendered clip, every second frame, at half the size.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
from PIL import Image

from siammixer.cli.main import main

FILE = Path(__file__).with_suffix(".webp")
EVERY, MILLISECONDS, QUALITY = 2, 80, 55


def draw(file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "tracked.mp4"
        if main(["track", "--out", str(video)]):
            raise SystemExit("the clip could not be tracked")
        frames = [frame for index, frame in enumerate(_frames(video)) if index % EVERY == 0]
    frames[0].save(
        file,
        save_all=True,
        append_images=frames[1:],
        duration=MILLISECONDS,
        loop=0,
        quality=QUALITY,
        method=6,
    )


def _frames(video: Path):
    capture = cv2.VideoCapture(str(video))
    while True:
        there, image = capture.read()
        if not there:
            return
        half = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        yield Image.fromarray(half[..., ::-1])


if __name__ == "__main__":
    draw(FILE)
    print(f"{FILE}: {FILE.stat().st_size:,} bytes")
