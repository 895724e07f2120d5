"""A whole clip tracked on the simulated accelerator: golden's responses and boxes, frame by frame."""

import json
from contextlib import closing
from dataclasses import asdict

from siammixer.arch.accelerator import find_accelerator
from siammixer.bench.rtl_tracking import FILE, Recorder, first_difference
from siammixer.golden.engine import GoldenEngine
from siammixer.ir.catalogue import find_network
from siammixer.ir.weights import load_weights
from siammixer.sim.engine import RtlEngine
from siammixer.tracking.clip import Clip
from siammixer.tracking.tracker import Settings

NETWORK = find_network("tiny")
CLIP = Clip(frames=12)


def golden():
    return GoldenEngine(NETWORK, load_weights(NETWORK))


def test_boxes_of_a_clip_on_the_simulated_accelerator():
    with closing(RtlEngine(NETWORK, load_weights(NETWORK), find_accelerator("tiny"))) as rtl:
        seen = []
        assert first_difference([Recorder(golden()), Recorder(rtl)], CLIP, Settings(), seen.append) is None
    assert seen == list(range(len(CLIP)))


class Wrong(GoldenEngine):
    """Golden, but one cell of the second scale is off by one."""

    def responses(self, crops):
        result = super().responses(crops).copy()
        if len(result) > 1:
            result[1, 2, 0] += 1
        return result


def test_a_difference_is_named():
    difference = first_difference(
        [Recorder(golden()), Recorder(Wrong(NETWORK, load_weights(NETWORK)))], CLIP, Settings()
    )
    assert difference.startswith("rendered clip cup, frame 1, scale 1, row 2, column 0:")


def test_recorded_sequences_are_of_the_shipped_weights():
    """Three whole sequences of real video, compared by ``python -m siammixer.bench.rtl_tracking``: again
    after every change of weights.
    """
    record = json.loads(FILE.read_text())
    assert record["weights"] == load_weights(find_network("siammixer")).fingerprint
    assert record["settings"] == asdict(Settings())
    assert [name for name, result in record["sequences"].items() if result["difference"] is not None] == []
    assert len(record["sequences"]) >= 3
