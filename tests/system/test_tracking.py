"""A whole clip tracked on the simulated accelerator: golden's responses and boxes, frame by frame."""

import json
from contextlib import closing
from dataclasses import asdict

from siammixer.arch.accelerator import find_accelerator
from siammixer.bench.rtl_tracking import FILE, Recorder, tracking_difference
from siammixer.golden.engine import GoldenEngine
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import load_weights
from siammixer.sim.engine import RtlEngine
from siammixer.tracking.clip import Clip
from siammixer.tracking.reading import VIEWS
from siammixer.tracking.tracker import Settings

NETWORK = find_network("tiny")
CLIP = Clip(frames=12)


def golden():
    return GoldenEngine(NETWORK, load_weights(NETWORK))


def test_boxes_of_a_clip_on_the_simulated_accelerator():
    with closing(RtlEngine(NETWORK, load_weights(NETWORK), find_accelerator("tiny"))) as rtl:
        seen = []
        assert tracking_difference([Recorder(golden()), Recorder(rtl)], CLIP, Settings(), seen.append) is None
    assert seen == list(range(len(CLIP)))


class Wrong(GoldenEngine):
    """Golden, but one cell's width is off by one in every frame after the first."""

    count = 0

    def responses(self, crops):
        result, self.count = super().responses(crops).copy(), self.count + len(crops)
        if self.count > len(VIEWS):
            result[0, 2, 0, 3] += 1
        return result


def test_a_difference_is_named():
    difference = tracking_difference(
        [Recorder(golden()), Recorder(Wrong(NETWORK, load_weights(NETWORK)))], CLIP, Settings()
    )
    assert difference.startswith("rendered clip cup, frame 1, pass 0, row 2, column 0, channel 3:")


def test_recorded_sequences_are_of_the_shipped_weights():
    """Three whole sequences of real video, compared by ``python -m siammixer.bench.rtl_tracking``: again
    after every change of weights.
    """
    record = json.loads(FILE.read_text())
    assert record["weights"] == load_weights(find_network("siammixer")).fingerprint
    assert record["settings"] == asdict(Settings())
    assert [name for name, result in record["sequences"].items() if result["difference"] is not None] == []
    assert len(record["sequences"]) >= 3
