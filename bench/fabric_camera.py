"""The whole tracker in the fabric behind an OV7670's timing: which frames it looks at, by the target's size.

``python -m siammixer.bench.fabric_camera`` simulates the default network at the board's clock, the camera's
pixels coming when they come, and writes ``bench/fabric_camera.json`` and the table of docs/fabric.md. It
takes some ten minutes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from siammixer.arch import ov7670
from siammixer.arch.accelerator import CAMERA_ACCELERATOR, find_accelerator
from siammixer.arch.fabric import FIRST_FRAMES
from siammixer.bench.arguments import parser
from siammixer.bench.document import rewrite
from siammixer.boards.camera_performance import CameraPerformance
from siammixer.boards.catalogue import find_board
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import load_weights
from siammixer.sim.fabric import FabricJob, VideoTiming, design_fingerprint
from siammixer.sim.fabric_tracker import FabricTracker
from siammixer.sim.stream_crop import video_of
from siammixer.tracking.box import Box
from siammixer.tracking.crop import in_units

FILE = Path(__file__).with_name("fabric_camera.json")
DOCUMENT, COMMAND = "fabric.md", "python -m siammixer.bench.fabric_camera"
NETWORK, BOARD = "siammixer", "ulx3s-85f"
TARGETS = (12, 20, 60, 84, 100)
SMALLEST = 20
"""Edge of a target whose rows, and those of its smallest view, the core takes as fast as they come."""
FRAMES = FIRST_FRAMES + 11
WAITING = 32
"""Pixels that can wait, as on the board (siammixer.rtl.camera_device)."""


def timing(clock_hz: float, camera_hz: float) -> VideoTiming:
    """An OV7670's video at full size, in cycles of the clock."""
    pixel = ov7670.BYTES_PER_PIXEL / camera_hz * clock_hz
    line = round(pixel * ov7670.LINE_PIXELS)
    return VideoTiming(
        lead=line,
        pixel_cycles=pixel,
        line_pixels=ov7670.WIDTH,
        line_cycles=line,
        frame_lines=ov7670.HEIGHT,
        blank_cycles=(ov7670.FRAME_LINES - ov7670.HEIGHT) * line,
        waiting=WAITING,
    )


def look(tracker: FabricTracker, target: int, video: VideoTiming) -> dict:
    """Shows a camera's frames, all of the same, with a square target in the middle, and counts."""
    size = (ov7670.WIDTH, ov7670.HEIGHT)
    image = np.random.default_rng(1).integers(0, 256, (size[1] // 8, size[0] // 8, 3), np.uint8)
    image = image.repeat(8, axis=0).repeat(8, axis=1)
    box = Box((size[0] - target) / 2, (size[1] - target) / 2, target, target)
    tracker.run(FabricJob(size=size, stop=0, idle=100))
    tracker.run(FabricJob(size=size, video=video_of(image), idle=100))
    outcome = tracker.run(
        FabricJob(
            size=size,
            video=video_of(*[image] * FRAMES),
            first=in_units(box),
            take=0,
            lossless=False,
            timing=video,
            idle=3_000_000,
        )
    )
    good = [news for news in outcome.news if not news.code]
    # What is skipped before the first search comes of the last view, which may be larger.
    learning, searches = good[: FIRST_FRAMES + 1], good[FIRST_FRAMES:]
    return {
        "frames": FRAMES,
        "told": len(outcome.news),
        "codes": sum(bool(news.code) for news in outcome.news),
        "skipped_learning": sum(news.skipped for news in learning),
        "searches": len(searches),
        "skipped": sum(news.skipped for news in searches[1:]),
        "lost_pixels": outcome.lost,
    }


def measure() -> dict:
    """The content of ``bench/fabric_camera.json``."""
    board, network = find_board(BOARD), find_network(NETWORK)
    assert board.camera is not None
    clock_mhz, camera_hz = float(board.camera.clock_mhz), float(board.input_mhz * 10**6)
    accelerator = find_accelerator(CAMERA_ACCELERATOR)
    with closing(
        FabricTracker(
            network,
            load_weights(network),
            accelerator,
            frame_size=(ov7670.WIDTH, ov7670.HEIGHT),
            progress=print,
        )
    ) as tracker:
        speed = CameraPerformance.of(network, tracker.design, clock_mhz, camera_hz)
        found = {}
        for target in TARGETS:
            found[str(target)] = look(tracker, target, timing(clock_mhz * 1e6, camera_hz)) | {
                "predicted": round(speed.tracked_per_second(target), 2)
            }
            print(target, found[str(target)], flush=True)
        return {
            "clock_mhz": clock_mhz,
            "camera_frames_per_second": round(speed.camera_frames_per_second, 2),
            "accelerator": accelerator.fingerprint,
            "design": design_fingerprint(tracker.design),
            "targets": found,
        }


def table(record: dict) -> str:
    """The record as Markdown."""
    lines = [
        f"Simulated at {record['clock_mhz']:g} MHz behind an OV7670 at 640 x 480, "
        f"{record['camera_frames_per_second']:.1f} frames a second:",
        "",
        "| target | frames | with a code | pixels lost | skipped in learning | searched | "
        "skipped between searches | predicted a second |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for target, one in record["targets"].items():
        lines.append(
            f"| {target} x {target} | {one['frames']} | {one['codes']} | {one['lost_pixels']} | "
            f"{one['skipped_learning']} | {one['searches']} | {one['skipped']} | {one['predicted']:.1f} |"
        )
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit status is 1 where a frame of a target that is not too small has a code."""
    parser("fabric_camera", __doc__).parse_args(arguments)
    record = measure()
    FILE.write_text(json.dumps(record, indent=2) + "\n")
    rewrite(DOCUMENT, COMMAND, table(record))
    return int(any(one["codes"] for target, one in record["targets"].items() if int(target) >= SMALLEST))


if __name__ == "__main__":
    raise SystemExit(main())
