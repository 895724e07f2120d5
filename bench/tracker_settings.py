"""Compare settings of the tracker on videos made from validation crops.

The command is ``python -m siammixer.bench.tracker_settings CROPS [--settings size_rate=0.2 window=0.4
...]``. Crops hold a target in their centre. Each validation track becomes a video in which that target moves
and changes size: every crop of the track is one frame, shifted and scaled along a seeded random walk. The
appearance is real, the motion is random, and the true box is known exactly. So settings can be chosen without
the evaluation sequences.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np

from siammixer.bench.arguments import parser
from siammixer.golden.engine import GoldenEngine
from siammixer.ir.catalogue import find_network
from siammixer.ir.errors import InputError
from siammixer.ir.weights import load_weights
from siammixer.tracking.box import Box
from siammixer.tracking.evaluate import run_sequence
from siammixer.tracking.metrics import agreement, overall
from siammixer.tracking.sequence import Sequence
from siammixer.tracking.tracker import Settings, Tracker
from siammixer.training.data.tracks import Track, read_tracks

SIDE = 400
JUMP_SHARE = 0.05
REACH = 55.0
"""Largest distance of a target from the middle in x and in y, in pixels. The crop must still cover the search
window.
"""


class Wandering(Sequence):
    """A track as a video of ``SIDE`` x ``SIDE`` pixels.

    Parameters
    ----------
    seed
        Seed of the random walk: a number and the track's place in the list.
    frames
        Most frames of the video.
    jumps
        Whether the target sometimes jumps, as when a camera shakes.
    """

    def __init__(self, track: Track, seed: tuple[int, int], frames: int, jumps: bool = False):
        dice = np.random.default_rng(seed)
        count = min(frames, len(track.frames))
        speed = dice.uniform(2, 7)
        place, velocity, growth, size = np.zeros(2), np.zeros(2), 0.0, 0.0
        self.track, self.places, self.scales, boxes = track, [], [], []
        for index in range(count):
            self.places.append(place)
            self.scales.append(float(np.exp(size)))
            known = track.size(index)
            if known is None:
                raise InputError(f"{track.name}: crop {index} must tell the size of its target")
            width, height = (length * self.scales[-1] for length in known)
            boxes.append(Box(0, 0, width, height).moved_to(*(SIDE / 2 + place)))
            if jumps and dice.random() < JUMP_SHARE:
                place, velocity = dice.uniform(-REACH, REACH, 2), np.zeros(2)
                continue
            velocity = 0.7 * velocity + dice.normal(0, speed, 2) - 0.03 * place
            place = np.clip(place + velocity, -REACH, REACH)
            growth = 0.8 * growth + dice.normal(0, 0.008)
            size = float(np.clip(0.97 * size + growth, -0.5, 0.45))
        super().__init__(track.name, boxes)

    def __len__(self) -> int:
        return len(self.places)

    def _image(self, index: int) -> np.ndarray:
        crop, linear = self.track.image(index), np.eye(2) / self.scales[index]
        offset = (crop.shape[0] - 1) / 2 - linear @ ((SIDE - 1) / 2 + self.places[index])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        fill = cv2.mean(crop)[:3]
        return cv2.warpAffine(
            crop,
            np.column_stack([linear, offset]),
            (SIDE, SIDE),
            flags=flags,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=fill,
        )


def wandering(tracks: list[Track], seeds: int, frames: int) -> list[Wandering]:
    """``seeds`` videos of every track whose boxes are known. Odd seeds have jumps."""
    known = [
        track for track in tracks if all(track.size(index) is not None for index in range(len(track.frames)))
    ]
    return [
        Wandering(track, (seed, index), frames, jumps=seed % 2 == 1)
        for seed in range(seeds)
        for index, track in enumerate(known)
    ]


def main(arguments: list[str] | None = None) -> None:
    """Runs the command."""
    options = parser("tracker_settings", __doc__)
    options.add_argument("crops", type=Path, help="folder of crops that the network was not trained on")
    options.add_argument("--network", default="siammixer")
    options.add_argument("--weights", help="weights file (default: the shipped one)")
    options.add_argument("--seeds", type=int, default=2, help="walks a track")
    options.add_argument("--frames", type=int, default=45, help="frames a video")
    options.add_argument(
        "--settings",
        nargs="*",
        default=[""],
        metavar="A=1,B=2",
        help="settings to compare, each a list of fields and values",
    )
    given = options.parse_args(arguments)
    network = find_network(given.network)
    engine = GoldenEngine(network, load_weights(network, given.weights))
    videos = wandering(read_tracks(given.crops), given.seeds, given.frames)
    print(f"{len(videos)} videos; defaults: {asdict(Settings())}")
    for text in given.settings:
        pairs = (item.split("=") for item in text.split(",") if item)
        settings = Settings(**{name: type(getattr(Settings(), name))(float(value)) for name, value in pairs})
        runs = [run_sequence(Tracker(engine, settings), video) for video in videos]
        frames = [
            agreement(run.boxes, video.boxes, (SIDE, SIDE)) for run, video in zip(runs, videos, strict=True)
        ]
        mean = overall(frames)
        print(
            f"{text or 'defaults':50s} AUC {mean.auc:.3f}  P20 {mean.p20:.3f}  SR0.5 {mean.sr50:.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
