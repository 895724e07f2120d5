"""The whole tracker in the fabric on real video: every box beside the Python tracker's on golden.

``python -m siammixer.bench.fabric_tracking SEQUENCE...`` takes OTB-style folders, reduces their frames to 640
pixels width, feeds them to the simulated core, and writes ``bench/fabric_tracking.json`` and the table of
docs/fabric.md. A frame takes two seconds; sequences that the record has are not run again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence as Many
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np

from siammixer.arch.accelerator import CAMERA_ACCELERATOR, find_accelerator
from siammixer.bench.arguments import parser, whole_number
from siammixer.bench.document import rewrite
from siammixer.bench.rtl_tracking import recorded
from siammixer.boards.catalogue import find_board
from siammixer.golden.engine import GoldenEngine
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.ir.weights import load_weights
from siammixer.sim.fabric import design_fingerprint
from siammixer.sim.fabric_tracker import FabricTracker
from siammixer.tracking.box import Box
from siammixer.tracking.sequence import FolderSequence, Sequence
from siammixer.tracking.settings import Settings
from siammixer.tracking.tracker import Tracker

FILE = Path(__file__).with_name("fabric_tracking.json")
DOCUMENT, COMMAND = "fabric.md", "python -m siammixer.bench.fabric_tracking"
NETWORK = "siammixer"
WIDTH, BOARD = 640, "ulx3s-85f"


def reduced(image: np.ndarray) -> tuple[np.ndarray, float]:
    """An image of at most WIDTH pixels width, and its scale."""
    scale = min(1.0, WIDTH / image.shape[1])
    size = round(image.shape[1] * scale), round(image.shape[0] * scale)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image, scale


def compare(fabric: FabricTracker, golden: Tracker, sequence: Sequence, frames: int) -> dict:
    """The entry of a sequence in :data:`FILE`.

    Raises
    ------
    InputError
        The sequence's first frame has no box.
    """
    first = sequence.boxes[0]
    if first is None:
        raise InputError(f"{sequence.name}: the first frame must have a box")
    image, scale = reduced(sequence.image(0))
    box = Box(*(value * scale for value in first))
    for tracker in (fabric, golden):
        tracker.init(image, box)
    count = min(frames, len(sequence))
    difference, cycles, latencies = None, [], []
    for index in range(1, count):
        image, _ = reduced(sequence.image(index))
        found, right = fabric.update(image), golden.update(image)
        told = [(one.box, one.confidence, one.lost) for one in (found, right)]
        if told[0] != told[1]:
            difference = f"frame {index}: {told[0]} instead of {told[1]}"
            break
        cycles.append(found.cycles)
        latencies.append(found.latency)
        print(f"{sequence.name} {index + 1}/{count}", flush=True)
    return {
        "frames": count,
        "size": [image.shape[1], image.shape[0]],
        "difference": difference,
        "cycles": round(sum(cycles) / len(cycles)) if cycles else None,
        "latency": round(sum(latencies) / len(latencies)) if latencies else None,
        "latencies": [min(latencies), max(latencies)] if latencies else None,
    }


def table(record: dict) -> str:
    """The record as Markdown, with the speed at the board's clock."""
    camera = find_board(BOARD).camera
    assert camera is not None
    clock_hz = float(camera.clock_mhz * 10**6)
    lines = [
        "| sequence | frames | size | boxes that differ | cycles a frame | window's last row to box |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in record["sequences"].items():
        low, high = one["latencies"]
        lines.append(
            f"| {name} | {one['frames']} | {one['size'][0]} x {one['size'][1]} | "
            f"{'0' if one['difference'] is None else one['difference']} | {one['cycles']:,} "
            f"({clock_hz / one['cycles']:.0f} a second at {clock_hz / 1e6:.0f} MHz) | "
            f"{low:,} to {high:,} cycles ({1e3 * one['latency'] / clock_hz:.1f} ms) |"
        )
    return "\n".join(lines) + "\n"


def main(arguments: Many[str] | None = None) -> int:
    """Runs the command; the exit status is 1 where a sequence in the record differs."""
    options = parser("fabric_tracking", __doc__)
    options.add_argument("sequences", nargs="+", help="OTB-style folders")
    options.add_argument(
        "--frames", type=whole_number, default=60, help="of each, at most (default %(default)s)"
    )
    given = options.parse_args(arguments)
    network = find_network(NETWORK)
    weights, accelerator = load_weights(network), find_accelerator(CAMERA_ACCELERATOR)
    golden = Tracker(GoldenEngine(network, weights))
    with closing(FabricTracker(network, weights, accelerator, progress=print)) as fabric:
        identity = {
            "weights": weights.fingerprint,
            "accelerator": accelerator.fingerprint,
            "design": design_fingerprint(fabric.design),
            "settings": asdict(Settings()),
        }
        record = recorded(FILE, identity)
        for folder in given.sequences:
            sequence = FolderSequence(folder)
            if sequence.name not in record["sequences"]:
                record["sequences"][sequence.name] = compare(fabric, golden, sequence, given.frames)
                FILE.write_text(json.dumps(record, indent=2) + "\n")
    rewrite(DOCUMENT, COMMAND, table(record))
    return int(any(one["difference"] for one in record["sequences"].values()))


if __name__ == "__main__":
    raise SystemExit(main())
