"""The recorded videos on the tracker in the fabric: of these weights and sizes, and no box differs."""

import json
from dataclasses import asdict
from types import SimpleNamespace

import numpy as np

from siammixer.arch.accelerator import CAMERA_ACCELERATOR, find_accelerator
from siammixer.arch.fabric import FabricDesign
from siammixer.bench import fabric_tracking
from siammixer.bench.document import DOCS, mark
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import load_weights
from siammixer.sim.fabric import design_fingerprint
from siammixer.tracking.box import Box
from siammixer.tracking.settings import Settings

AGAIN = "run python -m siammixer.bench.fabric_tracking and commit the change with its reason"
RECORD = json.loads(fabric_tracking.FILE.read_text())


def test_it_is_of_this_tracker_and_no_box_differs():
    network = find_network(fabric_tracking.NETWORK)
    assert RECORD["weights"] == load_weights(network).fingerprint, AGAIN
    assert RECORD["accelerator"] == find_accelerator(CAMERA_ACCELERATOR).fingerprint, AGAIN
    assert RECORD["settings"] == asdict(Settings()), AGAIN
    assert [one["difference"] for one in RECORD["sequences"].values()] == [None] * len(RECORD["sequences"])
    design = FabricDesign.of(network, find_accelerator(CAMERA_ACCELERATOR), Settings().shares())
    assert RECORD["design"] == design_fingerprint(design), AGAIN
    assert sum(one["frames"] >= 60 for one in RECORD["sequences"].values()) >= 3


def test_the_document_shows_it():
    text = (DOCS / fabric_tracking.DOCUMENT).read_text()
    assert mark(fabric_tracking.COMMAND) + fabric_tracking.table(RECORD) in text, AGAIN


class Fixed:
    """A tracker that says the same of every frame, and ``wrong`` of one."""

    def __init__(self, wrong=None):
        self.wrong, self.frame = wrong, 0

    def init(self, image, box):
        assert image.shape == (480, 640, 3) and box == Box(5, 5, 10, 10)

    def update(self, image):
        self.frame += 1
        right = 1.0 if self.frame == self.wrong else 0.0
        return SimpleNamespace(
            box=Box(right, 0, 5, 5), confidence=0.5, lost=False, cycles=100, latency=self.frame
        )


class Video:
    """Six black frames of 1280 x 960."""

    name, boxes = "video", [Box(10, 10, 20, 20)]

    def __len__(self):
        return 6

    def image(self, index):
        return np.zeros((960, 1280, 3), np.uint8)


def test_a_box_that_differs_is_told():
    """With its frame, and nothing behind it; equal ones give cycles and latencies."""
    equal = fabric_tracking.compare(Fixed(), Fixed(), Video(), 5)
    assert equal["difference"] is None and (equal["frames"], equal["size"]) == (5, [640, 480])
    assert (equal["cycles"], equal["latencies"]) == (100, [1, 4])
    found = fabric_tracking.compare(Fixed(wrong=3), Fixed(), Video(), 5)
    assert found["difference"].startswith("frame 3: (Box(x=1.0") and found["latencies"] == [1, 2]
